import { present } from '../base/index.ts';
import type { Binding, Scopes } from './scopes.ts';
import { childrenOf, isClass, isFunction, walk } from './syntax.ts';
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
  readonly #names = new Map<ClassNode, string>();
  readonly #exports = new Map<string, Node>();

  constructor(program: Program, scopes: Scopes) {
    this.#scopes = scopes;
    walk(program, (node) => {
      this.#note(node);
      return undefined;
    });
    // Names that the bundler changed, and gives back.
    walk(program, (node) => {
      const named = node.type === 'CallExpression' ? nameGiven(node) : undefined;
      const value = named === undefined ? undefined : this.#resolve(named.target, new Map());
      if (named !== undefined && value !== undefined && isClass(value.node)) {
        this.#names.set(value.node, named.name);
      }
      return undefined;
    });
  }

  #note(node: Node): void {
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init !== null) {
      this.#values.set(node.id, node.init);
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
      default:
        return undefined;
    }
  }

  #resolveName(node: Node, known: Known, left: number): Resolved | undefined {
    const binding = this.#scopes.bindingOf(node);
    if (binding === undefined) return undefined;
    const argument = known.get(binding);
    if (argument !== undefined) return this.#resolve(argument.node, argument.known, left - 1);
    const [declaration, ...others] = binding.declarations;
    if (declaration === undefined || others.length > 0) return undefined;
    const value = this.#values.get(declaration.node);
    return value === undefined ? undefined : this.#resolve(value, known, left - 1);
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
  const last = present(expressions.at(-1), 'a last expression');
  if (last.type !== 'Identifier') return last;
  const assigned = expressions.flatMap((one) => {
    const isAssignment = one.type === 'AssignmentExpression' && one.operator === '=';
    const isTo = isAssignment && one.left.type === 'Identifier' && one.left.name === last.name;
    return isTo ? [one.right] : [];
  });
  const [only] = assigned;
  return assigned.length === 1 && only !== undefined ? only : last;
}

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
