import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { BlockingReturn, UnblockingReturn } from '../object/bundled.ts';
import { blocking, Machine } from '../object/index.ts';
import type { CallerCommand, ObjectType } from '../object/index.ts';
import { readOutcome } from '../paxos/index.ts';
import type { CallOutcome } from '../paxos/index.ts';
import { DBarrier, DEvent, DLock } from '../threading/index.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';

type Construct = new () => object;

/** Makes calls of an object whose methods take a command; returns what their replica is told of each. */
function calling(construct: Construct): (session: number, method: string) => CallOutcome {
  const names = Object.getOwnPropertyNames(construct.prototype).slice(1);
  const type: ObjectType = {
    ...{ name: 'test.Type', construct, version: 1, blocking },
    methods: names.map((name) => ({ name, params: [], commandAt: 0, read: false })),
  };
  const machine = new Machine(type);
  let slot = 0;
  return (session, method) => {
    const context = { time: 0, seed: 0, index: 0, slot: ++slot, session, sequence: slot };
    const result = machine.apply(encodeCommand(method, []), context);
    return readOutcome(result) ?? { result, woken: [], gained: [], freed: [] };
  };
}

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

test('whoever is woken is told what it owns, also what it had before it waited', () => {
  const call = calling(TwoLocks);
  call(1, 'acquireSecond');
  const waits = call(2, 'acquireBoth');
  deepEqual([waits.waitsMs, waits.gained], [0, [{ session: 2, sequence: 2 }]]);

  const woken = call(1, 'releaseSecond').woken;

  deepEqual(
    woken.map(({ grant, sequence, session }) => ({ grant, sequence, session })),
    [{ grant: { slot: 3, index: 0 }, sequence: 2, session: 2 }],
  );
});

class Odd {
  readonly event = new DEvent();
  readonly lock = new DLock();

  acquire(command: CallerCommand): boolean {
    return this.lock.acquire(command);
  }

  release(command: CallerCommand): void {
    this.lock.release(command);
  }

  wakeItselfAndAcquire(command: CallerCommand): boolean {
    try {
      this.event.wait(command);
    } catch (error) {
      if (!(error instanceof BlockingReturn)) throw error;
    }
    this.event.set();
    return this.lock.acquire(command);
  }
}

test('of a method that waits more than once, the last wait counts', () => {
  const call = calling(Odd);
  call(1, 'acquire');

  const odd = call(2, 'wakeItselfAndAcquire');
  deepEqual([odd.waitsMs, odd.result, odd.woken], [0, undefined, []]);

  deepEqual(
    call(1, 'release').woken.map(({ session }) => session),
    [2],
  );
});

class Kept {
  readonly barrier = new DBarrier(2);
  readonly kept: CallerCommand[] = [];

  keepAndMeet(command: CallerCommand): number {
    this.kept.push(command);
    return this.barrier.wait(command);
  }

  meet(command: CallerCommand): number {
    return this.barrier.wait(command);
  }

  wakeKept(_command: CallerCommand): never {
    throw new UnblockingReturn('woken', this.kept.splice(0));
  }
}

test('a caller that is woken by hand is out of the line in which it waits, as one that gives up', () => {
  const call = calling(Kept);
  call(1, 'keepAndMeet');

  const woken = call(2, 'wakeKept');

  equal(woken.woken.length, 1);
  deepEqual(woken.stands, [{ session: 1, sequence: 1 }], 'that breaks the barrier');
  const { result } = call(3, 'meet');
  match(JSON.stringify(result && decodeResult(result)), /BrokenBarrierError/);
});
