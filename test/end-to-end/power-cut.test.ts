/** The power fails everywhere at once: every acknowledged increment is on disks, and none twice. */
import { test } from 'node:test';
import { cutPower } from './power-cut.ts';

test('all replicas are killed at once, twice, under 64 callers', async () => {
  await cutPower({ rounds: 2, between: 300 });
});
