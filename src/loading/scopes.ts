import { assert } from '../base/index.ts';
import { childrenOf, isClass, isFunction } from './syntax.ts';
import type { Node, Program } from './syntax.ts';

/**
 * Which name means what: the scopes of a module in strict mode, what they declare, and every reference with
 * the binding that it reaches. Parameters and the body of a function are one scope here.
 */

type ExportSpecifier = Extract<Node, { type: 'ExportSpecifier' }>;
type Named = Extract<Node, { type: 'Identifier' }>;

export type BindingKind =
  | 'var'
  | 'let'
  | 'const'
  | 'class'
  | 'function'
  | 'parameter'
  | 'catch'
  | 'self'
  | 'import';

export interface Reference {
  readonly node: Named;
  readonly scope: Scope;
  /** `x = 1` and `for (x of …)` write, `x += 1` and `x++` do both. */
  readonly access: 'read' | 'write' | 'both';
  /** None for a name that the module does not declare: a global. */
  readonly binding: Binding | undefined;
}

export interface Binding {
  readonly name: string;
  /** Of its first declaration. */
  readonly kind: BindingKind;
  readonly scope: Scope;
  /** The identifiers that declare it: several for `var`, functions and parameters of one name. */
  readonly declarations: readonly { readonly node: Named; readonly kind: BindingKind }[];
  readonly references: readonly Reference[];
  /** A function inside its own refers to it, so it may outlive the call. */
  readonly captured: boolean;
  /** Something other than its declaration writes it. */
  readonly assigned: boolean;
}

export type ScopeKind = 'module' | 'function' | 'block' | 'for' | 'switch' | 'catch' | 'class';

export interface Scope {
  readonly kind: ScopeKind;
  readonly node: Node;
  readonly parent: Scope | undefined;
  /** The scope of the innermost function (or the module), where `var` lands. */
  readonly home: Scope;
  readonly bindings: ReadonlyMap<string, Binding>;
}

interface Growing extends Scope {
  readonly parent: GrowingScope | undefined;
  readonly home: GrowingScope;
  readonly bindings: Map<string, GrowingBinding>;
}
type GrowingScope = Growing;

interface GrowingBinding extends Binding {
  readonly declarations: { node: Named; kind: BindingKind }[];
  readonly references: Reference[];
  captured: boolean;
  assigned: boolean;
}

export interface Scopes {
  readonly module: Scope;
  /** Outer ones first, in the order of the text. */
  readonly all: readonly Scope[];
  readonly references: readonly Reference[];
  /** Identifiers that stand for two things, `{ x }` and `export { x }`: who renames them writes both. */
  readonly shorthands: ReadonlyMap<Node, 'property' | 'export'>;
  /** The scope that a node opens: a function, block, loop, switch, catch clause or class. */
  opened(node: Node): Scope | undefined;
  /** What an identifier refers to or declares; undefined for globals and for names of properties. */
  bindingOf(node: Node): Binding | undefined;
}

export function findScopes(program: Program): Scopes {
  return new Finder(program);
}

type Access = Reference['access'];
interface Pending {
  readonly node: Named;
  readonly scope: GrowingScope;
  readonly access: Access;
}

class Finder implements Scopes {
  readonly module: GrowingScope;
  readonly references: Reference[] = [];
  readonly shorthands = new Map<Node, 'property' | 'export'>();
  readonly #opened = new Map<Node, GrowingScope>();
  readonly #bindings = new Map<Node, GrowingBinding>();
  /** Resolved when everything is declared: functions and `var` may be used before. */
  readonly #pending: Pending[] = [];

  constructor(program: Program) {
    this.module = this.#open('module', program, undefined);
    for (const statement of program.body) this.#visit(statement, this.module);
    for (const pending of this.#pending) this.#resolve(pending);
  }

  get all(): readonly Scope[] {
    return [...this.#opened.values()];
  }

  opened(node: Node): Scope | undefined {
    return this.#opened.get(node);
  }

  bindingOf(node: Node): Binding | undefined {
    return this.#bindings.get(node);
  }

  #open(kind: ScopeKind, node: Node, parent: GrowingScope | undefined): GrowingScope {
    const bindings = new Map<string, GrowingBinding>();
    const scope = { kind, node, parent, bindings } as {
      -readonly [K in keyof Growing]: Growing[K];
    };
    scope.home = kind === 'module' || kind === 'function' ? scope : (parent as GrowingScope).home;
    this.#opened.set(node, scope);
    return scope;
  }

  #resolve({ node, scope, access }: Pending): void {
    let place: GrowingScope | undefined = scope;
    while (place !== undefined && !place.bindings.has(node.name)) place = place.parent;
    const binding = place?.bindings.get(node.name);
    const reference: Reference = { node, scope, access, binding };
    this.references.push(reference);
    if (binding === undefined) return;
    this.#bindings.set(node, binding);
    binding.references.push(reference);
    if (access !== 'read') binding.assigned = true;
    if (scope.home !== binding.scope.home) binding.captured = true;
  }

