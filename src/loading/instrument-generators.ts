import type { Sheet } from './instrument-scopes.ts';
import type { Node } from './syntax.ts';

/**
 * Generators lie on the stack only while they run: what they weigh goes away with every `yield`, and comes
 * back when they are resumed. Otherwise one that is never finished would weigh until the end of the call, and
 * one that is resumed somewhere else too little.
 */

type Yield = Extract<Node, { type: 'YieldExpression' }>;
type Entry = (weight: number) => string;

/** Edits the start of a `yield`; what it answers edits the end. */
export function enterYield(
  node: Yield,
  weight: number,
  { edits, prefix, text }: Sheet,
  entry: Entry,
): () => void {
  const value = `${prefix}value`;
  const inside = `${prefix}in`;
  const keyword = /^yield\s*\*?/.exec(text.slice(node.start, node.end))?.[0] ?? '';
  edits.replace(node.start, node.start + keyword.length, `(${value} = (`);
  const resumed = node.delegate
    ? `yield* ${prefix}delegate(${value}, ${weight})`
    : `yield ${value}`;
  const check = entry(weight).replace(/^if \((.*)\) (.*);$/, '($1) && $2');
  const rest =
    `), $.depth -= ${inside}, ${inside} = 0, ${value} = ${resumed}, ` +
    `${inside} = ${weight}, ${check}, ${value})`;
  return () => edits.insert(node.end, node.argument === null ? `void 0${rest}` : rest);
}

/**
 * An iterator for `yield*` that weighs what the outer generator weighs whenever it is resumed: the inner one
 * runs on top of it.
 */
export function delegateHelper(prefix: string, entry: Entry): string {
  const run = entry(0).replace('+= 0', '+= weight');
  return [
    `const ${prefix}delegate = (iterable, weight) => {`,
    `const inner = iterable[Symbol.iterator](), next = inner.next;`,
    `const run = (method, value) => { ${run}`,
    `try { return Reflect.apply(method, inner, [value]); } finally { $.depth -= weight; } };`,
    `return { [Symbol.iterator]() { return this; }, next: (value) => run(next, value),`,
    `get return() { const m = inner.return; return m == null ? m : (value) => run(m, value); },`,
    `get throw() { const m = inner.throw; return m == null ? m : (value) => run(m, value); } }; };`,
    '',
  ].join(' ');
}
