/** Methods that take too much, or reach for what is not theirs: they fail alike, and nobody else notices. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { FUTILE } from './hostile-methods.ts';
import { outcomeOf, throwBombs, withHostile } from './hostile.ts';

/** Of the bombs one of each kind; all of them are thrown in the suite for the system. */
const SOME = [
  'loopInCatch',
  'properties',
  'rest',
  'recursion',
  'boundTexts',
  'array',
  'text',
  'sort',
  'bigint',
  'map',
  'polynomial',
];

test('what takes too much fails and leaves no effect; the replicas live and agree', async (t) => {
  await withHostile(t, (c) => throwBombs(c, SOME));
});

test('what reaches for what is not there gets an error, or nothing; the replicas agree', async (t) => {
  await withHostile(t, async (c) => {
    for (const [name, [, outcome]] of Object.entries(FUTILE)) {
      equal(await outcomeOf(c, name), outcome, name);
      // What throws keeps what it had reached.
      equal(await c.increment(), 0, name);
    }
  });
});
