import { present } from '../base/index.ts';
import { CommonModules } from './common-js.ts';
import type { Binding, Scopes } from './scopes.ts';
import { childrenOf, isClass, isFunction, keyName, walk } from './syntax.ts';
import type { ClassNode, FunctionNode, Node, Program } from './syntax.ts';

/** A class of the module and those that it extends, as far as the text tells. */
export interface Lineage {
  /** The class itself first. */
  readonly classes: readonly ClassNode[];
  /** What the last one extends: nothing, something of the language, or what only evaluation could tell. */
  readonly end: 'nothing' | 'built-in' | 'unknown';
}

/** Follows names, wrappers of the bundler and plain mixins to classes. */
export class Classes {
  readonly #scopes: Scopes;
  /** What a declaration gives to a name. */
  readonly #values = new Map<Node, Node>();
  /** `const { name } = value`. */
  readonly #taken = new Map<Node, { readonly from: Node; readonly name: string }>();
  readonly #names = new Map<ClassNode, string>();
  readonly #exports = new Map<string, Node>();
  readonly #modules: CommonModules;

  constructor(program: Program, scopes: Scopes) {
    this.#scopes = scopes;
    this.#modules = new CommonModules(scopes, (name) => this.#declared(name));
    walk(program, (node) => {
      this.#note(node);
      return undefined;
    });
    // Names that the bundler changed, and gives back.
    walk(program, (node) => {
      const around = node.type === 'SequenceExpression' ? node.expressions : [node];
      for (const one of around) {
        const named = nameGiven(one);
        if (named !== undefined) this.#noteName(assignedIn(around, named.target), named.name);
      }
      return undefined;
    });
  }

  #noteName(target: Node, name: string): void {
    const value = this.#resolve(target, new Map());
    if (value !== undefined && isClass(value.node)) this.#names.set(value.node, name);
  }

  #note(node: Node): void {
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init !== null) {
      this.#values.set(node.id, node.init);
    } else if (node.type === 'VariableDeclarator' && node.id.type === 'ObjectPattern') {
      for (const one of node.id.properties) {
        if (one.type !== 'Property' || node.init === null) continue;
        const name = keyName(one.key, one.computed);
        if (name !== undefined) this.#taken.set(one.value, { from: node.init, name });
      }
    } else if ((isClass(node) || node.type === 'FunctionDeclaration') && node.id !== null) {
      this.#values.set(node.id, node);
      if (isClass(node)) this.#names.set(node, node.id.name);
    } else if (node.type === 'ExportSpecifier') {
      const name = node.exported.type === 'Literal' ? node.exported.value : node.exported.name;
      this.#exports.set(name, node.local);
    }
  }

  /** The class that the module exports under a name, or whatever else stands there. */
  exported(name: string): ClassNode | 'missing' | 'no class' {
    const local = this.#exports.get(name);
    if (local === undefined) return 'missing';
    const value = this.#resolve(local, new Map());
    return value !== undefined && isClass(value.node) ? value.node : 'no class';
  }

  /** The class that a name certainly means. */
  classOf(name: Node): ClassNode | undefined {
    const value = this.#resolve(name, new Map());
    return value !== undefined && isClass(value.node) ? value.node : undefined;
  }

  /** As the source calls it. */
  nameOf(node: ClassNode): string | undefined {
    return this.#names.get(node);
  }

  lineageOf(start: ClassNode): Lineage {
    const classes: ClassNode[] = [start];
    let known: Known = new Map();
    let last = start;
    for (;;) {
      if (last.superClass === null) return { classes, end: 'nothing' };
      const parent = this.#resolve(last.superClass, known);
      if (parent === undefined) {
        return { classes, end: this.#isGlobal(last.superClass) ? 'built-in' : 'unknown' };
      }
      if (!isClass(parent.node) || classes.includes(parent.node))
        return { classes, end: 'unknown' };
      last = parent.node;
      known = parent.known;
      classes.push(last);
    }
  }

  #isGlobal(node: Node): boolean {
    if (node.type === 'Literal') return node.value === null;
    return node.type === 'Identifier' && this.#scopes.bindingOf(node) === undefined;
  }

  /** The class or function that an expression gives, with what is known of parameters around it. */
  #resolve(node: Node, known: Known, left = 100): Resolved | undefined {
    if (left === 0) return undefined;
    if (isClass(node) || isFunction(node)) return { node, known };
    switch (node.type) {
      case 'Identifier':
        return this.#resolveName(node, known, left);
      case 'AssignmentExpression':
        return node.operator === '=' ? this.#resolve(node.right, known, left - 1) : undefined;
      case 'SequenceExpression':
        return this.#resolve(resultOf(node), known, left - 1);
      case 'CallExpression': {
        const named = nameGiven(node);
        return named === undefined
          ? this.#resolveMixin(node, known, left - 1)
          : this.#resolve(named.target, known, left - 1);
      }
      case 'MemberExpression': {
        const part = this.#part(node);
        return part === undefined ? undefined : this.#resolve(part, new Map(), left - 1);
      }
      case 'ConditionalExpression':
        return this.#resolveChoice(node, left - 1);
      default:
        return undefined;
    }
  }

  #resolveName(node: Node, known: Known, left: number): Resolved | undefined {
    const binding = this.#scopes.bindingOf(node);
    if (binding === undefined) return undefined;
    const argument = known.get(binding);
    if (argument !== undefined) return this.#resolve(argument.node, argument.known, left - 1);
    const [declaration] = binding.declarations;
    const taken = declaration === undefined ? undefined : this.#taken.get(declaration.node);
    const part = taken === undefined ? undefined : this.#partOf(taken.from, taken.name);
    const value = part ?? this.#declared(node);
    return value === undefined ? undefined : this.#resolve(value, known, left - 1);
  }

  /** What a variable is declared as, when it is declared once. */
  #declared(name: Node): Node | undefined {
    const [declaration, ...others] = this.#scopes.bindingOf(name)?.declarations ?? [];
    if (declaration === undefined || others.length > 0) return undefined;
    return this.#values.get(declaration.node);
  }

  /** `import_x.name`: what a CommonJS module gives. */
  #part({ object, property, computed }: Member): Node | undefined {
    const name = keyName(property, computed);
    return name === undefined ? undefined : this.#partOf(object, name);
  }

  #partOf(object: Node, name: string): Node | undefined {
    const module = this.#modules.moduleOf(object);
    return module === undefined ? undefined : this.#modules.part(module, name);
  }

  /** As the loader imports from CommonJS: a class by its name, or the whole module when it has the name. */
  #resolveChoice(
    node: Extract<Node, { type: 'ConditionalExpression' }>,
    left: number,
  ): Resolved | undefined {
    const { alternate, consequent, test } = node;
    if (test.type !== 'BinaryExpression' || test.operator !== 'in') return undefined;
    if (
      consequent.type !== 'MemberExpression' ||
      this.#modules.moduleOf(test.right) === undefined
    ) {
      return undefined;
    }
    if (this.#part(consequent) !== undefined) return this.#resolve(consequent, new Map(), left);
    const whole = this.#resolve(alternate, new Map(), left);
    const isMeant =
      whole !== undefined &&
      isClass(whole.node) &&
      this.#names.get(whole.node) === keyName(test.left, true);
    return isMeant ? whole : undefined;
  }

  /** `Mixin(Base)`: a function whose only result is a class, which extends one of its parameters. */
  #resolveMixin(
    call: Extract<Node, { type: 'CallExpression' }>,
    known: Known,
    left: number,
  ): Resolved | undefined {
    const callee = this.#resolve(call.callee, known, left);
    if (callee === undefined || !isFunction(callee.node)) return undefined;
    const inner = new Map(callee.known);
    for (const [index, parameter] of callee.node.params.entries()) {
      const argument = call.arguments[index];
      const binding = this.#scopes.bindingOf(parameter);
      if (argument !== undefined && binding !== undefined) {
        inner.set(binding, { node: argument, known });
      }
    }
    const results = resultsOf(callee.node);
    const [result] = results;
    return results.length === 1 && result !== undefined
      ? this.#resolve(result, inner, left - 1)
      : undefined;
  }
}

