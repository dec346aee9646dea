import { assert, present } from '../base/index.ts';
import { HELPERS, SHORT_HELPERS, SLOW_HELPER } from './built-ins.ts';
import { arrowEnd, canRun, desugar } from './desugar.ts';
import { Edits } from './edits.ts';
import { Functions } from './functions.ts';
import { delegateHelper, enterYield } from './instrument-generators.ts';
import { Keys } from './instrument-keys.ts';
import { Captured, chargeRest, escapeName } from './instrument-scopes.ts';
import type { Sheet } from './instrument-scopes.ts';
import { enterPattern, enterValue, findLacking, spreadsArguments } from './instrument-values.ts';
import { findScopes } from './scopes.ts';
import { childrenOf, isClass, parse } from './syntax.ts';
import type { ClassNode, FunctionNode, Node, Program } from './syntax.ts';
import { findMakers } from './unkeepable.ts';
import { Weights } from './weight.ts';

/**
 * Makes of the bundler's module the body of a strict function of one parameter, `$`, that returns what the
 * module exports, with the counters and registrations that docs/world.md lists. All by edits of the text:
 * what is not edited stays as the bundler wrote it.
 */
export function instrument(text: string, file: string): string {
  const desugared = desugar(text, file);
  const program = parse(desugared.text, file);
  return new Instrumenter(desugared.text, desugared.prefix, program).run(program);
}

/** Turns that it takes to make a class, and for each of its methods. */
const CLASS_FUEL = 50;
const METHOD_FUEL = 5;

const EXHAUSTED = '$.exhausted();';
const TICK = `if (--$.fuel < 0) ${EXHAUSTED}`;

/** Stands at the entry of whatever can recurse. */
export function entry(weight: number): string {
  return `if (($.depth += ${weight}) > $.maxDepth || --$.fuel < 0) ${EXHAUSTED}`;
}

type Loop = Extract<
  Node,
  { readonly body: Node; readonly right: Node } | { readonly test: unknown }
>;
type Try = Extract<Node, { type: 'TryStatement' }>;

/** The function around a node; undefined in what the module itself evaluates. */
type Around = FunctionNode | undefined;

class Instrumenter {
  readonly #sheet: Sheet;
  readonly #captured: Captured;
  readonly #weights: Weights;
  /** Functions after which the state has to be looked at. */
  readonly #makers: ReadonlySet<FunctionNode>;
  #delegates = false;

  constructor(text: string, prefix: string, program: Program) {
    const scopes = findScopes(program);
    const edits = new Edits(text);
    const keys = new Keys(program);
    this.#sheet = { text, prefix, scopes, lacking: findLacking(scopes), keys, edits };
    this.#captured = new Captured(this.#sheet, program);
    this.#weights = new Weights(scopes);
    this.#makers = findMakers(program, new Functions(program, scopes, text));
  }

