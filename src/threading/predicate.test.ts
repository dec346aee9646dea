import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { BlockingReturn, RuntimeError, UnblockingReturn } from '../object/bundled.ts';
import type { CallerCommand } from '../object/bundled.ts';
import { DBarrier } from './barrier.ts';
import { DCondition } from './condition.ts';
import { DSemaphore } from './semaphore.ts';
import { Replica } from './threading-test-kit.ts';

/** An object with a condition, as users write it. */
class Box {
  value = 0;
  asked: string[] = [];
  readonly condition = new DCondition();
  readonly permits = new DSemaphore(0);
  readonly meeting = new DBarrier(2);
  replica: Replica | undefined = undefined;

  full(): number {
    const { context } = this.condition.lock.locked() ? this.rosterOf() : { context: undefined };
    this.asked.push(`${context?.session}:${context?.sequence}`);
    return this.value;
  }

  bad(): boolean {
    if (this.value > 0) throw new TypeError('bad');
    return false;
  }

  waiting(): boolean {
    if (this.value > 0) this.permits.acquire();
    return false;
  }

  blocking(): boolean {
    if (this.value > 0) throw new BlockingReturn();
    return false;
  }

  unblocking(): boolean {
    if (this.value > 0) throw new UnblockingReturn();
    return false;
  }

  releasing(): boolean {
    if (this.value > 0) this.condition.release();
    return false;
  }

  waitingAgain(): unknown {
    return this.value > 0 && this.condition.wait_for(this, 'empty');
  }

  waitingBriefly(): unknown {
    return this.value > 0 && this.condition.wait({ timeoutMs: 0 });
  }

  waitingElsewhere(): unknown {
    return this.value > 0 && this.meeting.wait();
  }

  empty(): boolean {
    return this.value === 0;
  }

  take(command: CallerCommand, predicate: keyof Box, timeoutMs?: number): unknown {
    this.condition.acquire(command);
    return this.condition.wait_for(this, predicate, { timeoutMs }, command);
  }

  put(value: number, command: CallerCommand): void {
    this.condition.acquire(command);
    this.value = value;
    this.condition.notifyAll(command);
    this.condition.release(command);
  }

  rosterOf(): Replica['roster'] {
    if (this.replica === undefined) throw new Error('there is a replica');
    return this.replica.roster;
  }
}

function makeBox(): { readonly replica: Replica; readonly box: Box } {
  const [replica, box] = [new Replica(), new Box()];
  box.replica = replica;
  return { replica, box };
}

test('who waits for a predicate is woken when it holds, with its value', () => {
  const { replica, box } = makeBox();
  const first = replica.call(1, (command) => box.take(command, 'full'));
  const second = replica.call(2, (command) => box.take(command, 'full'));
  replica.now(3, (command) => box.put(0, command));
  equal(replica.waits(first), true);
  equal(box.condition.line.size, 2);

  replica.now(3, (command) => box.put(7, command));

  equal(replica.result(first), 7);
  equal(box.condition.lock.owner, '1');
  equal(replica.waits(second), true);
  replica.now(1, () => box.condition.release());
  equal(replica.result(second), 7);
  // It is asked in the name of whoever waits.
  deepEqual(box.asked, [first, second, first, second, first, second]);
  replica.now(2, () => box.condition.release());
  equal(
    replica.now(4, (command) => box.take(command, 'full')),
    7,
  );
});

test('when its time is over, it gets what the predicate says then', () => {
  const { replica, box } = makeBox();
  const early = replica.call(1, (command) => box.take(command, 'full', 30));
  replica.timeOut(early);
  equal(replica.result(early), 0);
  replica.now(1, () => box.condition.release());

  const late = replica.call(1, (command) => box.take(command, 'full', 30));
  replica.now(2, () => box.condition.acquire());
  replica.timeOut(late);
  box.value = 5;
  replica.now(2, () => box.condition.release());
  equal(replica.result(late), 5);
  equal(box.condition.lock.owner, '1');
});

test('a predicate that throws, waits or ends calls fails the one who waits, who has the lock', () => {
  for (const name of ['bad', 'waiting', 'blocking', 'unblocking'] as const) {
    const { replica, box } = makeBox();
    const waiting = replica.call(1, (command) => box.take(command, name));

    replica.now(2, (command) => box.put(1, command));

    const error = replica.result(waiting);
    equal(error instanceof (name === 'bad' ? TypeError : RuntimeError), true, String(error));
    equal(box.condition.lock.owner, '1');
    equal(box.permits.line.size, 0);
    replica.now(1, () => box.condition.release());

    throws(() => replica.now(3, (command) => box.take(command, name)), {
      name: (error as Error).name,
    });
    equal(box.condition.lock.owner, '3');
    equal(box.permits.line.size, 0);
  }
});

test('a predicate that waits is refused before anything has changed', () => {
  for (const name of ['waitingAgain', 'waitingBriefly', 'waitingElsewhere'] as const) {
    const { replica, box } = makeBox();
    const { condition, meeting } = box;
    const waiting = replica.call(1, (command) => box.take(command, name));
    replica.now(2, (command) => condition.acquire(command));
    replica.now(2, (command) => box.put(1, command));
    const next = replica.call(5, (command) => condition.acquire(command));
    replica.now(2, () => condition.release());
    const refused = { name: 'RuntimeError', message: /^a predicate can neither wait/ };
    throws(() => {
      throw replica.result(waiting);
    }, refused);
    equal(String(condition), '<DCondition(<DRLock owner=1 count=1>, 0)>');
    replica.now(1, () => condition.release());
    equal(replica.result(next), true);
    replica.now(5, () => condition.release());

    replica.now(3, (command) => condition.acquire(command));
    const other = replica.call(4, (command) => condition.acquire(command));
    throws(() => replica.now(3, (command) => box.take(command, name)), refused);
    equal(String(condition), '<DCondition(<DRLock owner=3 count=2>, 0)>', name);
    deepEqual([replica.waits(other), meeting.broken, meeting.n_waiting], [true, false, 0]);
    for (const _level of [1, 2]) replica.now(3, () => condition.release());
    equal(replica.result(other), true);
  }
});

test('a predicate that releases the lock fails the one who waits, and nobody owns anything', () => {
  const { replica, box } = makeBox();
  const waiting = replica.call(1, (command) => box.take(command, 'releasing'));
  replica.now(2, (command) => box.put(1, command));
  equal(replica.result(waiting) instanceof RuntimeError, true);
  deepEqual([box.condition.locked(), replica.owned()], [false, []]);
  throws(() => replica.now(2, (command) => box.take(command, 'releasing')), /un-acquired lock/);
});

test('a predicate is the name of a method of an object', () => {
  const { replica, box } = makeBox();
  replica.now(1, () => box.condition.acquire());
  for (const name of ['value', 'nothing', 'constructor', 5, undefined]) {
    throws(() => replica.now(1, () => box.condition.waitFor(box, name as 'full')), TypeError);
  }
  throws(() => replica.now(1, () => box.condition.waitFor(null as never, 'full')), TypeError);
  equal(
    replica.now(1, () => box.condition.waitFor(box, 'full', { timeoutMs: 0 })),
    0,
  );
  throws(() => replica.now(2, () => box.condition.waitFor(box, 'full')), /cannot wait on/);
});
