import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { loadClass } from '../loading/index.ts';
import { makeFolder } from '../loading/loading-test-kit.ts';
import { contextWorlds, isolateWorlds, pieces } from '../realm/realm-test-kit.ts';
import type { MakeWorld, World } from '../realm/realm-test-kit.ts';
import { ABSENT } from '../realm/index.ts';
import { EVASIONS } from './evasions-test-kit.ts';
import { PRESENT, WEAK } from './globals.ts';
import { linesOf, moduleOf } from './safety-test-kit.ts';

const contexts = await contextWorlds();
const isolates = await isolateWorlds();

/** A world with the class, loaded as replicas load it. */
async function worldOf(t: TestContext, piece: string, make: MakeWorld): Promise<World> {
  const directory = makeFolder(t, { 'main.ts': moduleOf(piece) });
  const { name, code, methods } = await loadClass('main.Main', { paths: [], directory });
  return make(code, { name, exported: 'Main', methods });
}

for (const [what, { piece, stopped }] of Object.entries(EVASIONS)) {
  test(`what the check cannot see, the realm stops: ${what}`, async (t) => {
    deepEqual(await linesOf(t, piece), []);

    for (const make of [contexts, isolates]) {
      const world = await worldOf(t, piece, make);
      const result = world.result('run', 'constructor', 'toLocaleString');
      equal(result.kind, 'thrown');
      match('message' in result ? result.message : '', stopped);
    }
  });
}

test('the check and the realm agree on what there is', () => {
  const world = pieces(isolates, { names: 'return Object.getOwnPropertyNames(globalThis)' });
  const absent = new Set<string>([...ABSENT.map(([name]) => name), ...WEAK]);
  const there = (world.call('names') as string[]).filter((name) => !absent.has(name));

  deepEqual(there.toSorted(), [...PRESENT].toSorted());
});
