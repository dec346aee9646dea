import { createInterface } from 'node:readline';
import { parseSync } from 'oxc-parser';
import { childrenOf, MAX_NESTING } from './syntax.ts';
import type { Node } from './syntax.ts';

/**
 * The process of `DepthGuard`: a line with a text in, a byte out when it can be read, whatever is wrong
 * with it. What is too deep ends it, here or in the parser.
 */

/** A level that people see is one of nodes, or two. */
const MOST_LEVELS = 2 * MAX_NESTING;

for await (const line of createInterface({ input: process.stdin })) {
  const { file, text } = JSON.parse(line) as { readonly file: string; readonly text: string };
  const { program } = parseSync(file, text, { sourceType: 'module', preserveParens: false });
  if (isDeep(program)) process.exit(1);
  process.stdout.write('.');
}

/** Level by level: what is deep must not be walked by recursion. */
function isDeep(program: Node): boolean {
  let level: readonly Node[] = [program];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return true;
    level = level.flatMap((node) => childrenOf(node));
  }
  return false;
}
