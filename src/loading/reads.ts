import {
  CALLING_BACK,
  CHANGING_RECEIVER,
  PURE_CONSTRUCTORS,
  PURE_FUNCTIONS,
  PLAIN_GLOBALS,
  PURE_GLOBALS,
  PURE_METHODS,
  PURE_STATICS,
  ITERATORS,
} from './built-ins.ts';
import { Classes } from './classes.ts';
import { isNew, returnsValue } from './construction.ts';
import { Functions } from './functions.ts';
import type { Binding, Scope, Scopes } from './scopes.ts';
import { childrenOf, isClass, isFunction, keyName } from './syntax.ts';
import type { FunctionNode, Node, Program } from './syntax.ts';

/**
 * Proves which functions of a module write nothing, by names (docs/world.md, "Reads"): a call may reach every
 * function of its name. Whatever is not understood is a write; a mistake in that direction costs a slot of
 * the log, one in the other makes replicas differ.
 */
export function proveReads(
  program: Program,
  scopes: Scopes,
  text: string,
): (name: string) => boolean {
  const functions = new Functions(program, scopes, text);
  if (functions.untraceable) return () => false;
  const proof = new Proof(functions, new Classes(program, scopes));
  proof.run();
  return (name) => {
    const reached = [...functions.methods(name), ...functions.getters(name)];
    return reached.length > 0 && reached.every((one) => proof.isPure(one));
  };
}

class Proof {
  readonly #functions: Functions;
  readonly #classes: Classes;
  /** Assumed to be pure until something in them speaks against it: recursion is no hindrance. */
  readonly #pure: Set<FunctionNode>;
  /** The function that is looked at. */
  #unit: FunctionNode | undefined;

  constructor(functions: Functions, classes: Classes) {
    this.#functions = functions;
    this.#classes = classes;
    this.#pure = new Set(functions.all);
  }

  isPure(node: FunctionNode): boolean {
    return this.#pure.has(node);
  }

  run(): void {
    for (let before = -1; before !== this.#pure.size;) {
      before = this.#pure.size;
      for (const unit of [...this.#pure]) {
        this.#unit = unit;
        const body = childrenOf(unit).filter((child) => child !== unit.id);
        if (unit.async || !body.every((child) => this.#writesNothing(child))) {
          this.#pure.delete(unit);
        }
      }
    }
  }

  #every(functions: Iterable<FunctionNode>): boolean {
    for (const one of functions) if (!this.#pure.has(one)) return false;
    return true;
  }

  /** Whatever conversions of values call: by operators, keys and templates. */
  #conversionsArePure(): boolean {
    const { computed } = this.#functions;
    const methods = ['toString', 'valueOf', 'toJSON', 'next', 'return'];
    return (
      this.#every(computed) && methods.every((name) => this.#every(this.#functions.methods(name)))
    );
  }

  #writesNothing(node: Node): boolean {
    return this.#isHarmless(node) && this.#childrenWriteNothing(node);
  }

  #childrenWriteNothing(node: Node): boolean {
    if (node.type === 'MemberExpression' && !node.computed) return this.#writesNothing(node.object);
    if (node.type === 'Property' && !node.computed) return this.#writesNothing(node.value);
    if (node.type === 'CallExpression' && this.#functions.helperCalled(node.callee) !== undefined) {
      return node.arguments.every((argument) => this.#writesNothing(argument));
    }
    if (node.type === 'LabeledStatement') return this.#writesNothing(node.body);
    if (node.type === 'BreakStatement' || node.type === 'ContinueStatement') return true;
    return childrenOf(node).every((child) => this.#writesNothing(child));
  }

  #isHarmless(node: Node): boolean {
    switch (node.type) {
      case 'Identifier':
        return this.#isKnownName(node);
      case 'AssignmentExpression':
        return this.#isOwnTarget(node.left) && this.#conversionsArePure();
      case 'UpdateExpression':
        return this.#isOwnTarget(node.argument) && this.#conversionsArePure();
      case 'UnaryExpression':
        return node.operator !== 'delete' && this.#conversionsArePure();
      case 'BinaryExpression':
      case 'TemplateLiteral':
        return this.#conversionsArePure();
      case 'ForInStatement':
        return this.#isOwnHead(node.left);
      case 'ForOfStatement':
        return !node.await && this.#isOwnHead(node.left) && this.#iteratesPurely();
      case 'YieldExpression':
        return !node.delegate || this.#iteratesPurely();
      case 'SpreadElement':
        return this.#iteratesPurely() && this.#every(this.#functions.getters());
      case 'ArrayPattern':
        return this.#iteratesPurely();
      case 'ObjectPattern':
        return this.#takesApartPurely(node);
      case 'MemberExpression':
        return this.#readsPurely(node);
      case 'CallExpression':
        return this.#callsPurely(node);
      case 'NewExpression':
        return this.#constructsPurely(node);
      case 'ClassDeclaration':
      case 'ClassExpression':
      case 'TaggedTemplateExpression':
      case 'ImportExpression':
      case 'AwaitExpression':
      case 'MetaProperty':
        return false;
      default:
        return true;
    }
  }

