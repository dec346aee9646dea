import {
  HELPERS,
  IMPURE_BUILT_INS,
  ITERATORS,
  PLAIN_PARENTS,
  PURE_STATICS,
  UNTRACEABLE,
} from './built-ins.ts';
import type { Binding, Scopes } from './scopes.ts';
import { childrenOf, isClass, isFunction, keyName } from './syntax.ts';
import type { FunctionNode, Node, Program } from './syntax.ts';

/** The functions of a module by the names under which calls and accesses may reach them. */
export class Functions {
  readonly scopes: Scopes;
  readonly all = new Set<FunctionNode>();
  readonly #methods = new Map<string, Set<FunctionNode>>();
  readonly #getters = new Map<string, Set<FunctionNode>>();
  readonly #setters = new Map<string, Set<FunctionNode>>();
  /** Those under names that only evaluation tells, such as `[Symbol.iterator]`. */
  readonly computed = new Set<FunctionNode>();
  /** Functions that are values: stored, passed on or returned, so that they may be reached by any name. */
  readonly escaping = new Set<FunctionNode>();
  /** Names under which something other than a function of its own was put. */
  readonly aliased = new Set<string>();
  /** Something was put under a name that only evaluation tells. */
  computedWrites = false;
  /** An iterator may lie in the state, where whoever iterates over it uses it up. */
  storedIterators = false;
  /** A method of a built-in that writes was taken as a value. */
  builtInsEscape = false;
  /** Something in the module is beyond what names can tell. */
  untraceable = false;
  readonly #text: string;
  readonly #constructors: FunctionNode[] = [];
  /** Methods such as `map` make an object of the same class: they call constructors, unseen. */
  #speciesMatters = false;
  /** Names of properties that are read, and not called at once: what is a method there becomes a value. */
  readonly #read = new Set<string>();
  #computedReads = false;
  readonly #parents = new Map<Node, Node>();
  readonly #values = new Map<Binding, Node | 'several'>();

  constructor(program: Program, scopes: Scopes, text: string) {
    this.scopes = scopes;
    this.#text = text;
    this.#note(program);
    for (const statement of program.body) {
      if (!this.#isHelper(statement)) this.#visit(statement);
    }
    this.#letEscape();
    if (this.#speciesMatters) for (const one of this.#constructors) this.computed.add(one);
  }

  methods(name: string): ReadonlySet<FunctionNode> {
    return this.#methods.get(name) ?? NONE;
  }

  /** Without a name: all of them. */
  getters(name?: string): Iterable<FunctionNode> {
    return name === undefined ? flat(this.#getters) : (this.#getters.get(name) ?? NONE);
  }

  setters(name?: string): Iterable<FunctionNode> {
    return name === undefined ? flat(this.#setters) : (this.#setters.get(name) ?? NONE);
  }

  parentOf(node: Node): Node | undefined {
    return this.#parents.get(node);
  }

  /** What a variable was given, when it was given one thing only. */
  valueOf(binding: Binding): Node | undefined {
    const value = this.#values.get(binding);
    return value === 'several' ? undefined : value;
  }

  /** The function that an expression certainly is. */
  resolve(node: Node): FunctionNode | undefined {
    if (isFunction(node)) return node;
    const binding = this.scopes.bindingOf(node);
    const value = binding === undefined ? undefined : this.valueOf(binding);
    return value !== undefined && isFunction(value) ? value : undefined;
  }

  /** The bundler's helper that is called, when it is the one that we know. */
  helperCalled(callee: Node): string | undefined {
    if (callee.type !== 'Identifier') return undefined;
    const known = HELPERS[callee.name];
    const binding = this.scopes.bindingOf(callee);
    if (known === undefined || binding?.scope !== this.scopes.module) return undefined;
    const value = this.valueOf(binding);
    const text = value === undefined ? '' : this.#text.slice(value.start, value.end);
    return text.replace(/\s+/g, ' ') === known ? callee.name : undefined;
  }

  #note(node: Node): void {
    if (node.type === 'VariableDeclarator' && node.init !== null) this.#give(node.id, node.init);
    if (node.type === 'AssignmentExpression') {
      if (node.operator === '=') this.#give(node.left, node.right);
      else this.#give(node.left, undefined);
    }
    if ('id' in node && node.id !== null && node.type === 'FunctionDeclaration') {
      this.#give(node.id, node);
    }
    for (const child of childrenOf(node)) {
      this.#parents.set(child, node);
      this.#note(child);
    }
  }

  #give(target: Node, value: Node | undefined): void {
    const binding = this.scopes.bindingOf(target);
    if (binding === undefined) return;
    const writes = binding.references.filter(({ access }) => access !== 'read').length;
    const given = this.#values.has(binding) || binding.kind === 'parameter' || writes > 1;
    const one = value === undefined ? undefined : this.#unnamed(value);
    this.#values.set(binding, given || one === undefined ? 'several' : one);
  }

  /** Without the helper that gives a function its name. */
  #unnamed(node: Node): Node {
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return node;
    return node.callee.name === '__name' ? (node.arguments[0] ?? node) : node;
  }

  /** Declarations that the bundler puts in front: `var __defProp = Object.defineProperty`. */
  #isHelper(node: Node): boolean {
    return (
      node.type === 'VariableDeclaration' &&
      node.declarations.every(({ id }) => id.type === 'Identifier' && /^__[a-z]/.test(id.name))
    );
  }