/** `(_a = class { … }, _field = new WeakMap(), _a)`: so the bundler writes a class with private fields. */
function resultOf({ expressions }: Extract<Node, { type: 'SequenceExpression' }>): Node {
  return assignedIn(expressions, present(expressions.at(-1), 'a last expression'));
}

/** What a variable gets there, when it gets something once. */
function assignedIn(expressions: readonly Node[], last: Node): Node {
  if (last.type !== 'Identifier') return last;
  const assigned = expressions.flatMap((one) => {
    const isAssignment = one.type === 'AssignmentExpression' && one.operator === '=';
    const isTo = isAssignment && one.left.type === 'Identifier' && one.left.name === last.name;
    return isTo ? [one.right] : [];
  });
  const [only] = assigned;
  return assigned.length === 1 && only !== undefined ? only : last;
}

type Member = Extract<Node, { type: 'MemberExpression' }>;
type Known = ReadonlyMap<Binding, Resolved>;
interface Resolved {
  readonly node: Node;
  readonly known: Known;
}

/** What a function may return. */
function resultsOf(node: FunctionNode): readonly Node[] {
  if (node.body === null) return [];
  if (node.body.type !== 'BlockStatement') return [node.body];
  const results: Node[] = [];
  const visit = (one: Node): void => {
    if (one.type === 'ReturnStatement' && one.argument !== null) results.push(one.argument);
    if (!isFunction(one) && !isClass(one)) for (const child of childrenOf(one)) visit(child);
  };
  visit(node.body);
  return results;
}

/** `__name(target, "name")`, by which the bundler keeps the name of the source. */
export function nameGiven(
  node: Node,
): { readonly target: Node; readonly name: string } | undefined {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return undefined;
  if (node.callee.name !== '__name' || node.arguments.length !== 2) return undefined;
  const [target, name] = node.arguments;
  if (target === undefined || name?.type !== 'Literal') return undefined;
  return typeof name.value === 'string' ? { target, name: name.value } : undefined;
}
