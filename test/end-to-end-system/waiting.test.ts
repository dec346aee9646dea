/** A hundred rounds of those who wait for one another, while leaders die again and again. */
import { test } from 'node:test';
import {
  barrierRounds,
  conditionRounds,
  gateRounds,
  lockRounds,
  mailboxRounds,
  semaphoreRounds,
} from '../end-to-end/waiting-rounds.ts';
import { OWN } from '../end-to-end/waiting-classes.ts';
import { sized } from './size.ts';

const MANY = { rounds: 100, kills: sized(2, 10) } as const;

for (const disk of [true, false]) {
  const where = disk ? 'with disks' : 'in memory';
  const options = { ...MANY, disk };

  test(`three programs at one lock, replicas ${where}`, () => lockRounds(options));
  test(`six at a lock of a user, as they come, replicas ${where}`, () => gateRounds(options));
  test(`six at a semaphore of two, replicas ${where}`, () => semaphoreRounds(options));
  test(`producers and consumers at a condition, replicas ${where}`, () => conditionRounds(options));
  test(`letters by a class that keeps commands, replicas ${where}`, () => mailboxRounds(options));
}

test('six at the semaphore of the tutorial', () => semaphoreRounds(MANY, OWN.semaphore));

for (const parties of [2, 3, 10, 50]) {
  test(`${parties} at a barrier`, () => barrierRounds(parties, MANY));
}