  #visit(node: Node): void {
    if (isFunction(node)) this.#enlist(node);
    this.#lookForUntraceable(node);
    this.#lookForReads(node);
    if (node.type === 'CallExpression') {
      this.#lookForIterators(node);
      this.#lookForNamespace(node);
    }
    if (node.type === 'AssignmentExpression' && node.left.type === 'MemberExpression') {
      const name = keyName(node.left.property, node.left.computed);
      this.#put(name, node.right);
    }
    const isField =
      node.type === 'CallExpression' && this.helperCalled(node.callee) === '__publicField';
    if (isField) {
      const [, key, value] = node.arguments;
      if (key !== undefined && value !== undefined) this.#put(keyName(key, true), value);
    }
    if (node.type === 'Property' && !isFunction(node.value)) {
      if (this.#parents.get(node)?.type === 'ObjectExpression') {
        this.#put(keyName(node.key, node.computed), node.value);
      }
    }
    if (this.#isValueUse(node)) {
      const used = this.resolve(node);
      if (used !== undefined) this.escaping.add(used);
    }
    for (const child of childrenOf(node)) this.#visit(child);
  }

  #lookForReads(node: Node): void {
    if (node.type === 'MemberExpression') {
      const parent = this.#parents.get(node);
      const isCallee = parent?.type === 'CallExpression' && parent.callee === node;
      const isTarget = parent?.type === 'AssignmentExpression' && parent.left === node;
      if (!isCallee && !isTarget) this.#readName(keyName(node.property, node.computed));
    } else if (node.type === 'Property' && this.#parents.get(node)?.type === 'ObjectPattern') {
      this.#readName(keyName(node.key, node.computed));
    }
  }

  #readName(name: string | undefined): void {
    if (name === undefined) this.#computedReads = true;
    else this.#read.add(name);
    if (name !== undefined && IMPURE_BUILT_INS.has(name)) this.builtInsEscape = true;
  }

  #letEscape(): void {
    for (const [name, functions] of this.#methods) {
      if (!this.#computedReads && !this.#read.has(name)) continue;
      for (const one of functions) this.escaping.add(one);
    }
  }

  #put(name: string | undefined, given: Node): void {
    const value = this.#unnamed(given);
    if (name === 'constructor') this.untraceable = true;
    if (cannotBeFunction(value)) return;
    if (name === undefined) this.computedWrites = true;
    else if (!isFunction(value)) this.aliased.add(name);
  }

  /** Where a function stands tells how it can be reached. */
  #enlist(node: FunctionNode): void {
    this.all.add(node);
    let parent = this.#parents.get(node);
    if (parent !== undefined && this.#unnamed(parent) === node) parent = this.#parents.get(parent);
    const add = (names: Map<string, Set<FunctionNode>>, key: Node, computed: boolean): void => {
      const name = keyName(key, computed);
      if (name === undefined) this.computed.add(node);
      else names.set(name, (names.get(name) ?? new Set()).add(node));
    };
    if (node.id !== null) add(this.#methods, node.id, false);
    switch (parent?.type) {
      case 'MethodDefinition':
      case 'Property':
        if (parent.kind === 'get') add(this.#getters, parent.key, parent.computed);
        else if (parent.kind === 'set') add(this.#setters, parent.key, parent.computed);
        else if (parent.kind !== 'constructor') add(this.#methods, parent.key, parent.computed);
        else this.#constructors.push(node);
        break;
      case 'AssignmentExpression':
        if (parent.left.type === 'MemberExpression') {
          add(this.#methods, parent.left.property, parent.left.computed);
        } else if (parent.left.type === 'Identifier') add(this.#methods, parent.left, false);
        break;
      case 'VariableDeclarator':
        if (parent.id.type === 'Identifier') add(this.#methods, parent.id, false);
        break;
      case 'CallExpression':
        this.#enlistArgument(node, parent);
        break;
      case 'Program':
      case 'BlockStatement':
      case 'ExpressionStatement':
        break;
      default:
        this.escaping.add(node);
    }
  }

  #enlistArgument(node: FunctionNode, call: Extract<Node, { type: 'CallExpression' }>): void {
    if (call.callee === node) return;
    const field =
      this.helperCalled(call.callee) === '__publicField' ? call.arguments[1] : undefined;
    const name = field === undefined ? undefined : keyName(field, true);
    if (name === undefined) this.escaping.add(node);
    else this.#methods.set(name, new Set([...this.methods(name), node]));
  }

  /** A variable that is a function, used otherwise than to call it. */
  #isValueUse(node: Node): boolean {
    if (node.type !== 'Identifier') return false;
    const binding = this.scopes.bindingOf(node);
    if (binding === undefined || binding.declarations.some((one) => one.node === node))
      return false;
    const parent = this.#parents.get(node);
    const isCallee =
      (parent?.type === 'CallExpression' || parent?.type === 'NewExpression') &&
      parent.callee === node;
    const isTarget = parent?.type === 'AssignmentExpression' && parent.left === node;
    if (parent !== undefined && this.#unnamed(parent) === node) return false;
    return !isCallee && !isTarget && parent?.type !== 'ExportSpecifier';
  }

  #lookForUntraceable(node: Node): void {
    if (node.type === 'Identifier' && UNTRACEABLE.has(node.name)) this.untraceable = true;
    if (isClass(node)) this.#lookAtParent(node.superClass);
    if (node.type === 'CallExpression' && node.arguments.length > 1) {
      // `Object.create` with descriptors defines accessors.
      const { callee } = node;
      if (callee.type === 'MemberExpression' && keyName(callee.property, false) === 'create') {
        this.untraceable = true;
      }
    }
    if (node.type === 'Literal' && UNTRACEABLE.has(String(node.value))) this.untraceable = true;
    if (node.type === 'Identifier' && node.name.startsWith('__decorat')) {
      this.untraceable = true;
    }
  }

  #lookAtParent(parent: Node | null): void {
    if (parent === null) return;
    const isOurs = this.scopes.bindingOf(parent) !== undefined;
    const isPlain = parent.type === 'Identifier' && PLAIN_PARENTS.has(parent.name);
    if (!isOurs && !isPlain) this.#speciesMatters = true;
  }

  /** `export * as` and `import * as`: names of an object that are functions under other names. */
  #lookForNamespace({ callee, arguments: args }: Extract<Node, { type: 'CallExpression' }>): void {
    if (callee.type !== 'Identifier' || callee.name !== '__export') return;
    const [, names] = args;
    if (names?.type !== 'ObjectExpression') return;
    for (const property of names.properties) {
      if (property.type === 'Property') {
        this.aliased.add(keyName(property.key, property.computed) ?? '');
      }
    }
  }

  #lookForIterators(call: Extract<Node, { type: 'CallExpression' }>): void {
    const { callee } = call;
    const made = this.resolve(callee);
    if (made?.generator === true) this.storedIterators ||= !this.isUsedUp(call);
    if (callee.type !== 'MemberExpression') return;
    const name = keyName(callee.property, callee.computed);
    const isStatic =
      callee.object.type === 'Identifier' &&
      this.scopes.bindingOf(callee.object) === undefined &&
      callee.object.name in PURE_STATICS;
    if (name !== undefined && (isStatic || !givesIterator(name, this.methods(name)))) return;
    this.storedIterators ||= !this.isUsedUp(call);
  }

  /** Whether an iterator is used up where it is made. */
  isUsedUp(call: Node): boolean {
    const parent = this.#parents.get(call);
    switch (parent?.type) {
      case 'ForOfStatement':
        return parent.right === call;
      case 'SpreadElement':
        return true;
      case 'NewExpression':
        return parent.callee.type === 'Identifier' && /^(?:Map|Set)$/.test(parent.callee.name);
      case 'CallExpression':
        return (
          parent.callee.type === 'MemberExpression' &&
          /^(?:from|fromEntries)$/.test(keyName(parent.callee.property, false) ?? '')
        );
      default:
        return false;
    }
  }
}

const NONE: ReadonlySet<FunctionNode> = new Set();

function* flat(names: ReadonlyMap<string, ReadonlySet<FunctionNode>>): Iterable<FunctionNode> {
  for (const functions of names.values()) yield* functions;
}

function givesIterator(name: string, own: ReadonlySet<FunctionNode>): boolean {
  return ITERATORS.has(name) || name === 'matchAll' || [...own].some(({ generator }) => generator);
}

/** Values of clients are data; functions come from the text, by what is not in this list. */
function cannotBeFunction(node: Node): boolean {
  switch (node.type) {
    case 'Literal':
    case 'TemplateLiteral':
    case 'BinaryExpression':
    case 'UnaryExpression':
    case 'UpdateExpression':
    case 'ArrayExpression':
    case 'ObjectExpression':
    case 'NewExpression':
      return true;
    default:
      return false;
  }
}
