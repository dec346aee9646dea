/** Calls that wait, through snapshots, joiners, and a long time without any replica. */
import { test } from 'node:test';
import { loseWakeUps } from '../end-to-end/lost-wake-ups.ts';
import {
  allDie,
  joinerArrives,
  leaderDies,
  nobodyForLong,
  oneAfterTheOther,
  QUEUES,
  snapshot,
  survive,
} from '../end-to-end/waiting-survives.ts';
import { sized } from './size.ts';

for (const [name, queue] of Object.entries(QUEUES)) {
  test(`who waits at a ${name} outlives snapshots and restarts of replicas with disks`, () =>
    survive(queue, ['-w'], snapshot, oneAfterTheOther, allDie, leaderDies));

  test(`who waits at a ${name} outlives a long time without any replica`, () =>
    survive(queue, ['-w'], nobodyForLong, leaderDies));

  test(`who waits at a ${name} outlives all replicas in memory that it met, one by one`, () =>
    survive(queue, [], snapshot, joinerArrives, leaderDies, leaderDies, leaderDies));
}

test('connections are cut when wake-ups are on their way: each arrives once', () =>
  loseWakeUps(sized(20, 100)));
