import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeats } from './heartbeats.ts';

const EVERY_MS = 50;
const LEADER = 1;

/** Whether a round is due at each tick, every 10 ms from 60 ms on, with so much decided and open there. */
function due(...ticks: readonly (readonly [commit: number, open: number])[]): readonly boolean[] {
  const heartbeats = new Heartbeats(EVERY_MS);
  heartbeats.begin(LEADER, { now: 50, commit: 0 });
  return ticks.map(([commit, open], at) => heartbeats.isDue({ now: 60 + 10 * at, commit }, open));
}

test('a round is due when none was sent for as long as followers may wait', () => {
  deepEqual(due([0, 0], [0, 0], [0, 0], [0, 0], [0, 0]), [false, false, false, false, true]);
  deepEqual(due([0, 1], [0, 1], [0, 1], [0, 1], [0, 1]), [false, false, false, false, true]);
});

test('what was decided last is told as soon as nothing else is on its way', () => {
  deepEqual(due([7, 0], [7, 0]), [false, true]);
});

test('while calls come one after the other, the next proposal tells it', () => {
  deepEqual(due([7, 0], [9, 0], [12, 1], [12, 0]), [false, false, false, true]);
});

test('nothing is told twice', () => {
  const heartbeats = new Heartbeats(EVERY_MS);
  heartbeats.begin(LEADER, { now: 0, commit: 0 });
  heartbeats.isDue({ now: 10, commit: 3 }, 0);
  heartbeats.told(3);
  equal(heartbeats.isDue({ now: 20, commit: 3 }, 0), false);
});

test('a round is confirmed by a quorum, also by later rounds; older ones take nothing back', () => {
  const member = (id: number): { id: number; address: string; durable: boolean } => {
    return { id, address: `a:${id}`, durable: true };
  };
  const view = { epoch: 1, start: 1, members: [1, 2, 3].map(member) };
  const heartbeats = new Heartbeats(EVERY_MS);
  for (let round = 1; round <= 3; round++) {
    equal(heartbeats.begin(LEADER, { now: round, commit: 0 }), round);
  }
  equal(heartbeats.confirmed(view), 0);
  heartbeats.acknowledge(3, 2);
  heartbeats.acknowledge(3, 1);
  equal(heartbeats.last(3), 2);
  equal(heartbeats.confirmed(view), 2);

  heartbeats.forget();
  equal(heartbeats.confirmed(view), 0);
  equal(heartbeats.round, 3);
});
