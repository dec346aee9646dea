/** The leader dies as often as a majority stays, with a thousand increments before and after. */
import { test } from 'node:test';
import { failOver } from '../end-to-end/fail-over.ts';
import { FULL_LOAD } from './size.ts';

for (const count of [3, 5, 7]) {
  for (const where of ['disk', 'memory'] as const) {
    test(`${count} replicas on ${where} survive ${(count - 1) / 2} leaders`, async () => {
      await failOver(count, 1000, where, FULL_LOAD);
    });
  }
}
