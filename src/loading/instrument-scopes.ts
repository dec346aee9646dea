import type { Edits } from './edits.ts';
import type { Keys } from './instrument-keys.ts';
import type { Binding, Scope, Scopes } from './scopes.ts';
import { childrenOf, isFunction, namesIn, walk } from './syntax.ts';
import type { FunctionNode, Node, Program } from './syntax.ts';

/** What the parts of the instrumentation share. */
export interface Sheet {
  readonly text: string;
  readonly edits: Edits;
  readonly scopes: Scopes;
  /** Begins every variable of ours; nothing in the text looks like it. */
  readonly prefix: string;
  /** Names of globals that only other worlds have, where they are read. */
  readonly lacking: ReadonlySet<Node>;
  readonly keys: Keys;
}

type Borrowed = 'this' | 'arguments';

/**
 * Variables that functions inside their scope use may outlive the evaluation of the module, and are state:
 * each such scope tells `$.scopes` how to read and write them. An arrow function also keeps the `this` and
 * the `arguments` of the function around it, which therefore become variables as well.
 */
export class Captured {
  readonly #sheet: Sheet;
  readonly #globalArguments: ReadonlySet<Node>;
  /** `this` and `arguments` inside arrow functions. */
  readonly #borrowed = new Map<Node, Borrowed>();
  /** The functions that they belong to. */
  readonly #lenders = new Map<FunctionNode, Set<Borrowed>>();
  /** Calls of `super()` by constructor: only these give it its `this`. */
  readonly #superCalls = new Map<FunctionNode, Node[]>();
  /** What has to follow a node when it has been visited. */
  readonly #closing = new Map<Node, string>();

