import { childrenOf, findScopes, isClass, isFunction } from '../loading/index.ts';
import type { Binding, Node, Scopes, SourceText } from '../loading/index.ts';
import { fold } from './fold.ts';
import { isBuiltIn } from './globals.ts';
import { importedConstant } from './imported.ts';
import type { Subjects } from './imported.ts';

/** How often names may be followed to what they were declared with. */
const MOST_STEPS = 16;
/** Of a table that is looked through for a constant. */
const MOST_ENTRIES = 256;

/** A file under judgement: where a node stands, and what a piece of it certainly is. */
export class Subject {
  readonly source: SourceText;
  readonly scopes: Scopes;
  readonly #parents = new Map<Node, Node>();
  readonly #others: Subjects;
  /** What is known already: sources could ask the same very often. */
  readonly #constants = new Map<Node, string | undefined>();
  readonly #paths = new Map<Node, readonly string[] | undefined>();
  readonly #onlyRead = new Map<Binding, boolean>();
  #depth = 0;

  /** @param others What is imported; they may be added later. */
  constructor(source: SourceText, others: Subjects) {
    this.source = source;
    this.#others = others;
    this.scopes = findScopes(source.program);
    this.#note(source.program);
  }

  /** Every node, in the order of the text. */
  get nodes(): Iterable<Node> {
    return this.#parents.keys();
  }

  parentOf(node: Node): Node | undefined {
    return this.#parents.get(node);
  }

  /** The nearest node around that only hands the value on. */
  userOf(node: Node): { readonly user: Node | undefined; readonly through: Node } {
    let through = node;
    let user = this.parentOf(node);
    while (user?.type === 'ChainExpression') {
      through = user;
      user = this.parentOf(user);
    }
    return { user, through };
  }

  /** The text that an expression certainly is. */
  constant(node: Node): string | undefined {
    if (this.#constants.has(node)) return this.#constants.get(node);
    // What is found on the way to itself is no constant.
    this.#constants.set(node, undefined);
    if (this.#depth >= MOST_STEPS) return undefined;
    this.#depth += 1;
    const text = fold(node, (name) => this.#named(name));
    this.#depth -= 1;
    this.#constants.set(node, text);
    return text;
  }

  #named(name: Node): string | undefined {
    const binding = this.scopes.bindingOf(name);
    if (binding?.kind === 'import') {
      const declared = binding.declarations[0]?.node ?? name;
      if (declared !== name) return this.constant(declared);
      return importedConstant(declared, this, this.#others);
    }
    const init = this.#initOf(name) ?? this.#memberOf(name);
    return init === undefined ? undefined : this.constant(init);
  }

  /** What a table of constants has under a name, when the table is only ever read. */
  #memberOf(node: Node): Node | undefined {
    if (node.type !== 'MemberExpression') return undefined;
    const key = this.keyOf(node.property, node.computed);
    const { object } = node;
    const table =
      object.type === 'Identifier' && this.#isOnlyRead(object) ? this.#initOf(object) : object;
    if (key === undefined || table === undefined) return undefined;
    if (table.type === 'ArrayExpression') return table.elements[Number(key)] ?? undefined;
    if (table.type !== 'ObjectExpression' || table.properties.length > MOST_ENTRIES)
      return undefined;
    const found = table.properties.filter(
      (one) => one.type !== 'Property' || this.keyOf(one.key, one.computed) === key,
    );
    const [property, ...others] = found;
    return property?.type === 'Property' && others.length === 0 ? property.value : undefined;
  }

  #isOnlyRead(name: Node): boolean {
    const binding = this.scopes.bindingOf(name);
    if (binding === undefined) return false;
    const known = this.#onlyRead.get(binding);
    if (known !== undefined) return known;
    const isOnlyRead = binding.references.every(({ node }) => {
      const member = this.parentOf(node);
      if (member?.type !== 'MemberExpression' || member.object !== node) return false;
      const user = this.parentOf(member);
      const isCalled = user?.type === 'CallExpression' && user.callee === member;
      return !isCalled && !isWritten(member, user);
    });
    this.#onlyRead.set(binding, isOnlyRead);
    return isOnlyRead;
  }

  /** The name of a property that is read; undefined when it cannot be told. */
  keyOf(key: Node, computed: boolean): string | undefined {
    if (computed) return this.constant(key);
    if (key.type === 'Identifier') return key.name;
    // The spelling keeps it apart from what a string could be.
    return key.type === 'PrivateIdentifier' ? `#${key.name}` : this.constant(key);
  }

  /** `Array.prototype` as names from a global one, also when it goes by other names here. */
  pathOf(node: Node): readonly string[] | undefined {
    if (this.#paths.has(node)) return this.#paths.get(node);
    // What leads to itself leads to no global.
    this.#paths.set(node, undefined);
    const path = this.#findPath(unwrap(node));
    this.#paths.set(node, path);
    return path;
  }

  #findPath(node: Node): readonly string[] | undefined {
    if (node.type === 'Identifier') {
      const binding = this.scopes.bindingOf(node);
      return binding === undefined ? [node.name] : this.#pathOfBinding(binding);
    }
    if (node.type !== 'MemberExpression') return undefined;
    const holder = this.pathOf(node.object);
    const key = holder === undefined ? undefined : this.keyOf(node.property, node.computed);
    return holder === undefined || key === undefined ? undefined : join(holder, key);
  }

  /** What a name was declared with, when it is never anything else. */
  #initOf(name: Node): Node | undefined {
    const binding = this.scopes.bindingOf(name);
    const declared = binding === undefined ? undefined : this.#declarationOf(binding);
    return declared?.keys.length === 0 ? declared.init : undefined;
  }

