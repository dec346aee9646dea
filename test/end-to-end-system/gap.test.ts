/** How long calls stand still when the leader dies, with the default timings. */
import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import { measureGaps } from '../end-to-end/gap.ts';
import { FULL_LOAD, sized } from './size.ts';

const MOST_MS = 1000;

for (const flags of [['-w'], []]) {
  const where = flags.length > 0 ? 'with disks' : 'in memory';
  test(`calls go on within a second after the leader is killed, ${where}`, async (t) => {
    const gaps = await measureGaps(sized(5, 20), flags, FULL_LOAD);
    const { trials, least, median, most } = gaps;
    t.diagnostic(`${trials.length} kills: ${least}/${median}/${most} ms (least, median, most)`);
    ok(most < MOST_MS, `${most} ms`);
  });
}
