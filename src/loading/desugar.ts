import { Edits } from './edits.ts';
import { renameBinding } from './rename.ts';
import { findScopes } from './scopes.ts';
import type { Binding, Scope, Scopes } from './scopes.ts';
import { childrenOf, isFunction, parse, walk } from './syntax.ts';
import type { FunctionNode, Node } from './syntax.ts';

/**
 * What is rewritten before the instrumentation, so that it meets fewer forms: functions that bodies declare
 * twice, catch clauses without a plain variable, asynchronous functions, and the name that is ours.
 */

export interface Desugared {
  readonly text: string;
  /** Begins names of ours; nothing in the original text looks like it. */
  readonly prefix: string;
}

export function desugar(text: string, file: string): Desugared {
  const prefix = freePrefix(text);
  const plain = rewrite(text, file, prefix);
  return { text: hoistClashes(plain, file), prefix };
}

function freePrefix(text: string): string {
  let number = 0;
  while (text.includes(`$${number}`)) number += 1;
  return `$${number}`;
}

function rewrite(text: string, file: string, prefix: string): string {
  const program = parse(text, file);
  const edits = new Edits(text);
  const removed: Node[] = [];
  walk(program, (node) => {
    if (node.type === 'CatchClause') plainCatch(node, text, prefix, edits);
    if (node.type === 'ImportExpression') {
      edits.replace(node.start, node.end, `(() => { ${absent('import()')} })()`);
      removed.push(node);
      return false;
    }
    const method = asyncMethod(node);
    if (method !== undefined) forgetAsync(node.start, method.key.start, text, edits);
    if (!isFunction(node) || !node.async) return true;
    removed.push(node);
    refuseAsync(node, text, edits);
    return false;
  });
  renameDollar(findScopes(program), prefix, removed, edits);
  return edits.isEmpty ? text : edits.apply();
}

/** What pattern and all catch clauses have in common is a variable, which the meter can be asked about. */
function plainCatch(
  { param, body }: Extract<Node, { type: 'CatchClause' }>,
  text: string,
  prefix: string,
  edits: Edits,
): void {
  if (param === null) edits.insert(body.start, `(${prefix}error) `);
  if (param === null || param.type === 'Identifier') return;
  // The pattern moves as it is, with the edits inside it: what stood before it is moved instead.
  const before = text.slice(body.start, body.start + 1);
  edits.insert(param.start, `${prefix}error) ${before} let `);
  edits.replace(param.end, body.start + 1, ` = ${prefix}error;`);
}

function asyncMethod(node: Node): { readonly key: Node } | undefined {
  if (node.type !== 'MethodDefinition' && node.type !== 'Property') return undefined;
  const { value } = node;
  if (value === null || !isFunction(value) || !value.async) return undefined;
  const isMethod = node.type === 'MethodDefinition' || ('method' in node && node.method);
  return isMethod ? { key: node.key } : undefined;
}

function forgetAsync(start: number, end: number, text: string, edits: Edits): void {
  const found = /\basync\b\s*\*?/.exec(text.slice(start, end));
  if (found === null) return;
  edits.replace(start + found.index, start + found.index + found[0].length, '');
}

/** Promises do not exist in an object's world: such a function says so when it is called. */
function refuseAsync(node: FunctionNode, text: string, edits: Edits): void {
  const { body } = node;
  if (body === null) return;
  if (node.type === 'ArrowFunctionExpression') {
    edits.replace(node.start, node.start + 'async'.length, '');
  } else if (text.startsWith('async', node.start)) {
    const head = text.slice(node.start, node.id?.start ?? body.start);
    const keyword = /^async\s+function\s*\*?/.exec(head)?.[0] ?? '';
    edits.replace(node.start, node.start + keyword.length, 'function ');
  }
  // Parameters may hold `await` no more than `yield`, so they can stay.
  const from = body.type === 'BlockStatement' ? body.start : arrowEnd(text, body);
  edits.replace(from, node.end, `{ ${absent('async functions')} }`);
}

