import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { MemberStatus } from '../platform/index.ts';
import { readyText, toleranceText } from './tolerance.ts';

function members(...alive: boolean[]): MemberStatus[] {
  return alive.map((up, at) => ({
    addr: `[::1]:${14_500 + at}`,
    id: String(at),
    role: at === 0 ? 'leader' : 'follower',
    applied: 1,
    alive: up,
    durable: true,
  }));
}

test('who tolerates nothing is told to add a member, or to bring back those that are down', () => {
  equal(readyText(0, 1, members(true)), 'tolerates no failure (1 member): add one');
  equal(readyText(0, 2, []), 'tolerates no failure (2 members): add one');
  equal(
    readyText(0, 3, members(true, true, false)),
    'tolerates no failure (3 members): bring back [::1]:14502',
  );
  equal(readyText(1, 3, []), 'tolerates 1 failure (3 members)');
  equal(readyText(2, 5, []), 'tolerates 2 failures (5 members)');
});

test('commands say the same of a leader that serves, and that nothing is tolerated without one', () => {
  const told = (tolerates: number, ...alive: boolean[]): string =>
    toleranceText({ tolerates, members: members(...alive) });

  equal(told(0, true, true), 'no further failure: add a member');
  equal(
    told(0, true, true, true, false, false),
    'no further failure: bring back [::1]:14503, [::1]:14504',
  );
  equal(told(1, true, true, true), '1 further failure');
  equal(told(2, true, true, true, true, true), '2 further failures');
  equal(told(-1, true, false), 'nothing: no majority is reachable, calls have stopped');
});