  #declare(node: Named, kind: BindingKind, scope: GrowingScope): void {
    const where = kind === 'var' ? scope.home : scope;
    let binding = where.bindings.get(node.name);
    if (binding === undefined) {
      binding = {
        name: node.name,
        kind,
        scope: where,
        declarations: [],
        references: [],
        captured: false,
        assigned: false,
      };
      where.bindings.set(node.name, binding);
    }
    binding.declarations.push({ node, kind });
    this.#bindings.set(node, binding);
  }

  /** A pattern declares names; defaults and computed keys in it are ordinary expressions. */
  #declarePattern(pattern: Node, kind: BindingKind, scope: GrowingScope): void {
    switch (pattern.type) {
      case 'Identifier':
        this.#declare(pattern, kind, scope);
        break;
      case 'AssignmentPattern':
        this.#declarePattern(pattern.left, kind, scope);
        this.#visit(pattern.right, scope);
        break;
      case 'RestElement':
        this.#declarePattern(pattern.argument, kind, scope);
        break;
      case 'Property':
        this.#visitKey(pattern, scope);
        this.#declarePattern(pattern.value, kind, scope);
        break;
      case 'ArrayPattern':
      case 'ObjectPattern':
        for (const child of childrenOf(pattern)) this.#declarePattern(child, kind, scope);
        break;
      default:
        assert(false, `no pattern of declarations: ${pattern.type}`);
    }
  }

  /** The target of an assignment: names in it are written, everything else is evaluated. */
  #assign(target: Node, access: Access, scope: GrowingScope): void {
    switch (target.type) {
      case 'Identifier':
        this.#pending.push({ node: target, scope, access });
        break;
      case 'AssignmentPattern':
        this.#assign(target.left, access, scope);
        this.#visit(target.right, scope);
        break;
      case 'RestElement':
        this.#assign(target.argument, access, scope);
        break;
      case 'Property':
        this.#visitKey(target, scope);
        this.#assign(target.value, access, scope);
        break;
      case 'ArrayPattern':
      case 'ObjectPattern':
        for (const child of childrenOf(target)) this.#assign(child, access, scope);
        break;
      default:
        this.#visit(target, scope);
    }
  }

  #visitKey(property: Extract<Node, { type: 'Property' }>, scope: GrowingScope): void {
    const { key, value, computed, shorthand } = property;
    if (computed) this.#visit(key, scope);
    if (!shorthand) return;
    this.shorthands.set(value.type === 'AssignmentPattern' ? value.left : value, 'property');
  }

  #visitAll(nodes: readonly (Node | null)[], scope: GrowingScope): void {
    for (const node of nodes) if (node !== null) this.#visit(node, scope);
  }

  #visit(node: Node, scope: GrowingScope): void {
    if (isFunction(node)) this.#visitFunction(node, scope);
    else if (isClass(node)) this.#visitClass(node, scope);
    else if (!this.#visitStatement(node, scope)) this.#visitExpression(node, scope);
  }

  #visitFunction(node: Extract<Node, { params: unknown[] }>, scope: GrowingScope): void {
    assert(isFunction(node), 'a function');
    let outer = scope;
    if (node.id !== null && node.type === 'FunctionDeclaration') {
      this.#declare(node.id, 'function', scope);
    } else if (node.id !== null) {
      // Its own name is known inside, and belongs to no scope that could be entered otherwise.
      outer = this.#open('class', node.id, scope);
      this.#declare(node.id, 'self', outer);
    }
    const inner = this.#open('function', node, outer);
    for (const parameter of node.params) this.#declarePattern(parameter, 'parameter', inner);
    if (node.body === null) return;
    if (node.body.type === 'BlockStatement') this.#visitAll(node.body.body, inner);
    else this.#visit(node.body, inner);
  }

  #visitClass(node: Extract<Node, { superClass: unknown }>, scope: GrowingScope): void {
    assert(isClass(node), 'a class');
    if (node.id !== null && node.type === 'ClassDeclaration') {
      this.#declare(node.id, 'class', scope);
    }
    const inner = this.#open('class', node, scope);
    this.#visitAll(node.decorators ?? [], scope);
    if (node.id !== null) {
      const outer = this.#bindings.get(node.id);
      this.#declare(node.id, 'self', inner);
      // The identifier stands for the binding outside, when there is one.
      if (outer !== undefined) this.#bindings.set(node.id, outer);
    }
    if (node.superClass !== null) this.#visit(node.superClass, inner);
    for (const element of node.body.body) {
      if ('decorators' in element) this.#visitAll(element.decorators ?? [], inner);
      if (element.type === 'StaticBlock') {
        this.#visitAll(element.body, this.#open('function', element, inner));
      } else if (element.type === 'PropertyDefinition' || element.type === 'AccessorProperty') {
        if (element.computed) this.#visit(element.key, inner);
        // An initialiser runs like a method of its own.
        const own = this.#open('function', element, inner);
        if (element.value !== null) this.#visit(element.value, own);
      } else if (element.type === 'MethodDefinition') {
        if (element.computed) this.#visit(element.key, inner);
        this.#visit(element.value, inner);
      }
    }
  }

  /** Answers whether it was something that declares or opens a scope. */
  #visitStatement(node: Node, scope: GrowingScope): boolean {
    switch (node.type) {
      case 'VariableDeclaration':
        this.#visitDeclaration(node, scope);
        return true;
      case 'BlockStatement':
        this.#visitAll(node.body, this.#open('block', node, scope));
        return true;
      case 'ForStatement': {
        const inner = this.#open('for', node, scope);
        this.#visitAll([node.init, node.test, node.update, node.body], inner);
        return true;
      }
      case 'ForInStatement':
      case 'ForOfStatement': {
        const inner = this.#open('for', node, scope);
        if (node.left.type === 'VariableDeclaration') this.#visit(node.left, inner);
        else this.#assign(node.left, 'write', inner);
        this.#visitAll([node.right, node.body], inner);
        return true;
      }
      case 'SwitchStatement': {
        this.#visit(node.discriminant, scope);
        const inner = this.#open('switch', node, scope);
        for (const one of node.cases) this.#visitAll([one.test, ...one.consequent], inner);
        return true;
      }
      case 'CatchClause': {
        const inner = this.#open('catch', node, scope);
        if (node.param !== null) this.#declarePattern(node.param, 'catch', inner);
        this.#visit(node.body, inner);
        return true;
      }
      default:
        return false;
    }
  }

  #visitDeclaration(
    node: Extract<Node, { type: 'VariableDeclaration' }>,
    scope: GrowingScope,
  ): void {
    assert(!node.kind.endsWith('using'), 'the bundler lowers `using`');
    for (const { id, init } of node.declarations) {
      this.#declarePattern(id, node.kind as BindingKind, scope);
      if (init !== null) this.#visit(init, scope);
    }
  }

  #visitExports(specifiers: readonly ExportSpecifier[], scope: GrowingScope): void {
    for (const { local, exported } of specifiers) {
      this.#visit(local, scope);
      if (local.start === exported.start) this.shorthands.set(local, 'export');
    }
  }

  #visitExpression(node: Node, scope: GrowingScope): void {
    switch (node.type) {
      case 'Identifier':
        this.#pending.push({ node, scope, access: 'read' });
        break;
      case 'AssignmentExpression':
        this.#assign(node.left, node.operator === '=' ? 'write' : 'both', scope);
        this.#visit(node.right, scope);
        break;
      case 'UpdateExpression':
        this.#assign(node.argument, 'both', scope);
        break;
      case 'MemberExpression':
        this.#visit(node.object, scope);
        if (node.computed) this.#visit(node.property, scope);
        break;
      case 'Property':
        this.#visitKey(node, scope);
        this.#visit(node.value, scope);
        break;
      case 'LabeledStatement':
        this.#visit(node.body, scope);
        break;
      case 'ExportNamedDeclaration':
        if (node.declaration !== null) this.#visit(node.declaration, scope);
        else this.#visitExports(node.specifiers, scope);
        break;
      case 'ImportDeclaration':
        for (const { local } of node.specifiers) this.#declare(local, 'import', scope);
        break;
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
      case 'ExportAllDeclaration':
        break;
      default:
        this.#visitAll(childrenOf(node), scope);
    }
  }
}
