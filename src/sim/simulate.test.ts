import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULT_KINDS } from './fault-kinds.ts';
import { simulate } from './simulate.ts';

const EVENTS = 3000;

test('a run is decided by its seed alone', () => {
  const hashes = [7, 7, 8].map((seed) => simulate({ seed, events: EVENTS }).hash);
  assert.equal(hashes[0], hashes[1]);
  assert.notEqual(hashes[0], hashes[2]);
});

for (const kind of FAULT_KINDS) {
  test(`an instance bears '${kind}'`, () => {
    const { failure } = simulate({ seed: 1, events: EVENTS, faults: [kind] });
    assert.equal(failure, undefined);
  });
}
