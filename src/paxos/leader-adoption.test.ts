import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compareBallots } from './ballot.ts';
import type { Ballot } from './ballot.ts';
import { encodeBegin, isViewEntry, NOOP } from './entry.ts';
import type { Entry } from './entry.ts';
import { aLeader, promiseOf } from './leader-test-kit.ts';
import type { PValue } from './message.ts';
import { ALICE, BOB, CAROL, DAVE, entryNamed, ERIN, sentOf, take } from './test-kit.ts';
import { viewEntry, viewOf } from './test-kit.ts';

const FIVE = viewOf([ALICE, BOB, CAROL, DAVE, ERIN]);
const COMMIT = 2;

/** Of a ballot there is one value for a slot; some are changes of view, this one's or another's. */
function valueOf(slot: number, round: number, kind: 'call' | 'next view' | 'old view'): Entry {
  if (kind === 'call') return entryNamed(`${slot} in ${round}`);
  return viewEntry([ALICE, BOB, CAROL], kind === 'next view' ? 2 : 1 + 2, slot + 1);
}

const kindOf = fc.oneof(
  { weight: 8, arbitrary: fc.constant('call' as const) },
  { weight: 1, arbitrary: fc.constant('next view' as const) },
  { weight: 1, arbitrary: fc.constant('old view' as const) },
);

/** What five acceptors have accepted: for each slot a ballot of the rounds 1 to 4, or nothing. */
const votes = fc
  .record({
    kinds: fc.array(kindOf, { minLength: 50, maxLength: 50 }),
    rounds: fc.array(fc.array(fc.nat(4), { minLength: 8, maxLength: 8 }), {
      minLength: 5,
      maxLength: 5,
    }),
  })
  .map(({ kinds, rounds }) =>
    rounds.map((perSlot) =>
      perSlot.flatMap((round, index): PValue[] => {
        const slot = index + 1;
        if (round === 0) return [];
        const entry = valueOf(slot, round, kinds[slot * 5 + round] ?? 'call');
        return [{ slot, ballot: { round, leader: BOB }, entry }];
      }),
    ),
  );

/** By the book: for each slot the value of the highest ballot; nothing behind a change of view. */
function expected(ballot: Ballot, promises: readonly (readonly PValue[])[]): readonly Entry[] {
  const all = promises
    .flat()
    .filter(({ slot, entry }) => slot > COMMIT && !isOldView(entry))
    .sort((a, b) => compareBallots(b.ballot, a.ballot));
  const last = Math.max(COMMIT, ...all.map(({ slot }) => slot));
  const entries: Entry[] = [];
  for (let slot = COMMIT + 1; slot <= last; slot++) {
    const entry = all.find((pvalue) => pvalue.slot === slot)?.entry ?? NOOP;
    entries.push(entry);
    if (isViewEntry(entry)) return entries;
  }
  return [...entries, encodeBegin(ballot)];
}

function isOldView(entry: Entry): boolean {
  return isViewEntry(entry) && entry[2] !== 2;
}

test('a new leader proposes what the highest ballots accepted, and else nothing (Safety 5)', () => {
  fc.assert(
    fc.property(votes, fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 3 }), (all, quorum) => {
      const { context, leader, ballot } = aLeader({ elected: false, view: FIVE, commit: COMMIT });
      take(context);
      const promises = quorum.map((index) => all[index] ?? []);

      promises.slice(0, 3).forEach((accepted, index) => {
        const from = FIVE.members[quorum[index] ?? 0]?.id ?? 0;
        leader.onPromise(from, promiseOf(ballot, { from: COMMIT + 1, commit: COMMIT, accepted }));
      });

      equal(leader.leading, true);
      const proposed = sentOf(take(context), 'accept').filter(({ to }) => to === BOB);
      deepEqual(
        proposed.map(({ message }) => message.slot),
        proposed.map((_, index) => COMMIT + 1 + index),
      );
      deepEqual(
        proposed.map(({ message }) => message.entry),
        expected(ballot, promises.slice(0, 3)),
      );
    }),
    { numRuns: 500 },
  );
});

test('a value that a quorum may have chosen is proposed, whichever quorum promises', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 3, maxLength: 3 }),
      fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 2, max: 4 }),
      (chooses, promises, round) => {
        const { context, leader, ballot } = aLeader({ elected: false, view: FIVE });
        const chosen = entryNamed('chosen');
        const older = { slot: 1, ballot: { round: 1, leader: CAROL }, entry: entryNamed('older') };

        for (const index of promises) {
          const vote = { slot: 1, ballot: { round, leader: BOB }, entry: chosen };
          const accepted = [chooses.includes(index) ? vote : older];
          leader.onPromise(FIVE.members[index]?.id ?? 0, promiseOf(ballot, { accepted }));
        }

        const first = sentOf(take(context), 'accept').find(({ message }) => message.slot === 1);
        deepEqual(first?.message.entry, chosen);
      },
    ),
  );
});