  initOf(name: Node): Node | undefined {
    return name.type === 'Identifier' ? this.#initOf(name) : undefined;
  }

  #pathOfBinding(binding: Binding): readonly string[] | undefined {
    const declared = this.#declarationOf(binding);
    const holder = declared === undefined ? undefined : this.pathOf(declared.init);
    return holder === undefined
      ? undefined
      : declared?.keys.reduce<readonly string[] | undefined>(join, holder);
  }

  /** `const x = init`, or `const { key: x } = init`. */
  #declarationOf({
    declarations,
    assigned,
  }: Binding): { readonly init: Node; readonly keys: readonly string[] } | undefined {
    const [declared, ...others] = declarations;
    if (assigned || declared === undefined || others.length > 0) return undefined;
    const keys: string[] = [];
    let parent = this.parentOf(declared.node);
    while (parent?.type === 'Property' || parent?.type === 'ObjectPattern') {
      if (parent.type === 'Property') {
        const key = this.keyOf(parent.key, parent.computed);
        if (key === undefined) return undefined;
        keys.unshift(key);
      }
      parent = this.parentOf(parent);
    }
    if (parent?.type !== 'VariableDeclarator' || parent.init === null) return undefined;
    return { init: parent.init, keys };
  }

  /**
   * Whether it is certainly no function: `this` of a method or of a field that is not static, or a name for
   * it. (Whoever calls a method of an object with another `this` is not seen.)
   */
  isInstance(node: Node): boolean {
    const plain = unwrap(node);
    if (plain.type === 'ThisExpression') return this.#hasInstance(plain);
    const init = this.initOf(plain);
    return init !== undefined && unwrap(init).type === 'ThisExpression' && this.#hasInstance(init);
  }

  #hasInstance(node: Node): boolean {
    let inner = node;
    for (let at = this.parentOf(node); at !== undefined; at = this.parentOf(at)) {
      if (isFunction(at) && at.type !== 'ArrowFunctionExpression') {
        const method = this.parentOf(at);
        return method?.type !== 'MethodDefinition' || !method.static;
      }
      if (at.type === 'StaticBlock') return false;
      if (at.type === 'PropertyDefinition' || at.type === 'AccessorProperty') {
        if (inner === at.value) return !at.static;
      }
      inner = at;
    }
    return false;
  }

  /** Whether an expression certainly is a function. */
  isFunctionLike(node: Node): boolean {
    const plain = unwrap(node);
    if (isFunction(plain) || isClass(plain)) return true;
    // Static code has a class as `this`.
    if (plain.type === 'ThisExpression') return !this.#hasInstance(plain);
    if (isBuiltInFunction(this.pathOf(plain))) return true;
    if (plain.type !== 'Identifier') return false;
    const binding = this.scopes.bindingOf(plain);
    if (binding === undefined || binding.assigned) return false;
    if (binding.declarations.some(({ kind }) => FUNCTIONS.has(kind))) return true;
    const init = this.initOf(plain);
    return init !== undefined && (isFunction(unwrap(init)) || isClass(unwrap(init)));
  }

  #note(root: Node): void {
    for (const child of childrenOf(root)) {
      this.#parents.set(child, root);
      this.#note(child);
    }
  }
}

const FUNCTIONS: ReadonlySet<string> = new Set(['class', 'function', 'self']);

/** `Map`, `Math.max` and the like; their prototypes are objects, but for one. */
function isBuiltInFunction(path: readonly string[] | undefined): boolean {
  const last = path?.at(-1) ?? '';
  if (!isBuiltIn(path ?? []) || last === 'Infinity' || last === 'NaN') return false;
  return last !== 'prototype' || path?.[0] === 'Function';
}

/** What is in brackets, at the end of a sequence, or assigned on the way. */
export function unwrap(node: Node): Node {
  switch (node.type) {
    case 'ChainExpression':
      return unwrap(node.expression);
    case 'SequenceExpression':
      return unwrap(node.expressions.at(-1) ?? node.expressions[0] ?? node);
    case 'AssignmentExpression':
      return node.operator === '=' ? unwrap(node.right) : node;
    default:
      return node;
  }
}

/** Whether something becomes of what a member expression names, also as a part of a pattern. */
export function isWritten(member: Node, parent: Node | undefined): boolean {
  switch (parent?.type) {
    case 'AssignmentExpression':
    case 'AssignmentPattern':
    case 'ForInStatement':
    case 'ForOfStatement':
      return parent.left === member;
    case 'UpdateExpression':
    case 'ArrayPattern':
    case 'RestElement':
      return true;
    case 'UnaryExpression':
      return parent.operator === 'delete';
    default:
      return false;
  }
}

/** Nothing that the language has lies deeper. */
const MOST_KEYS = 5;

/** The properties of the global object are the globals. */
function join(path: readonly string[] | undefined, key: string): readonly string[] | undefined {
  if (path === undefined || path.length >= MOST_KEYS) return undefined;
  return path.length === 1 && path[0] === 'globalThis' ? [key] : [...path, key];
}
