import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError, ValueError } from '../object/bundled.ts';
import { DBarrier } from './barrier.ts';
import { DBlockingQueue } from './blocking-queue.ts';
import { DCondition } from './condition.ts';
import { DCountdownLatch } from './event.ts';
import { DBoundedSemaphore, DSemaphore } from './semaphore.ts';
import { Replica } from './threading-test-kit.ts';

test('a semaphore gives its permits, and lets others wait in their order', () => {
  const replica = new Replica();
  const semaphore = new DSemaphore();

  equal(
    replica.now(1, (command) => semaphore.acquire(command)),
    true,
  );
  equal(String(semaphore), '<DSemaphore count=0>');
  const second = replica.call(2, (command) => semaphore.acquire(command));
  const third = replica.call(3, (command) => semaphore.acquire(command));
  equal(semaphore.__repr__(), '<DSemaphore count=0>');
  replica.now(1, (command) => semaphore.release(command));
  replica.now(2, (command) => semaphore.release(command));

  deepEqual(replica.order, [second, third]);
  equal(semaphore.count, 0);
  replica.now(3, (command) => semaphore.release(command));
  equal(String(semaphore), '<DSemaphore count=1>');
});

test('who has no time, or none left, gets false', () => {
  const replica = new Replica();
  const semaphore = new DSemaphore(0);
  equal(
    replica.now(1, () => semaphore.acquire({ blocking: false })),
    false,
  );
  equal(
    replica.now(1, () => semaphore.acquire({ timeoutMs: 0 })),
    false,
  );
  const brief = replica.call(1, () => semaphore.acquire({ timeoutMs: 9 }));

  replica.timeOut(brief);

  equal(replica.result(brief), false);
  replica.now(2, () => semaphore.release());
  equal(semaphore.count, 1);
});

test('several permits are released at once: to those who wait, and the rest for later', () => {
  const replica = new Replica();
  const semaphore = new DSemaphore(0);
  const waiting = [1, 2, 3].map((session) => replica.call(session, () => semaphore.acquire()));

  replica.now(4, (command) => semaphore.release(2, command));
  deepEqual(replica.order, waiting.slice(0, 2));
  replica.now(4, () => semaphore.release({ n: 4 }));

  deepEqual(replica.order, waiting);
  equal(semaphore.count, 3);
});

test('permits come back when their session ends, and not those that it used up as signals', () => {
  for (const leased of [true, false]) {
    const replica = new Replica();
    const semaphore = new DSemaphore(2, { leased });
    replica.now(1, () => semaphore.acquire());
    replica.now(1, () => semaphore.acquire());
    const other = replica.call(2, () => semaphore.acquire());

    replica.endSessions(1);

    equal(replica.waits(other), !leased);
    equal(semaphore.count, leased ? 1 : 0);
  }
});

test('a permit that somebody else released does not come back a second time', () => {
  const replica = new Replica();
  const semaphore = new DSemaphore(2);
  const first = replica.call(1, () => semaphore.acquire());
  const second = replica.call(2, () => semaphore.acquire());

  replica.now(3, () => semaphore.release());

  deepEqual(replica.owned(semaphore), [second]);
  equal(replica.owners.has(first), false);
  equal(semaphore.count, 1);
  replica.endSessions(1);
  equal(semaphore.count, 1);
  replica.endSessions(2);
  equal(semaphore.count, 2);
});

test('a release gives back a permit of its own owner first', () => {
  const replica = new Replica();
  const semaphore = new DSemaphore(3);
  const keys = ['a', 'b', 'a'].map((owner) => replica.call(1, () => semaphore.acquire({ owner })));

  replica.now(1, (command) => semaphore.release({ owner: 'b' }, command));
  deepEqual(replica.owned(), [keys[0], keys[2]]);
  replica.now(1, () => semaphore.release({ owner: 'a' }));
  deepEqual(replica.owned(), [keys[2]]);
});

test('a call may take several permits; undone, it gives all of them back', () => {
  const replica = new Replica();
  const semaphore = new DSemaphore(3);
  const both = replica.call(1, () => semaphore.acquire() && semaphore.acquire());
  equal(semaphore.count, 1);
  deepEqual(replica.owned(), [both]);

  equal(replica.withdraw(both, true), 'undone');

  equal(semaphore.count, 3);
});

