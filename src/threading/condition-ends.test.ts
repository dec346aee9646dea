/** Whose session ends while it waits at a condition. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { DCondition } from './condition.ts';
import { Replica } from './threading-test-kit.ts';

test('whoever waits at a condition when its session ends has given up the lock, in whatever order', () => {
  for (const sessions of [
    [1, 2, 3, 4],
    [4, 3, 2, 1],
  ]) {
    const replica = new Replica();
    const condition = new DCondition();
    const waiting = [1, 2, 3].map((session) => {
      replica.now(session, () => condition.acquire());
      return replica.call(session, () => condition.wait());
    });
    replica.now(5, () => condition.acquire());
    const inLine = replica.call(4, () => condition.acquire());
    // The first is in line for the lock, and another would come in its place.
    replica.now(5, () => condition.notify());

    const stands = replica.endSessions(...sessions);

    deepEqual([...stands].sort(), waiting);
    equal(stands.includes(inLine), false, 'who waits for a lock has done nothing');
  }
});
