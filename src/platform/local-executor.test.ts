import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Machine } from '../object/index.ts';
import type { Command } from '../paxos/index.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import { LocalExecutor } from './local-executor.ts';
import { TestInbox, unexpected } from './test-kit.ts';

class Tally {
  count = 0;
  /** What no state may hold. */
  odd: unknown = undefined;

  add(amount: number): number {
    this.count += amount;
    return this.count;
  }

  get(): number {
    return this.count;
  }

  spoil(): void {
    this.odd = (): number => 1;
  }
}

function start(fatal = unexpected): {
  readonly executor: LocalExecutor;
  readonly inbox: TestInbox;
} {
  const inbox = new TestInbox();
  const methods = [
    { name: 'add', read: false },
    { name: 'get', read: true },
    { name: 'spoil', read: false },
  ];
  const machine = new Machine({ name: 'tally.Tally', construct: Tally, methods, version: 1 });
  return { executor: new LocalExecutor(machine, inbox, fatal), inbox };
}

function call(index: number, method: string, ...args: unknown[]): Command {
  const bytes = encodeCommand(method, args);
  return { slot: 1, index, time: 0, seed: 0, session: 1, sequence: index + 1, bytes };
}

function value(result: Uint8Array | undefined): unknown {
  const decoded = decodeResult(
    result ?? new Uint8Array(0),
    (name, message) => new Error(name + message),
  );
  return decoded.kind === 'returned' ? decoded.value : decoded;
}

test('commands run in order, and their results come back in the same turn', () => {
  const { executor, inbox } = start();

  executor.execute(1, [call(0, 'add', 2), call(1, 'add', 3)]);
  executor.read(9, [call(0, 'get').bytes]);

  const [executed, read] = inbox.events;
  assert(executed?.kind === 'executed' && read?.kind === 'readDone');
  assert.equal(executed.last, 1);
  assert.deepEqual(executed.results.map(value), [2, 5]);
  assert.equal(read.batch, 9);
  assert.deepEqual(read.results.map(value), [5]);
});

test('a captured state goes on elsewhere, and a malformed one changes nothing', () => {
  const [one, other] = [start(), start()];
  one.executor.execute(1, [call(0, 'add', 7)]);
  const outcomes: string[] = [];

  one.executor.capture((state) => {
    other.executor.restore(state, (outcome) => outcomes.push(outcome));
  });
  other.executor.restore(Uint8Array.of(1, 2, 3), (outcome) => outcomes.push(outcome));
  other.executor.read(1, [call(0, 'get').bytes]);

  assert.deepEqual(outcomes, ['restored', 'malformed']);
  const [read] = other.inbox.events;
  assert(read?.kind === 'readDone');
  assert.deepEqual(read.results.map(value), [7]);
});

test('a state that cannot be captured ends the replica', () => {
  const failures: Error[] = [];
  const { executor } = start((error) => failures.push(error));
  executor.execute(1, [call(0, 'spoil')]);

  executor.capture(() => assert.fail('there is no state'));

  assert.match(String(failures[0]), /odd/);
});
