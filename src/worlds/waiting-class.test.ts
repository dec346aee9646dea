/** A class of a user whose calls wait by our synchronization objects, as a replica runs it. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommand } from '../wire/index.ts';
import type { MakeContextWorld } from './context-world.ts';
import { Calls, makeClass } from './waiting-test-kit.ts';

const SOURCE = `
import { BrokenBarrierError, DBarrier, DBoundedSemaphore, DCondition } from 'concoord/object';
import { DLock, DRLock, DSemaphore, type Command } from 'concoord/object';

export class Desk {
  readonly items: string[] = [];
  #lock = new DRLock();
  readonly some = new DCondition(this.#lock);
  readonly few = new DBoundedSemaphore(2);
  readonly signal = new DSemaphore(0, { leased: false });
  readonly turn = new DLock();
  readonly meeting = new DBarrier(2, 'meet', this);
  met = 0;

  get shown(): string {
    return [this.#lock, this.some, this.few, this.signal, this.turn, this.meeting].join(' ');
  }

  ready(): boolean { return this.items.length > 0; }
  meet(): void { this.met++; }

  enter(_concoord_command?: Command): boolean { return this.#lock.acquire(_concoord_command); }
  leave(_concoord_command?: Command): void { this.#lock.release(_concoord_command); }
  waitForItem(timeoutMs?: number, _concoord_command?: Command): unknown {
    return this.some.wait_for(this, 'ready', { timeoutMs }, _concoord_command);
  }
  put(item: string, _concoord_command?: Command): void {
    this.#lock.acquire(_concoord_command);
    this.items.push(item);
    this.some.notifyAll(_concoord_command);
    this.#lock.release(_concoord_command);
  }
  poke(_concoord_command?: Command): void {
    this.#lock.acquire(_concoord_command);
    this.some.notifyAll(_concoord_command);
    this.#lock.release(_concoord_command);
  }
  begin(): boolean { return this.few.acquire(); }
  end(): void { this.few.release(); }
  listen(): boolean { return this.signal.acquire(); }
  call(): void { this.signal.release(); }
  gather(): string {
    try {
      return 'met ' + this.meeting.wait();
    } catch (error) {
      if (error instanceof BrokenBarrierError) return 'broken';
      throw error;
    }
  }
}
`;

let made: MakeContextWorld | undefined;

/** Loaded once for all tests. */
async function makeDesk(): Promise<MakeContextWorld> {
  made ??= await makeClass('Desk', SOURCE);
  return made;
}

test('callers wait for every kind of synchronization object, across a captured state', async () => {
  const calls = new Calls(await makeDesk());
  deepEqual(calls.calls([1, 2], 'enter'), [true, 'waits']);
  equal(calls.call(1, 'waitForItem', 40), 'waits');
  deepEqual(calls.calls([1, 2, 3], 'begin'), [true, true, 'waits']);
  equal(calls.call(4, 'listen'), 'waits');
  equal(calls.call(5, 'gather'), 'waits');
  equal(
    calls.call(1, 'shown'),
    '<DRLock owner=2 count=1> <DCondition(<DRLock owner=2 count=1>, 1)> ' +
      '<DBoundedSemaphore count=0 init=2> <DSemaphore count=0> <DLock owner=None> ' +
      '<DBarrier parties=2 waiting=1>',
  );
  deepEqual([...calls.woken], [[2, true]]);

  calls.moveOn();

  calls.call(2, 'put', 'a');
  equal(calls.call(2, 'leave'), undefined);
  calls.call(9, 'call');
  equal(calls.call(6, 'gather'), 'met 1');
  calls.event({ kind: 'ended', sessions: [1, 2] });
  deepEqual(
    [...calls.woken].sort(([a], [b]) => a - b),
    [
      [2, true],
      [3, true],
      [6, true],
      [7, true],
      // What the method makes of the value is lost: it has thrown.
      [8, 0],
    ],
  );
  calls.moveOn();
  equal(calls.call(3, 'leave'), 'RuntimeError: cannot release un-acquired lock');
  equal(calls.call(3, 'enter'), true);
});

test('ten thousand callers are asked within the budget of one call, and all are served', async () => {
  const calls = new Calls(await makeDesk());
  const sessions = Array.from({ length: 10_000 }, (_, at) => at + 1);
  for (const session of sessions) {
    calls.apply([
      { session, bytes: encodeCommand('enter', []) },
      { session, bytes: encodeCommand('waitForItem', []) },
    ]);
  }

  // Each has the lock, asks, and waits on.
  equal(calls.call(20_000, 'poke'), undefined);
  equal(calls.woken.size, 0);
  calls.moveOn();
  calls.event({ kind: 'ended', sessions: sessions.slice(0, 5_000) });
  equal(calls.call(20_000, 'put', 'a'), undefined);

  equal(calls.woken.size, 1);
  deepEqual(new Set(calls.calls(sessions.slice(5_000), 'leave')), new Set([undefined]));
  deepEqual([calls.woken.size, new Set(calls.woken.values())], [5_000, new Set([true])]);
});

const MISTAKEN = `
import { BlockingReturn, DBarrier, DCondition, UnblockingReturn } from 'concoord/object';

export class Mistaken {
  readonly some = new DCondition();
  readonly meeting = new DBarrier(2, null, null, 150);

  get shown(): string { return String(this.some); }
  enter(): boolean { return this.some.acquire(); }
  waitAgain(): unknown { return this.some.wait_for(this, 'waits'); }
  waits(): unknown { return this.some.wait_for(this, 'never'); }
  never(): boolean { return false; }
  misspell(): void { throw new BlockingReturn({ timeout: 4 } as object); }
  wake(woken: unknown): void { throw new UnblockingReturn(1, woken as never); }
}
`;

test('mistakes with waiting are said in the same words, and change nothing', async () => {
  const calls = new Calls(await makeClass('Mistaken', MISTAKEN));
  deepEqual([calls.call(1, 'enter'), calls.call(1, 'enter')], [true, true]);

  equal(calls.call(1, 'waitAgain'), 'RuntimeError: a predicate can neither wait nor wake others');
  equal(calls.call(1, 'shown'), '<DCondition(<DRLock owner=1 count=2>, 0)>');
  calls.moveOn();
  equal(calls.call(1, 'shown'), '<DCondition(<DRLock owner=1 count=2>, 0)>');

  const options = 'the options of BlockingReturn are { timeoutMs, otherwise }';
  equal(calls.call(2, 'misspell'), `TypeError: there is no option timeout: ${options}`);
  const rule = 'TypeError: woken is a Map from commands to what each gets, or a list of commands';
  const command = 'a command is what _concoord_command gets, not';
  equal(calls.call(2, 'wake', -1), `${rule}, not number`);
  equal(calls.call(2, 'wake', 'x'), `${rule}, not string`);
  equal(calls.call(2, 'wake', ['x']), `${rule}: ${command} string`);
  equal(calls.call(2, 'wake', new Map([['k', 1]])), `${rule}: ${command} string`);
  equal(calls.call(2, 'wake', new Set()), 1);
});
