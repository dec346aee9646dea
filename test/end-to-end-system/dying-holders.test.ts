/** Whoever dies while it holds or waits is passed over; `CONCOORD_SEED=48151` makes the choices again. */
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { dyingHolders } from '../end-to-end/dying-holders.ts';
import { sized } from './size.ts';

const SEED = Number(process.env['CONCOORD_SEED'] ?? randomInt(2 ** 31));

test('programs and leaders die at a lock: one has it at a time, and nobody is stranded', async (t) => {
  t.diagnostic(`seed ${SEED}`);
  await dyingHolders({ deaths: sized(15, 60), leaders: sized(2, 6), seed: SEED });
});
