import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { MalformedBytes } from '../base/index.ts';
import { encodeOutcome, readOutcome } from './outcome.ts';

const NOBODY = { woken: [], gained: [], freed: [] };

test('what stands of calls that others end is told, and nothing is said when nothing does', () => {
  const stands = [
    { session: 1, sequence: 2 },
    { session: 300, sequence: 4 },
  ];
  deepEqual(readOutcome(encodeOutcome({ ...NOBODY, lost: true, stands }))?.stands, stands);

  const without = encodeOutcome({ ...NOBODY, gaveUp: 'undone' });
  deepEqual(encodeOutcome({ ...NOBODY, gaveUp: 'undone', stands: [] }), without);
  // As replicas of former versions write it.
  deepEqual([...without], [0xc1, 8, 0, 0, 0]);
  equal(readOutcome(without)?.stands, undefined);
});

test('that something stands, and nothing does, is nothing that we would write', () => {
  throws(() => readOutcome(Uint8Array.of(0xc1, 64, 0, 0, 0, 0)), MalformedBytes);
  throws(() => readOutcome(Uint8Array.of(0xc1, 128, 0, 0, 0)), MalformedBytes);
  throws(() => readOutcome(Uint8Array.of(0xc1, 64, 0, 0, 0)), MalformedBytes);
});
