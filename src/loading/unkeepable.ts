import { CALLING_BACK } from './built-ins.ts';
import type { Functions } from './functions.ts';
import { childrenOf, isClass, isFunction, keyName } from './syntax.ts';
import type { FunctionNode, Node, Program } from './syntax.ts';

/** Built-ins that call what they are given, and keep none of it, in whichever place it stands. */
const CALLS_AND_FORGETS: ReadonlySet<string> = new Set([
  ...CALLING_BACK.keys(),
  ...['replace', 'replaceAll', 'groupBy'],
]);
/** Methods of built-ins that make what no state can hold, or make it of what a state holds. */
const MAKES: ReadonlySet<string> = new Set(
  `bind keys values entries matchAll setPrototypeOf construct transfer transferToFixedLength
   transferToImmutable resize`.split(/\s+/),
);

/**
 * Finds the functions of a module in which something is made that a state cannot hold and that may outlive
 * the call: closures, classes, generators, iterators (docs/world.md, State 4). Only after calls that entered
 * one of them need the state be looked at. By names, as reads are proven; a mistake costs time in one
 * direction, and in the other that the path is found later, when the state is captured.
 */
export function findMakers(program: Program, functions: Functions): ReadonlySet<FunctionNode> {
  return new Makers(functions).find(program);
}

class Makers {
  readonly #functions: Functions;
  readonly #found = new Set<FunctionNode>();

  constructor(functions: Functions) {
    this.#functions = functions;
  }

  find(program: Program): ReadonlySet<FunctionNode> {
    this.#visit(program, undefined);
    return this.#found;
  }

  #visit(node: Node, around: FunctionNode | undefined): void {
    if (around !== undefined && !this.#found.has(around) && this.#makes(node)) {
      this.#found.add(around);
    }
    const inside = isFunction(node) ? node : around;
    for (const child of childrenOf(node)) this.#visit(child, inside);
  }

  #makes(node: Node): boolean {
    if (isClass(node)) return true;
    if (isFunction(node)) return !this.#isMember(node) && this.#outlives(node);
    if (node.type === 'NewExpression') {
      // A buffer that can grow.
      if (isNamed(node.callee, 'ArrayBuffer')) return node.arguments.length > 1;
      return isNamed(node.callee, 'WeakMap') || isNamed(node.callee, 'WeakSet');
    }
    return node.type === 'CallExpression' && this.#isIterator(node);
  }

  /** Methods come with their classes, which are found themselves. */
  #isMember(node: FunctionNode): boolean {
    return this.#functions.parentOf(node)?.type === 'MethodDefinition';
  }

  /** Whether a function that is made here may still be there when the call has ended. */
  #outlives(node: FunctionNode): boolean {
    if (node.type === 'FunctionDeclaration') return !this.#isOnlyCalled(node.id);
    const use = this.#useOf(node);
    if (this.#isSpent(use.node, use.parent)) return false;
    const { parent } = use;
    return !(parent?.type === 'VariableDeclarator' && this.#isOnlyCalled(parent.id));
  }

  /** Where a value goes, behind the helper that gives a function its name. */
  #useOf(node: Node): { readonly node: Node; readonly parent: Node | undefined } {
    const parent = this.#functions.parentOf(node);
    const names =
      parent?.type === 'CallExpression' &&
      parent.arguments[0] === node &&
      isNamed(parent.callee, '__name');
    return names ? this.#useOf(parent) : { node, parent };
  }

  /** Called at once, or given to a built-in that calls it and forgets it. */
  #isSpent(node: Node, parent: Node | undefined): boolean {
    if (parent?.type !== 'CallExpression') return false;
    const { callee } = parent;
    if (callee === node) return true;
    if (callee.type !== 'MemberExpression' || callee.object === node) return false;
    const name = keyName(callee.property, callee.computed);
    return name !== undefined && CALLS_AND_FORGETS.has(name) && !this.#isOwn(name);
  }

  /** Something in the module may be reached by this name. */
  #isOwn(name: string): boolean {
    return this.#functions.methods(name).size > 0 || this.#functions.aliased.has(name);
  }

  /** A variable that is only called, or spent. */
  #isOnlyCalled(id: Node | null): boolean {
    if (id?.type !== 'Identifier') return false;
    const binding = this.#functions.scopes.bindingOf(id);
    return (
      binding?.references.every(
        ({ node }) => node === id || this.#isSpent(node, this.#functions.parentOf(node)),
      ) === true
    );
  }

  #isIterator(call: Extract<Node, { type: 'CallExpression' }>): boolean {
    const { callee } = call;
    if (this.#functions.isUsedUp(call)) return false;
    if (this.#functions.resolve(callee)?.generator === true) return true;
    if (callee.type !== 'MemberExpression') return false;
    const name = keyName(callee.property, callee.computed);
    if (name === undefined) return this.#hasGenerator(this.#functions.computed);
    if (MAKES.has(name)) {
      // `Object.keys` and the like give arrays.
      return !isNamed(callee.object, 'Object') || name === 'setPrototypeOf';
    }
    return this.#hasGenerator(this.#functions.methods(name));
  }

  #hasGenerator(functions: ReadonlySet<FunctionNode>): boolean {
    return [...functions].some(({ generator }) => generator);
  }
}

function isNamed(node: Node, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}