function absent(what: string): string {
  const message = `objects have no promises: ${what} cannot run in them; return the value itself`;
  return `throw new TypeError(${JSON.stringify(message)});`;
}

/** Where the body of an arrow function begins, with brackets around it that belong to no node. */
export function arrowEnd(text: string, body: Node): number {
  return text.lastIndexOf('=>', body.start) + 2;
}

/** `$` is the meter's: what the module calls so gets another name, also where it means a global. */
function renameDollar(
  scopes: Scopes,
  prefix: string,
  removed: readonly Node[],
  edits: Edits,
): void {
  const isRemoved = ({ start, end }: Node): boolean =>
    removed.some((node) => bodyStart(node) <= start && end <= node.end);
  const name = `${prefix}own`;
  const done = new Set<Binding>();
  for (const { node, binding } of scopes.references) {
    if (node.name !== '$') continue;
    if (binding !== undefined) done.add(binding);
    else if (!isRemoved(node)) edits.replace(node.start, node.end, name);
  }
  for (const binding of allBindings(scopes)) if (binding.name === '$') done.add(binding);
  for (const binding of done) renameBinding(binding, name, scopes, edits, isRemoved);
}

function bodyStart(node: Node): number {
  return isFunction(node) ? (node.body?.start ?? node.start) : node.start;
}

function allBindings(scopes: Scopes): readonly Binding[] {
  return scopes.all.flatMap((scope) => [...scope.bindings.values()]);
}

/**
 * Function bodies become blocks, in which a function may not be declared twice, nor beside a `var` of its
 * name. Where that is so, the function becomes the value of a `var` at the start: that is what it was.
 */
function hoistClashes(text: string, file: string): string {
  let current = text;
  for (;;) {
    const scopes = findScopes(parse(current, file));
    const edits = new Edits(current);
    for (const scope of scopes.all) {
      // Those inside of what moves have their turn next time.
      if (scope.kind === 'function') hoistIn(scope, current, edits);
      if (!edits.isEmpty) break;
    }
    if (edits.isEmpty) return current;
    current = edits.apply();
  }
}

function hoistIn(scope: Scope, text: string, edits: Edits): void {
  const body = isFunction(scope.node) ? scope.node.body : null;
  if (body?.type !== 'BlockStatement') return;
  const clashing = new Set<Node>();
  for (const { declarations } of scope.bindings.values()) {
    const kinds = declarations.map(({ kind }) => kind).filter((kind) => kind !== 'parameter');
    if (kinds.length > 1 && kinds.includes('function')) {
      for (const { node } of declarations) clashing.add(node);
    }
  }
  if (clashing.size === 0) return;
  for (const statement of body.body) {
    if (statement.type !== 'FunctionDeclaration') continue;
    const { id, start, end } = statement;
    if (id === null || !clashing.has(id)) continue;
    // Without its name, which it gets from the variable: inside it, the name means the variable.
    const unnamed = text.slice(start, id.start) + text.slice(id.end, end);
    edits.insert(body.start + 1, ` var ${text.slice(id.start, id.end)} = ${unnamed};`);
    edits.replace(start, end, '');
  }
}

/** Whether evaluating it can call a function. */
export function canRun(node: Node): boolean {
  switch (node.type) {
    case 'Literal':
    case 'Identifier':
    case 'ThisExpression':
      return false;
    case 'ArrayExpression':
    case 'LogicalExpression':
    case 'ConditionalExpression':
      return childrenOf(node).some((child) => canRun(child));
    case 'UnaryExpression':
      return !['!', 'typeof', 'void'].includes(node.operator)
        ? node.argument.type !== 'Literal'
        : canRun(node.argument);
    case 'ObjectExpression':
      return node.properties.some(
        (one) =>
          one.type === 'SpreadElement' ||
          one.computed ||
          (one.kind === 'init' && canRun(one.value)),
      );
    case 'TemplateLiteral':
      return node.expressions.length > 0;
    default:
      return !isFunction(node);
  }
}
