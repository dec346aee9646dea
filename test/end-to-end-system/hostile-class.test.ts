/** Every bomb that is known, one after the other: memory stays bounded, and nobody is taken for dead. */
import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import { BOMBS } from '../end-to-end/hostile-methods.ts';
import { throwBombs, withHostile } from '../end-to-end/hostile.ts';
import { residentMiB } from '../end-to-end/raw.ts';

/** What a replica has at rest, a world that is given up and the one that takes its place. */
const MOST_MIB = 1536;

test('every method that takes too much fails; replicas live, agree and stay in bounds', async (t) => {
  await withHostile(t, async (c, replicas) => {
    for (const name of Object.keys(BOMBS)) {
      await throwBombs(c, [name]);
      await c.__concoordinit__();
      for (const { pid } of replicas) {
        const resident = residentMiB(pid);
        ok(resident < MOST_MIB, `${name}: ${resident} MiB`);
      }
    }
  });
});
