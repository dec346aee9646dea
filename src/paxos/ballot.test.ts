import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compareBallots, sameBallot, showBallot, showReplica, ZERO_BALLOT } from './ballot.ts';

const ballot = fc.record({ round: fc.nat(3), leader: fc.nat(3) });

test('ballots are totally ordered', () => {
  fc.assert(
    fc.property(ballot, ballot, ballot, (a, b, c) => {
      equal(Math.sign(compareBallots(a, b)), 0 - Math.sign(compareBallots(b, a)));
      equal(compareBallots(a, b) === 0, sameBallot(a, b));
      if (compareBallots(a, b) <= 0 && compareBallots(b, c) <= 0) {
        equal(compareBallots(a, c) <= 0, true);
      }
    }),
  );
});

test('the round decides, and the id of the leader only among equal rounds', () => {
  const ballots = [
    { round: 2, leader: 1 },
    { round: 1, leader: 9 },
    ZERO_BALLOT,
    { round: 1, leader: 3 },
  ];

  deepEqual(ballots.toSorted(compareBallots).map(showRound), ['0.0', '1.3', '1.9', '2.1']);
});

function showRound({ round, leader }: { round: number; leader: number }): string {
  return `${round}.${leader}`;
}

test('ids are shown as twelve hexadecimal digits', () => {
  equal(showReplica(0xabc), '000000000abc');
  equal(showReplica(2 ** 48 - 1), 'ffffffffffff');
  equal(showBallot({ round: 12, leader: 255 }), '12.0000000000ff');
});
