import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { blocking, Machine } from '../object/index.ts';
import type { CallerCommand, ObjectType } from '../object/index.ts';
import { readOutcome } from '../paxos/index.ts';
import type { CallOutcome } from '../paxos/index.ts';
import { DLock } from '../threading/lock.ts';
import { encodeCommand } from '../wire/index.ts';

class TwoLocks {
  readonly first = new DLock();
  readonly second = new DLock();

  acquireSecond(command: CallerCommand): boolean {
    return this.second.acquire(command);
  }

  releaseSecond(command: CallerCommand): void {
    this.second.release(command);
  }

  acquireBoth(command: CallerCommand): boolean {
    return this.first.acquire({ blocking: false }, command) && this.second.acquire(command);
  }
}

const METHODS = ['acquireSecond', 'releaseSecond', 'acquireBoth'];

/** Makes the first calls of sessions; returns what their replica is told of each. */
function calling(): (session: number, sequence: number, method: string) => CallOutcome | undefined {
  const type: ObjectType = {
    ...{ name: 'locks.TwoLocks', construct: TwoLocks, version: 1 },
    methods: METHODS.map((name) => ({ name, params: [], commandAt: 0, read: false })),
    blocking,
  };
  const machine = new Machine(type);
  let slot = 0;
  return (session, sequence, method) => {
    const context = { time: 0, seed: 0, index: 0, slot: ++slot, session, sequence };
    return readOutcome(machine.apply(encodeCommand(method, []), context));
  };
}

test('whoever is woken is told what it owns, also what it had before it waited', () => {
  const call = calling();
  call(1, 1, 'acquireSecond');
  const waits = call(2, 1, 'acquireBoth');
  deepEqual([waits?.waitsMs, waits?.gained], [0, [{ session: 2, sequence: 1 }]]);

  const woken = call(1, 2, 'releaseSecond')?.woken ?? [];

  deepEqual(
    woken.map(({ grant, sequence, session }) => ({ grant, sequence, session })),
    [{ grant: { slot: 3, index: 0 }, sequence: 1, session: 2 }],
  );
});