  /** A variable, or a global that gives neither time nor chance. */
  #isKnownName(node: Extract<Node, { type: 'Identifier' }>): boolean {
    if (this.#functions.scopes.bindingOf(node) !== undefined) return true;
    if (PLAIN_GLOBALS.has(node.name)) return true;
    // As a value it could be taken apart, or called elsewhere.
    const parent = this.#functions.parentOf(node);
    const isUsed =
      (parent?.type === 'MemberExpression' && parent.object === node) ||
      (parent?.type === 'BinaryExpression' && parent.operator === 'instanceof') ||
      parent?.type === 'CallExpression' ||
      parent?.type === 'NewExpression';
    return isUsed && PURE_GLOBALS.has(node.name) && this.#isCalleeOrConversion(node, parent);
  }

  #isCalleeOrConversion(node: Extract<Node, { type: 'Identifier' }>, parent: Node): boolean {
    if (parent.type !== 'CallExpression' && parent.type !== 'NewExpression') return true;
    // `map(String)`: a conversion may be handed to whoever calls it.
    return parent.callee === node || PURE_FUNCTIONS.has(node.name);
  }

  #iteratesPurely(): boolean {
    return !this.#functions.storedIterators && this.#conversionsArePure();
  }

  #isOwnHead(left: Node): boolean {
    return left.type === 'VariableDeclaration' || this.#isOwnTarget(left);
  }

  /** A variable of the function, or a property of what it has under construction. */
  #isOwnTarget(target: Node): boolean {
    switch (target.type) {
      case 'Identifier': {
        const binding = this.#functions.scopes.bindingOf(target);
        return binding !== undefined && this.#isOwn(binding);
      }
      case 'MemberExpression': {
        const name = keyName(target.property, target.computed);
        return (
          this.#isUnderConstruction(target.object) &&
          this.#conversionsArePure() &&
          this.#every(this.#functions.setters(name))
        );
      }
      default:
        // Patterns of assignments are rare, and take apart what they do not declare.
        return false;
    }
  }

  #isOwn(binding: Binding): boolean {
    let scope: Scope | undefined = binding.scope;
    while (scope !== undefined && scope.node !== this.#unit) scope = scope.parent;
    return scope !== undefined;
  }

  /** Made in this call, and so nobody else's: `this` of a constructor, or a variable for a new object. */
  #isUnderConstruction(node: Node): boolean {
    if (node.type === 'ThisExpression') return this.#isConstructor() && this.#isOwnThis(node);
    const binding = this.#functions.scopes.bindingOf(node);
    if (binding === undefined || binding.assigned || !this.#isOwn(binding)) return false;
    const value = this.#functions.valueOf(binding);
    return value !== undefined && isNew(value, this.#functions.scopes);
  }

  /** Only of itself: a function inside it may be called when the object is long in use. */
  #isConstructor(): boolean {
    const unit = this.#unit;
    const parent = unit === undefined ? undefined : this.#functions.parentOf(unit);
    return parent?.type === 'MethodDefinition' && parent.kind === 'constructor';
  }

  /** Through arrow functions, which borrow it; another function has its own. */
  #isOwnThis(node: Node): boolean {
    let around = this.#functions.parentOf(node);
    while (around !== undefined && around !== this.#unit) {
      if (around.type === 'FunctionExpression' || around.type === 'FunctionDeclaration')
        return false;
      around = this.#functions.parentOf(around);
    }
    return around === this.#unit;
  }

  #takesApartPurely(pattern: Extract<Node, { type: 'ObjectPattern' }>): boolean {
    return pattern.properties.every((property) => {
      if (property.type === 'RestElement') return this.#every(this.#functions.getters());
      return this.#every(this.#functions.getters(keyName(property.key, property.computed)));
    });
  }

  #readsPurely(node: Extract<Node, { type: 'MemberExpression' }>): boolean {
    if (node.property.type === 'PrivateIdentifier') return false;
    const name = keyName(node.property, node.computed);
    if (node.computed && !this.#conversionsArePure()) return false;
    if (!this.#every(this.#functions.computed)) return false;
    return this.#every(this.#functions.getters(name)) && !this.#isForbiddenStatic(node, name);
  }

  /** `Date.now`, `Math.random` and whatever else stands on a global that is not listed. */
  #isForbiddenStatic({ object }: { object: Node }, name: string | undefined): boolean {
    if (object.type !== 'Identifier') return false;
    if (this.#functions.scopes.bindingOf(object) !== undefined) return false;
    const known = PURE_STATICS[object.name];
    if (known === undefined) return object.name !== 'arguments';
    const constant = name !== undefined && /^[A-Z_0-9]+$/.test(name) && object.name !== 'Date';
    return !(name !== undefined && known.has(name)) && !constant;
  }

  #callsPurely(call: Extract<Node, { type: 'CallExpression' }>): boolean {
    const { callee } = call;
    const helper = this.#functions.helperCalled(callee);
    if (helper !== undefined) return this.#helpsPurely(helper, call);
    if (callee.type === 'Super') return this.#superIsPure();
    if (callee.type === 'MemberExpression') return this.#methodIsPure(call, callee);
    if (callee.type === 'FunctionExpression' || callee.type === 'ArrowFunctionExpression')
      return true;
    if (callee.type !== 'Identifier') return false;
    if (this.#functions.scopes.bindingOf(callee) === undefined) {
      return PURE_FUNCTIONS.has(callee.name) && this.#conversionsArePure();
    }
    const called = this.#functions.resolve(callee);
    return called !== undefined && this.#pure.has(called);
  }

  #helpsPurely(
    helper: string,
    { arguments: args }: Extract<Node, { type: 'CallExpression' }>,
  ): boolean {
    const [first, second, third] = args;
    switch (helper) {
      case '__name':
        return first !== undefined && isFunction(first);
      case '__privateIn':
      case '__pow':
        return this.#conversionsArePure();
      case '__privateGet':
      case '__privateMethod': {
        if (third === undefined) return true;
        const called = this.#functions.resolve(third);
        return called !== undefined && this.#pure.has(called);
      }
      default: {
        // They write: fields, and private ones, of the first argument.
        const name = second === undefined ? undefined : keyName(second, true);
        const setters = helper === '__publicField' ? this.#functions.setters(name) : [];
        return first !== undefined && this.#isUnderConstruction(first) && this.#every(setters);
      }
    }
  }

  #methodIsPure(
    call: Extract<Node, { type: 'CallExpression' }>,
    callee: Extract<Node, { type: 'MemberExpression' }>,
  ): boolean {
    const { object } = callee;
    const name = keyName(callee.property, callee.computed);
    if (name === undefined || callee.property.type === 'PrivateIdentifier') return false;
    // `#m()` is `__privateMethod(this, _set, m).call(this)`.
    if (name === 'call' && object.type === 'CallExpression') {
      const helper = this.#functions.helperCalled(object.callee);
      if (helper === '__privateMethod') return this.#functions.methods('call').size === 0;
    }
    if (!this.#reachedByNameArePure(name)) return false;
    const isGlobal =
      object.type === 'Identifier' && this.#functions.scopes.bindingOf(object) === undefined;
    if (isGlobal && object.name in PURE_STATICS) {
      // What is there is in the list: #readsPurely looks.
      const converts = this.#conversionsArePure() && this.#every(this.#functions.getters());
      const iterates = !['from', 'fromEntries'].includes(name) || this.#iteratesPurely();
      return converts && iterates && this.#callbacksArePure(call, name);
    }
    if (CHANGING_RECEIVER.has(name)) {
      return (
        this.#isUnderConstruction(object) &&
        this.#conversionsArePure() &&
        this.#callbacksArePure(call, name)
      );
    }
    if (PURE_METHODS.has(name) || ITERATORS.has(name)) {
      return this.#conversionsArePure() && this.#callbacksArePure(call, name);
    }
    return this.#functions.methods(name).size > 0;
  }

  #reachedByNameArePure(name: string): boolean {
    const { aliased, computedWrites, computed, escaping, builtInsEscape } = this.#functions;
    if (!this.#every(this.#functions.methods(name)) || !this.#every(computed)) return false;
    // Whatever lies under the name, or an accessor gives, is called.
    if (aliased.has(name) || [...this.#functions.getters(name)].length > 0) return false;
    return !computedWrites || (this.#every(escaping) && !builtInsEscape);
  }

  #callbacksArePure(call: Extract<Node, { type: 'CallExpression' }>, name: string): boolean {
    const at = CALLING_BACK.get(name);
    if (at === undefined) return true;
    if (call.arguments.slice(0, at + 1).some(({ type }) => type === 'SpreadElement')) return false;
    const callback = call.arguments[at];
    // A function that stands there is looked at as a part of this one.
    if (callback === undefined || isFunction(callback)) return true;
    if (callback.type === 'Literal') return true;
    const known = this.#functions.resolve(callback);
    if (known !== undefined) return this.#pure.has(known);
    const isGlobal = this.#functions.scopes.bindingOf(callback) === undefined;
    return callback.type === 'Identifier' && isGlobal && PURE_FUNCTIONS.has(callback.name);
  }

  #constructsPurely({
    callee,
    arguments: args,
  }: Extract<Node, { type: 'NewExpression' }>): boolean {
    if (callee.type !== 'Identifier') return false;
    if (this.#functions.scopes.bindingOf(callee) === undefined) {
      // Without an argument, a Date is the time.
      const [first] = args;
      const isNow = first === undefined || first.type === 'SpreadElement';
      if (callee.name === 'Date' && isNow) return false;
      if (!PURE_CONSTRUCTORS.has(callee.name)) return false;
      return this.#conversionsArePure() && (args.length === 0 || this.#iteratesPurely());
    }
    const made = this.#classes.classOf(callee);
    return made !== undefined && this.#lineageIsPure(made);
  }

  #superIsPure(): boolean {
    const unit = this.#unit;
    const method = unit === undefined ? undefined : this.#functions.parentOf(unit);
    const body = method === undefined ? undefined : this.#functions.parentOf(method);
    const made = body === undefined ? undefined : this.#functions.parentOf(body);
    return made !== undefined && isClass(made) && this.#lineageIsPure(made);
  }

  #lineageIsPure(made: Extract<Node, { superClass: unknown }>): boolean {
    if (!isClass(made)) return false;
    const { classes, end } = this.#classes.lineageOf(made);
    const last = classes.at(-1)?.superClass;
    // Without an argument, a Date is the time, and what `super` is given is not looked at.
    const builtIn =
      last?.type === 'Identifier' && PURE_CONSTRUCTORS.has(last.name) && last.name !== 'Date';
    if (end !== 'nothing' && !(end === 'built-in' && builtIn)) return false;
    return classes.every(({ body }) =>
      body.body.every((element) => {
        if (element.type !== 'MethodDefinition') return false;
        if (element.kind !== 'constructor') return true;
        return this.#pure.has(element.value) && !returnsValue(element.value);
      }),
    );
  }
}