test('a bounded semaphore refuses one release too many, and then nothing has changed', () => {
  const replica = new Replica();
  const semaphore = new DBoundedSemaphore(2);
  replica.now(1, () => semaphore.acquire());
  const tooMany = { name: 'ValueError', message: 'Semaphore released too many times' };

  throws(() => replica.now(1, () => semaphore.release(2)), tooMany);
  equal(String(semaphore), '<DBoundedSemaphore count=1 init=2>');
  replica.now(1, () => semaphore.release());
  throws(() => replica.now(1, () => semaphore.release()), tooMany);

  equal(semaphore.__repr__(), '<DBoundedSemaphore count=2 init=2>');
});

test('bad arguments are refused before anything changes', () => {
  for (const Type of [DSemaphore, DBoundedSemaphore]) {
    throws(() => new Type(-1), { message: 'semaphore initial value must be >= 0' });
    for (const count of [NaN, 1.5, Infinity, 2 ** 60]) throws(() => new Type(count), ValueError);
    for (const count of ['1', null, 1n]) throws(() => new Type(count as never), TypeError);
    for (const options of [null, 5, { lease: true }, { leased: 1 }]) {
      throws(() => new Type(1, options as never), TypeError);
    }
  }
  const replica = new Replica();
  const semaphore = new DSemaphore(1);
  const release = (n: unknown): unknown => replica.now(1, () => semaphore.release(n as number));
  throws(() => release(0), { name: 'ValueError', message: 'n must be one or more' });
  for (const n of [-1, NaN, 1.5, Infinity, Number.MAX_SAFE_INTEGER]) {
    throws(() => release(n), ValueError);
  }
  for (const n of ['1', null, 1n, true, { n: '1' }]) throws(() => release(n), TypeError);
  throws(() => replica.now(1, () => semaphore.acquire({ blocking: false, timeoutMs: 1 })), {
    message: "can't specify timeout for non-blocking acquire",
  });
  equal(semaphore.count, 1);
});

test('what is wrong with a count is said with its name', () => {
  const refused = (run: () => unknown, name: string, message: string): void =>
    throws(run, { name, message });
  const whole = 'must be a whole number, not';
  const most = `must be a whole number of at most ${Number.MAX_SAFE_INTEGER}, not`;
  for (const [count, rule] of [
    [NaN, whole],
    [1.5, whole],
    [2 ** 60, most],
    [Infinity, most],
  ]) {
    const message = `${rule} ${count}`;
    refused(() => new DSemaphore(count as number), 'ValueError', `count ${message}`);
    refused(() => new DBarrier(count as number), 'ValueError', `parties ${message}`);
    refused(() => new DBlockingQueue(count as number), 'ValueError', `maxsize ${message}`);
    refused(() => new DCountdownLatch(count as number), 'ValueError', `count ${message}`);
  }
  const text = '2' as never;
  refused(() => new DBoundedSemaphore(text), 'TypeError', 'count is a number, not string');
  refused(() => new DBarrier(text), 'TypeError', 'parties is a number, not string');
  refused(() => new DBlockingQueue(text), 'TypeError', 'maxsize is a number, not string');

  const replica = new Replica();
  const [semaphore, condition] = [new DSemaphore(1), new DCondition()];
  const release = (n: unknown) => () => replica.now(1, () => semaphore.release(n as number));
  const notify = (n: unknown) => () => replica.now(1, () => condition.notify(n as number));
  const either = (options: string): string => `n is a number, or options are ${options}, not`;
  for (const [n, type] of [
    ['1', 'string'],
    [null, 'null'],
    [1n, 'bigint'],
    [[1], 'a list'],
  ]) {
    refused(release(n), 'TypeError', `${either('{ owner, n, call }')} ${type as string}`);
    refused(notify(n), 'TypeError', `${either('{ owner, n }')} ${type as string}`);
  }
  refused(release({ n: '1' }), 'TypeError', 'n is a number, not string');
  for (const n of [NaN, 1.5]) {
    refused(release(n), 'ValueError', `n ${whole} ${n}`);
    refused(notify({ n }), 'ValueError', `n ${whole} ${n}`);
  }
});

test('a permit is given back by the name of its call, in whatever order they were acquired', () => {
  const replica = new Replica();
  const semaphore = new DSemaphore(2);
  const first = replica.call(1, () => semaphore.acquire());
  const second = replica.call(1, () => semaphore.acquire());
  replica.now(1, () => semaphore.release({ call: second }));
  deepEqual(replica.owned(semaphore), [first]);
  throws(() => replica.now(1, () => semaphore.release({ call: second })), RuntimeError);
  throws(() => replica.now(2, () => semaphore.release({ call: first })), ValueError);
  equal(semaphore.count, 1);
});
