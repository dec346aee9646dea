/** How long calls stand still when the leader dies. The figures are for people; the count is exact. */
import { test } from 'node:test';
import { measureGaps } from './gap.ts';

test('calls go on after the leader is killed, three times', async (t) => {
  const { least, median, most } = await measureGaps(3, ['-w']);
  t.diagnostic(`longest time without an acknowledged call: ${least}/${median}/${most} ms`);
});
