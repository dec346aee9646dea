import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compareBallots, encodeBatch, encodeItem, NOOP, ZERO_BALLOT } from '../paxos/index.ts';
import type { Ballot, Entry, LogRecord, Recovered, Slot, SnapshotName } from '../paxos/index.ts';
import { recover } from './recovery.ts';
import { Voter } from './voter-test-kit.ts';
import type { Step } from './voter-test-kit.ts';

const ballot = (round: number): Ballot => ({ round, leader: 2 });
const entry = (name: string): Entry =>
  encodeBatch(1, 1, [encodeItem({ kind: 'close', session: name.length })]);

const promised = (round: number): LogRecord => ({ kind: 'promised', ballot: ballot(round) });
const commit = (slot: Slot): LogRecord => ({ kind: 'commit', slot });
const accepted = (round: number, slot: Slot, value: Entry): LogRecord => ({
  kind: 'accepted',
  ballot: ballot(round),
  slot,
  entry: value,
});
const decided = (slot: Slot, value: Entry): LogRecord => ({ kind: 'decided', slot, entry: value });

function recovered(records: readonly LogRecord[], snapshotAt?: Slot): Recovered {
  const name: SnapshotName = { slot: snapshotAt ?? 0, bytes: 1, hash: 'h' };
  const snapshot =
    snapshotAt === undefined ? undefined : { name, header: Uint8Array.of(1), slot: snapshotAt };
  return recover({ records, position: records.length, snapshot });
}

test('an empty disk has promised nothing', () => {
  deepEqual(recovered([]), {
    position: 0,
    promised: ZERO_BALLOT,
    snapshot: undefined,
    decided: [],
    accepted: [],
    commit: 0,
  });
});

test('the promise is the highest of all promises and votes', () => {
  deepEqual(recovered([promised(3), accepted(5, 1, NOOP), promised(4)]).promised, ballot(5));
});

test('of a slot the last record counts', () => {
  const { accepted: votes } = recovered([accepted(1, 1, entry('a')), accepted(2, 1, entry('bb'))]);

  deepEqual(votes, [{ slot: 1, ballot: ballot(2), entry: entry('bb') }]);
});

test('what the commit record covers is decided, and the rest are open votes, in slot order', () => {
  const records = [accepted(1, 3, NOOP), accepted(1, 1, NOOP), accepted(1, 2, NOOP), commit(2)];

  const { decided: known, accepted: votes, commit: index } = recovered(records);

  deepEqual([known.length, votes.map(({ slot }) => slot), index], [2, [3], 2]);
});

test('when a slot is recorded as decided, so was everything below (Safety 3)', () => {
  const records = [
    accepted(1, 1, entry('a')),
    accepted(1, 3, entry('ccc')),
    decided(2, entry('bb')),
    decided(3, entry('ccc')),
  ];

  deepEqual(recovered(records).decided, [entry('a'), entry('bb'), entry('ccc')]);
});

test('behind a snapshot only what follows it counts', () => {
  const records = [accepted(1, 1, NOOP), accepted(1, 2, NOOP), promised(4), accepted(1, 3, NOOP)];

  const found = recovered([...records, commit(1)], 2);

  equal(found.snapshot?.name.slot, 2);
  deepEqual([found.decided.length, found.commit], [0, 2]);
  deepEqual(
    found.accepted.map(({ slot }) => slot),
    [3],
  );
  deepEqual(found.promised, ballot(4));
});

const slot = fc.integer({ min: 1, max: 8 });
const round = fc.integer({ min: 1, max: 5 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('prepare' as const), round, from: slot }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('accept' as const), round, slot }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('learn' as const), round, commit: slot }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('decided' as const), last: slot }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('snapshot' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('sync' as const), part: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), kept: fc.nat(3) }) },
);

/** In which round each slot is decided, and so what every later leader proposes for it. */
const decisions = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(1) },
    { weight: 3, arbitrary: fc.integer({ min: 2, max: 4 }) },
    { weight: 1, arbitrary: fc.constant(6) },
  ),
  { minLength: 8, maxLength: 8 },
);

test('whatever a crash leaves, a voter stands by everything that anybody has heard of it', () => {
  fc.assert(
    fc.property(decisions, fc.array(step, { maxLength: 60, size: 'max' }), (rounds, steps) => {
      const voter = new Voter(rounds);

      for (const one of steps) voter.step(one);
      voter.step({ kind: 'crash', kept: 0 });

      deepEqual(voter.broken, []);
      equal(compareBallots(voter.promised, ZERO_BALLOT) >= 0, true);
    }),
    { numRuns: 2000 },
  );
});