  /** Of the bundler's helpers those that cannot take long by themselves: private fields use them often. */
  #keepHelper({ id, init }: Extract<Node, { type: 'VariableDeclarator' }>): boolean {
    if (id.type !== 'Identifier' || init === null) return false;
    const text = this.#sheet.text.slice(init.start, init.end).replace(/\s+/g, ' ');
    if (id.name === SLOW_HELPER.name && text === SLOW_HELPER.text) {
      this.#sheet.edits.replace(init.start, init.end, SLOW_HELPER.instead);
      return true;
    }
    return text === (HELPERS[id.name] ?? SHORT_HELPERS[id.name]);
  }

  run(program: Program): string {
    const { edits, prefix, scopes } = this.#sheet;
    edits.insert(0, this.#captured.registration(scopes.module));
    for (const statement of program.body) {
      if (statement.type === 'ExportNamedDeclaration') this.#returnExports(statement);
      else this.#visit(statement, program, undefined);
    }
    const helper = this.#delegates ? delegateHelper(prefix, entry) : '';
    return `"use strict";${helper}${edits.apply()}`;
  }

  #returnExports(node: Extract<Node, { type: 'ExportNamedDeclaration' }>): void {
    assert(node.declaration === null && node.source === null, 'the bundler lists what it exports');
    const pairs = node.specifiers.map(({ local, exported }) => {
      assert(local.type === 'Identifier', 'what is exported is a variable');
      const name = exported.type === 'Literal' ? exported.value : exported.name;
      return `["${escapeName(name)}"]: ${escapeName(local.name)}`;
    });
    this.#sheet.edits.replace(node.start, node.end, `return { ${pairs.join(', ')} };`);
  }

  #visit(node: Node, parent: Node, around: Around): void {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#visitFunction(node);
        break;
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        this.#visitLoop(node, around);
        break;
      case 'TryStatement':
        this.#visitTry(node, around);
        break;
      case 'BlockStatement':
        this.#visitBlock(node, '', around);
        break;
      case 'SwitchStatement':
        this.#visit(node.discriminant, node, around);
        this.#captured.registerSwitch(node);
        for (const one of node.cases) this.#visit(one, node, around);
        break;
      case 'VariableDeclarator':
        if (around !== undefined || !this.#keepHelper(node)) {
          this.#visitOther(node, parent, around);
        }
        break;
      default:
        this.#visitOther(node, parent, around);
    }
    this.#captured.leave(node);
  }

  #visitOther(node: Node, parent: Node, around: Around): void {
    this.#captured.enter(node);
    const charged = around !== undefined && isClass(node) && this.#chargeClass(node);
    const leave =
      node.type === 'YieldExpression'
        ? this.#enterYield(node, present(around, 'the function around a yield'))
        : enterValue(node, parent, this.#sheet, around && this.#weights.of(around));
    this.#visitChildren(node, around);
    leave?.();
    if (charged) this.#sheet.edits.insert(node.end, ')');
  }

  /** A class that is made while the object runs; answers whether a bracket is left open. */
  #chargeClass(node: ClassNode): boolean {
    const fuel = CLASS_FUEL + node.body.body.length * METHOD_FUEL;
    const isStatement = node.type === 'ClassDeclaration';
    this.#sheet.edits.insert(
      node.start,
      isStatement ? `$.fuel -= ${fuel}; ` : `($.fuel -= ${fuel}, `,
    );
    return !isStatement;
  }

  #visitChildren(node: Node, around: Around): void {
    for (const child of childrenOf(node)) this.#visit(child, node, around);
    if (node.type !== 'VariableDeclaration') return;
    const charge = node.declarations.map(({ id }) => chargeRest(id)).join('');
    // In the head of a loop the charge comes with its body.
    if (charge !== '' && this.#isStatement(node)) this.#sheet.edits.insert(node.end, charge);
  }

  /** Whether a declaration is a statement of its own, which the bundler ends with a semicolon. */
  #isStatement(node: Node): boolean {
    return this.#sheet.text[node.end - 1] === ';';
  }

  #visitBlock(
    node: Extract<Node, { type: 'BlockStatement' }>,
    head: string,
    around: Around,
    tail = '',
  ): void {
    const { edits, scopes } = this.#sheet;
    edits.insert(node.start + 1, head + this.#captured.registration(scopes.opened(node)));
    for (const statement of node.body) this.#visit(statement, node, around);
    edits.insert(node.end - 1, tail);
  }

  #visitFunction(node: FunctionNode): void {
    assert(!node.async && node.body !== null, 'what is asynchronous was replaced');
    for (const parameter of node.params) this.#visitParameter(parameter, node);
    const { edits, prefix, text } = this.#sheet;
    const weight = this.#weights.of(node);
    const varies = node.generator || spreadsArguments(node);
    const counted = varies ? `${prefix}in` : String(weight);
    const own = varies ? ` let ${prefix}in = ${weight}, ${prefix}value, ${prefix}list;` : '';
    const made = this.#makers.has(node) ? ' $.made = true;' : '';
    // What is made by `new` inherits from whatever the function's `prototype` is now.
    const makes = !node.generator && text.startsWith('function', node.start);
    const born = makes ? ' if (new.target !== undefined) $.inherit(this);' : '';
    const head = `${own} ${entry(weight)} try {${born}${made}${this.#captured.functionHead(node)}`;
    const tail = ` } finally { $.depth -= ${counted}; }`;
    const { body } = node;
    if (body.type === 'BlockStatement') {
      this.#visitBlock(body, head, node, tail);
      return;
    }
    // The expression may stand in brackets, which belong to no node: all behind the arrow is meant.
    edits.insert(arrowEnd(text, body), ` {${head} return (`);
    this.#visit(body, node, node);
    edits.insert(node.end, `);${tail} }`);
  }

  /** Defaults run before the body is entered, and may recurse: what can run code is entered by itself. */
  #visitParameter(node: Node, around: FunctionNode): void {
    switch (node.type) {
      case 'AssignmentPattern': {
        this.#visitParameter(node.left, around);
        const equals = this.#sheet.text.indexOf('=', node.left.end);
        this.#visitDefault(node.right, equals + 1, node.end, around);
        break;
      }
      case 'Property':
        if (node.computed) {
          const opening = this.#sheet.text.lastIndexOf('[', node.key.start);
          this.#visitDefault(node.key, opening + 1, node.key.end, around);
        }
        this.#visitParameter(node.value, around);
        break;
      case 'ArrayPattern': {
        const leave = enterPattern(node, this.#sheet);
        for (const child of childrenOf(node)) this.#visitParameter(child, around);
        leave?.();
        break;
      }
      case 'ObjectPattern':
      case 'RestElement':
        for (const child of childrenOf(node)) this.#visitParameter(child, around);
        break;
      default:
        assert(node.type === 'Identifier', 'a parameter is a pattern');
    }
  }

  #visitDefault(node: Node, start: number, end: number, around: FunctionNode): void {
    const { edits } = this.#sheet;
    const counts = canRun(node);
    const weight = this.#weights.of(around);
    if (counts) edits.insert(start, ` (() => { ${entry(weight)} try { return (`);
    // It sees no variables of the body.
    this.#visit(node, around, undefined);
    if (counts) edits.insert(end, `); } finally { $.depth -= ${weight}; } })()`);
  }

  #visitLoop(node: Loop, around: Around): void {
    const { edits, scopes } = this.#sheet;
    assert('body' in node && !Array.isArray(node.body), 'a loop has a body');
    const body = node.body as Node;
    const left = 'left' in node && node.left.type === 'VariableDeclaration' ? node.left : undefined;
    const charge = left?.declarations.map(({ id }) => chargeRest(id)).join('') ?? '';
    const head = ` ${TICK}${this.#captured.registration(scopes.opened(node))}${charge}`;
    for (const child of childrenOf(node)) {
      if (node.type === 'ForInStatement' && child === node.right) {
        edits.insert(child.start, '$.fields((');
        this.#visit(child, node, around);
        edits.insert(child.end, '))');
      } else if (child !== body) {
        this.#visit(child, node, around);
      } else if (body.type === 'BlockStatement') {
        this.#visitBlock(body, head, around);
      } else {
        edits.insert(body.start, `{${head} `);
        this.#visit(body, node, around);
        edits.insert(body.end, ' }');
      }
    }
  }

  #visitTry({ block, handler, finalizer }: Try, around: Around): void {
    const { scopes, prefix } = this.#sheet;
    this.#visit(block, block, around);
    // A generator that was ended or thrown into at a `yield` is back on the stack here.
    const back =
      around?.generator === true
        ? ` if (${prefix}in === 0) { ${prefix}in = ${this.#weights.of(around)}; ` +
          `${entry(this.#weights.of(around))} }`
        : '';
    if (handler !== null) {
      const { param, body } = handler;
      assert(param?.type === 'Identifier', 'a catch clause has a plain variable');
      const registration = this.#captured.registration(scopes.opened(handler));
      const head = ` $.alive(${escapeName(param.name)});${back}${registration}`;
      this.#visitBlock(body, head, around);
    }
    if (finalizer === null) return;
    this.#visitBlock(finalizer, ` if (!$.dead) {${back}`, around, ' }');
  }

  #enterYield(node: Extract<Node, { type: 'YieldExpression' }>, around: FunctionNode): () => void {
    this.#delegates ||= node.delegate;
    return enterYield(node, this.#weights.of(around), this.#sheet, entry);
  }
}
