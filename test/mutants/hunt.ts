/**
 * Runs seeds against one copy of the sources until a judge objects. Arguments: the copy's root, the first
 * seed, how many seeds, milliseconds, and what instances run, unless seeds are to draw it. Prints one line
 * of JSON.
 */
import { pathToFileURL } from 'node:url';
import type { OBJECT_NAMES as ObjectNames, simulate as Simulate } from '../../src/sim/index.ts';

const [root = '', first = '1', count = '1', budgetMs = '1000', object] = process.argv.slice(2);
const { OBJECT_NAMES, simulate } = (await import(
  pathToFileURL(`${root}/src/sim/index.ts`).href
)) as {
  simulate: typeof Simulate;
  OBJECT_NAMES: typeof ObjectNames;
};
const known = OBJECT_NAMES.find((name) => name === object);
const started = performance.now();
const deadline = started + Number(budgetMs);
let seeds = 0;
let found: { seed: number; judge: string; words: string } | undefined;
for (; seeds < Number(count) && found === undefined && performance.now() < deadline; seeds++) {
  const seed = Number(first) + seeds;
  const { failure } = await simulate({ seed, ...(known === undefined ? {} : { object: known }) });
  if (failure !== undefined) found = { seed, judge: failure.judge, words: failure.words };
}
const seconds = (performance.now() - started) / 1000;
process.stdout.write(`${JSON.stringify({ seeds, seconds, found })}\n`);
