/** Published ways out of sandboxes: each ends like any other call, and the replicas live and agree. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ESCAPES } from './hostile-escapes.ts';
import { outcomeOf, withHostile } from './hostile.ts';

const methodOf = (advisory: string): string => advisory.toLowerCase().replaceAll('-', '_');

test('what leads out of other sandboxes ends like any other call; the replicas agree', async (t) => {
  const bodies = Object.entries(ESCAPES).map(([name, { body }]) => [methodOf(name), body] as const);
  await withHostile(
    t,
    async (c) => {
      const found: Record<string, string> = {};
      for (const [advisory, { outcome }] of Object.entries(ESCAPES)) {
        found[advisory] = await outcomeOf(c, methodOf(advisory));
        // A killed call leaves nothing; every other has begun with -1.
        if (outcome === 'BUDGET_EXCEEDED') await c.__concoordinit__();
        equal(await c.increment(), outcome === 'BUDGET_EXCEEDED' ? 1 : 0, advisory);
      }
      const expected = Object.entries(ESCAPES).map(([name, { outcome }]) => [name, outcome]);
      deepEqual(found, Object.fromEntries(expected));
    },
    Object.fromEntries(bodies),
  );
});