  constructor(sheet: Sheet, program: Program) {
    this.#sheet = sheet;
    this.#globalArguments = new Set(
      sheet.scopes.references
        .filter(({ node, binding }) => binding === undefined && node.name === 'arguments')
        .map(({ node }) => node),
    );
    this.#findBorrowed(program, undefined, false);
  }

  /** The statement that registers a scope, or nothing when no function inside uses its variables. */
  registration(scope: Scope | undefined, more: readonly string[] = []): string {
    const pairs = [...more, ...this.#pairsOf(scope)];
    return pairs.length === 0 ? '' : ` if ($.scopes) $.scopes.add({ ${pairs.join(', ')} });`;
  }

  /** What stands first in the body of a function. */
  functionHead(node: FunctionNode): string {
    const { prefix, scopes } = this.#sheet;
    const lent = [...(this.#lenders.get(node) ?? [])].toSorted();
    const variables = lent.map((what) => {
      const late = what === 'this' && this.#superCalls.has(node);
      return ` let ${prefix}${what}${late ? '' : ` = ${what}`};`;
    });
    const pairs = lent.map((what) => this.#pair(prefix + what, what));
    return variables.join('') + this.registration(scopes.opened(node), pairs) + restCharges(node);
  }

  /**
   * A scope of a switch has no start: its first test is evaluated always; where there is none, there is only
   * the default.
   */
  registerSwitch(node: Extract<Node, { type: 'SwitchStatement' }>): void {
    const { scopes, edits } = this.#sheet;
    const pairs = this.#pairsOf(scopes.opened(node));
    if (pairs.length === 0) return;
    const add = `$.scopes && $.scopes.add({ ${pairs.join(', ')} })`;
    const first = node.cases.find(({ test }) => test !== null);
    if (first !== undefined && first.test !== null) {
      edits.insert(first.start + 'case'.length, ` (${add},`);
      this.#closing.set(first.test, ')');
      return;
    }
    const start = node.cases[0]?.consequent[0]?.start;
    if (start !== undefined) edits.insert(start, `${add}; `);
  }

  /** Edits one node before its children are visited. */
  enter(node: Node): void {
    const { edits, prefix, scopes } = this.#sheet;
    const borrowed = this.#borrowed.get(node);
    if (borrowed !== undefined) {
      const short = scopes.shorthands.has(node) ? `${borrowed}: ` : '';
      edits.replace(node.start, node.end, `${short}${prefix}${borrowed}`);
    }
    if (node.type === 'VariableDeclaration' && node.kind === 'const') this.#makeLet(node);
    if (isSuperCall(node) && this.#closing.has(node)) edits.insert(node.start, `(${prefix}this = `);
  }

  /** What is inserted behind a node when its children have been visited. */
  leave(node: Node): void {
    const closing = this.#closing.get(node);
    if (closing !== undefined) this.#sheet.edits.insert(node.end, closing);
  }

  /** A restored state has to be put in the place of a constant, too. */
  #makeLet(node: Extract<Node, { type: 'VariableDeclaration' }>): void {
    const { edits, scopes } = this.#sheet;
    const names = node.declarations.flatMap(({ id }) => namesIn(id));
    if (!names.some((name) => scopes.bindingOf(name)?.captured === true)) return;
    edits.replace(node.start, node.start + 'const'.length, 'let');
  }

  #pairsOf(scope: Scope | undefined): readonly string[] {
    if (scope === undefined) return [];
    return [...scope.bindings.values()].filter(isState).map(({ name }) => this.#pair(name));
  }

  #pair(name: string, shown = name): string {
    const value = `${this.#sheet.prefix}v`;
    const variable = escapeName(name);
    // Computed, since `__proto__` would be no ordinary key.
    const key = `["${escapeName(shown)}"]`;
    return `${key}: [() => ${variable}, (${value}) => (${variable} = ${value})]`;
  }

  /** Who lends what to whom: `lender` is the function whose `this` it is where `node` stands. */
  #findBorrowed(node: Node, lender: FunctionNode | undefined, inArrow: boolean): void {
    if (lender !== undefined && inArrow) this.#borrow(node, lender);
    if (lender !== undefined && isSuperCall(node)) {
      this.#superCalls.set(lender, [...(this.#superCalls.get(lender) ?? []), node]);
    }
    if (!isFunction(node)) {
      for (const child of childrenOf(node)) this.#findBorrowed(child, lender, inArrow);
    } else if (node.type === 'ArrowFunctionExpression') {
      for (const child of childrenOf(node)) this.#findBorrowed(child, lender, true);
    } else {
      // What stands in parameters cannot see variables of the body: it keeps the original.
      for (const parameter of node.params) this.#findBorrowed(parameter, undefined, false);
      if (node.body !== null) this.#findBorrowed(node.body, node, false);
      if (this.#lenders.get(node)?.has('this') !== true) return;
      for (const call of this.#superCalls.get(node) ?? []) this.#closing.set(call, ')');
    }
  }

  #borrow(node: Node, lender: FunctionNode): void {
    const isThis = node.type === 'ThisExpression';
    if (!isThis && !this.#globalArguments.has(node)) return;
    const what = isThis ? 'this' : 'arguments';
    this.#borrowed.set(node, what);
    const lent = this.#lenders.get(lender) ?? new Set();
    this.#lenders.set(lender, lent.add(what));
  }
}

/** The own name of a function or class inside it never changes, and is reached through itself. */
function isState({ captured, kind }: Binding): boolean {
  return captured && kind !== 'self';
}

function isSuperCall(node: Node): boolean {
  return node.type === 'CallExpression' && node.callee.type === 'Super';
}

/** Taking the rest of something apart copies it, without a loop or call that the meter could count. */
function restCharges(node: FunctionNode): string {
  return node.params.map((parameter) => chargeRest(parameter)).join('');
}

/** Statements that charge for what the rest elements of a pattern have copied. */
export function chargeRest(pattern: Node): string {
  const charges: string[] = [];
  const charge = (one: Node, ofObject: boolean): void => {
    if (one.type !== 'RestElement' || one.argument.type !== 'Identifier') return;
    const name = escapeName(one.argument.name);
    charges.push(ofObject ? ` $.own(${name});` : ` $.fuel -= ${name}.length;`);
  };
  charge(pattern, false);
  walk(pattern, (one) => {
    if (one.type === 'ArrayPattern' || one.type === 'ObjectPattern') {
      for (const child of childrenOf(one)) charge(child, one.type === 'ObjectPattern');
    }
    return !isFunction(one);
  });
  return charges.join('');
}

/** Identifiers and strings in ASCII, as the bundler writes them. */
export function escapeName(name: string): string {
  return name.replace(/[^\x20-\x7e]/gu, (letter) => {
    return `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
