/** A class of a user whose calls wait by our synchronization objects, as a replica runs it. */
import { deepEqual, equal } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { present } from '../base/index.ts';
import { loadClass, realmText } from '../loading/index.ts';
import type { Command } from '../paxos/index.ts';
import { readOutcome } from '../paxos/outcome.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import { contextWorldsAtOnce } from './context-world.ts';
import type { ContextWorld, MakeContextWorld } from './context-world.ts';

const SOURCE = `
import {
  BrokenBarrierError, DBarrier, DBoundedSemaphore, DCondition, DLock, DRLock, DSemaphore,
} from 'concoord/object';
import type { Command } from 'concoord/object';

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

const folder = mkdtempSync(join(tmpdir(), 'concoord-waiting-'));
after(() => rmSync(folder, { recursive: true }));

let made: MakeContextWorld | undefined;

/** Loaded once for all tests. */
async function makeDesk(): Promise<MakeContextWorld> {
  if (made !== undefined) return made;
  writeFileSync(join(folder, 'desk.ts'), SOURCE);
  const bundle = await loadClass('desk.Desk', { paths: [], directory: folder });
  const { code, methods, name } = bundle;
  const manifest = { name, exported: 'Desk', methods };
  made = contextWorldsAtOnce({ realm: await realmText(), code, manifest });
  return made;
}

/** Calls of one object, each in a slot of its own. */
class Calls {
  readonly make: MakeContextWorld;
  world: ContextWorld;
  slot = 0;
  readonly woken = new Map<number, unknown>();

  constructor(make: MakeContextWorld) {
    this.make = make;
    this.world = make(undefined);
  }

  /** The world is left, and another one goes on from its state. */
  moveOn(): void {
    const state = this.world.capture();
    this.world = this.make(state);
    deepEqual(this.world.capture(), state);
  }

  /** The same method for many sessions, in one batch. */
  calls(sessions: readonly number[], method: string, ...args: unknown[]): unknown[] {
    const bytes = encodeCommand(method, args);
    return this.apply(sessions.map((session) => ({ session, bytes })));
  }

  call(session: number, method: string, ...args: unknown[]): unknown {
    return this.calls([session], method, ...args)[0];
  }

  event(event: Command['event'], session = 0, sequence = 0): void {
    this.apply([{ session, sequence, bytes: new Uint8Array(0), event: present(event, 'event') }]);
  }

  apply(all: readonly (Pick<Command, 'session' | 'bytes'> & Partial<Command>)[]): unknown[] {
    const commands = all.map((one) => {
      this.slot++;
      const { slot } = this;
      return { slot, index: 0, time: slot, seed: 0, sequence: slot, ...one };
    });
    const { killed, results } = this.world.apply(commands);
    equal(killed, false);
    return results.map((bytes) => {
      const outcome = readOutcome(bytes);
      for (const { sequence, result } of outcome?.woken ?? []) {
        this.woken.set(sequence, valueOf(result));
      }
      if (outcome?.waitsMs !== undefined) return 'waits';
      const result = outcome === undefined ? bytes : outcome.result;
      return result === undefined || result.length === 0 ? undefined : valueOf(result);
    });
  }
}

function valueOf(bytes: Uint8Array): unknown {
  const result = decodeResult(bytes);
  if (result.kind === 'returned') return result.value;
  return result.kind === 'thrown' ? `${result.name}: ${result.message}` : result.kind;
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

test('ten thousand callers are woken within the budget of one call, or passed over', async () => {
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
