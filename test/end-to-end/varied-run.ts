/**
 * Runs the class of test/fixtures/varied in an isolate, and prints what came of it: for every so many calls
 * a line with the digests of their results and of the state. With a second argument, every result itself.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { loadClass, realmText } from '../../src/loading/index.ts';
import { isolateWorlds } from '../../src/platform/index.ts';
import { decodeResult, encodeCommand } from '../../src/wire/index.ts';

const CALLS = 500;
const count = Number(process.argv[2]);
const every = process.argv[3] !== undefined;

const folder = fileURLToPath(new URL('../fixtures/varied', import.meta.url));
const { code, methods } = await loadClass('varied.Varied', { paths: [folder], directory: folder });
const manifest = { name: 'varied.Varied', exported: 'Varied', methods };
const make = await isolateWorlds({ realm: await realmText(), code, manifest });
let world = await make(undefined);

function commandsFrom(first: number): Parameters<typeof world.apply>[0] {
  return Array.from({ length: CALLS }, (_, at) => {
    const slot = first + at + 1;
    const seed = Math.imul(slot, 0x9e37_79b1) >>> 0;
    const log = {
      time: 1_795_000_000_000 + slot * 977,
      seed,
      session: 1,
      sequence: slot,
      slot,
      index: 0,
    };
    return { ...log, bytes: encodeCommand('step', [first + at]) };
  });
}

for (let first = 0; first < count; first += CALLS) {
  const { results, killed } = await world.apply(commandsFrom(first), 'patient');
  if (killed) throw new Error(`a call from ${first} on is killed`);
  const digest = createHash('sha256');
  for (const [at, result] of results.entries()) {
    digest.update(result);
    if (every) console.log(`${first + at} ${JSON.stringify(decodeResult(result))}`);
  }
  const state = await world.capture();
  const states = createHash('sha256').update(state).digest('hex');
  console.log(`${first} ${digest.digest('hex')} ${states}`);
  if ((first / CALLS) % 4 !== 3) continue;
  // As on a joiner: nothing may depend on what is not in the state.
  world.end();
  world = await make(state);
}
world.end();
