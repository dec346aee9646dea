import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter } from '../proxy/counter.ts';
import { FakeInstance, FakeReplica } from './fake-instance-test-kit.ts';
import { AbortError, close, ConCoordError, flush, outcome } from './index.ts';

/** The error that a promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<ConCoordError> {
  const failed = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  ok(failed instanceof ConCoordError, `rejects with an error of ours, not ${String(failed)}`);
  return failed;
}

test('the tutorial runs as it is written', async () => {
  await using instance = await FakeInstance.start(2);

  const c = new Counter(instance.addresses);
  await c.increment();
  await c.increment();
  equal(await c.getvalue(), 2);
  await c.__concoordinit__();
  await c.increment();
  equal(await c.getvalue(), 1);
  equal(await c.__str__(), 'The counter value is 1');
  equal(await c.__repr__(), 'The counter value is 1');
  await c.__concoordinit__(40);
  await c.decrement();
  equal(await c.getvalue(), 39);
  await c.close();

  equal(instance.sessions, 0);
});

test('calls of one turn of the event loop leave in one frame, and take effect in order', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  await c.increment();
  const [replica] = instance.replicas;
  replica?.frames.splice(0);

  const values = await Promise.all([c.increment(), c.getvalue(), c.increment(), c.getvalue()]);

  deepEqual(values, [undefined, 2, undefined, 3]);
  deepEqual(replica?.frames, [['call', 'call', 'call', 'call']]);
});

test('answers that arrive together let the next calls leave together', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  await c.increment();
  const [replica] = instance.replicas;
  replica?.frames.splice(0);
  const twice = async (): Promise<void> => {
    await c.increment();
    await c.increment();
  };

  await Promise.all(Array.from({ length: 50 }, twice));

  deepEqual(
    replica?.frames.map(({ length }) => length),
    [50, 50],
  );
});

test('a client finds the leader from any member, and follows it', async () => {
  await using instance = await FakeInstance.start(3);
  instance.leader = 2;
  await using c = new Counter(instance.replicas[0]?.address ?? '');
  await c.increment();
  instance.leader = 1;
  await c.increment();

  equal(await c.getvalue(), 2);
  equal(instance.replicas[1]?.connections, 1);
});

test('what is under way when connections break takes effect exactly once', async () => {
  await using instance = await FakeInstance.start(3);
  await using c = new Counter(instance.addresses);
  const calls: Promise<void>[] = [];
  for (let round = 0; round < 60; round++) {
    for (let count = 0; count < 10; count++) calls.push(c.increment());
    if (round % 10 === 5) {
      instance.silent = round % 20 === 5;
      await sleep(5);
      instance.silent = false;
      for (const replica of instance.replicas) replica.breakAll();
      instance.leader = round % 3;
    }
    await sleep(1);
  }
  await Promise.all(calls);

  equal(await c.getvalue(), 600);
});

test('a member that is silent is left for one that answers', async () => {
  await using instance = await FakeInstance.start(2);
  const [first] = instance.replicas;
  if (first !== undefined) first.mute = true;
  instance.leader = 1;
  await using c = new Counter(instance.addresses);
  const began = performance.now();

  await c.increment();

  ok(performance.now() - began < 4000);
});

test('a leader that stops answering is left, although the system still takes what is sent', async () => {
  await using instance = await FakeInstance.start(2);
  await using c = new Counter(instance.addresses);
  await c.increment();
  const [first] = instance.replicas;
  if (first !== undefined) first.mute = true;
  const began = performance.now();
  const calls = [c.increment(), c.increment()];
  await sleep(100);
  instance.leader = 1;
  calls.push(c.increment());
  await Promise.all(calls);

  ok(performance.now() - began < 4000);
  equal(await c.getvalue(), 4);
});

test('a call that is late ends as unknown, and its outcome can be asked', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  await c.increment();
  instance.silent = true;
  const applied = await failureOf(c.with({ timeoutMs: 50 }).increment());
  instance.silent = false;
  instance.deaf = true;
  const lost = await failureOf(c.with({ timeoutMs: 50 }).increment());
  instance.deaf = false;

  equal(applied.code, 'TIMEOUT');
  equal(applied.outcome, 'unknown');
  equal(applied.retryable, false, 'it may have taken effect');
  ok(/^1-2-(?:ab){16}$/.test(applied.requestId ?? ''));
  deepEqual(await outcome(c, applied.requestId ?? ''), {
    applied: true,
    status: 'returned',
    value: undefined,
  });
  deepEqual(await outcome(c, lost.requestId ?? ''), { applied: false, status: 'never' });
  equal(await c.getvalue(), 2);
});

test('another client can ask for the outcome', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  await c.increment();
  instance.silent = true;
  const { requestId = '' } = await failureOf(c.with({ timeoutMs: 20 }).increment());
  instance.silent = false;
  await using other = new Counter(instance.addresses);

  equal((await outcome(other, requestId)).status, 'returned');
  equal((await failureOf(outcome(other, `99-1-${instance.id}`))).code, 'SESSION_EXPIRED');
  equal((await failureOf(outcome(other, '1-1-beef'))).code, 'INSTANCE_MISMATCH');
  equal((await failureOf(outcome(other, 'nonsense'))).code, 'INVALID_ARGUMENT');
});

test('without anybody to reach, calls fail with NO_QUORUM and say whom they tried', async () => {
  const instance = await FakeInstance.start(1);
  const { addresses } = instance;
  await instance[Symbol.asyncDispose]();
  await using c = new Counter(addresses, { quorumTimeoutMs: 300 });

  const error = await failureOf(c.increment());

  equal(error.code, 'NO_QUORUM');
  equal(error.outcome, 'not-applied');
  ok(error.retryable);
  ok(error.message.includes(`${addresses}: connect ECONNREFUSED`), error.message);
  ok(error.message.startsWith('increment(): '));
});

test('a client that meets another instance says so, and goes on with its own', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  await c.increment();
  const port = instance.replicas[0]?.port ?? 0;
  await instance.replicas[0]?.stop();
  const impostor = new FakeInstance('cd'.repeat(16));
  impostor.replicas.push(await FakeReplica.start(impostor, 0, port));

  const error = await failureOf(c.increment());
  await impostor[Symbol.asyncDispose]();
  instance.replicas[0] = await FakeReplica.start(instance, 0, port);

  equal(error.code, 'INSTANCE_MISMATCH');
  await c.increment();
  equal(await c.getvalue(), 2);
});

test('a refusal of our version is told at once', async () => {
  await using instance = await FakeInstance.start(1);
  const [replica] = instance.replicas;
  if (replica !== undefined) replica.refusal = { code: 'VERSION_MISMATCH', message: 'too old' };
  await using c = new Counter(instance.addresses);

  const error = await failureOf(c.increment());

  equal(error.code, 'VERSION_MISMATCH');
  ok(error.message.includes('too old'));
});

test('a session that expired is replaced', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  await c.increment();
  instance.expireAll();

  equal((await failureOf(c.increment())).code, 'SESSION_EXPIRED');
  await c.increment();
});

test('stale reads are served by any member, also without a leader', async () => {
  await using instance = await FakeInstance.start(2);
  await using c = new Counter(instance.addresses);
  await c.increment();
  instance.leader = undefined;
  instance.replicas[0]?.breakAll();

  equal(await c.with({ read: 'stale' }).getvalue(), 1);
});

test('the bound of stale reads is told to replicas in whole milliseconds, never a larger one', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  const stale = c.with({ read: 'stale' });
  await stale.getvalue();
  await stale.with({ maxLagMs: 500.9 }).getvalue();
  await stale.with({ maxLagMs: 1e300 }).getvalue();
  await stale.with({ maxLagMs: 5 }).with({ read: 'linearizable' }).getvalue();

  deepEqual(instance.maxLags, [undefined, 500, 2 ** 31 - 1, undefined]);
});

test('an abort rejects with an AbortError whose cause is the reason', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  await c.increment();
  instance.silent = true;
  const controller = new AbortController();
  const reason = new Error('enough');
  const call = c.with({ signal: controller.signal }).increment();
  await sleep(20);
  controller.abort(reason);

  const error = await failureOf(call);
  const late = await failureOf(c.with({ signal: controller.signal }).increment());
  instance.silent = false;

  ok(error instanceof AbortError);
  equal(error.name, 'AbortError');
  equal(error.cause, reason);
  equal(error.outcome, 'unknown');
  equal(late.cause, reason);
  equal(late.outcome, 'not-applied');
  equal((await outcome(c, error.requestId ?? '')).status, 'returned');
});

test('thousands of calls listen to one signal once, and not for longer than they last', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  const impatient = c.with({ signal });

  const calls = Array.from({ length: 5000 }, () => impatient.increment());

  equal(listeners, 1);
  await Promise.all(calls);
  equal(listeners, 0);
});

test('the signal of the constructor closes the proxy', async () => {
  await using instance = await FakeInstance.start(1);
  const controller = new AbortController();
  const c = new Counter(instance.addresses, { signal: controller.signal });
  await c.increment();
  instance.silent = true;
  const call = c.increment();
  await sleep(20);
  controller.abort('over');

  const error = await failureOf(call);
  const after = await failureOf(c.increment());

  ok(error instanceof AbortError);
  equal(error.cause, 'over');
  equal(after.code, 'CLOSED');
  equal(after.cause, 'over');
  await close(c);
});

test('close lets calls under way finish, takes no others, and can be repeated', async () => {
  await using instance = await FakeInstance.start(1);
  const c = new Counter(instance.addresses);
  const call = c.increment();
  const closing = c.close();

  equal((await failureOf(c.increment())).code, 'CLOSED');
  equal((await failureOf(c.with({ timeoutMs: 5 }).getvalue())).code, 'CLOSED');
  await call;
  await closing;
  await c.close();
  equal(instance.sessions, 0);
  await sleep(20);
  equal(instance.replicas[0]?.connections, 0);
});

test('flush waits for the calls made so far, however they end', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  let ended = 0;
  const count = (): void => {
    ended++;
  };
  for (let made = 0; made < 10; made++) c.increment().then(count, count);
  c.with({ signal: AbortSignal.timeout(1) })
    .increment()
    .then(count, count);
  await flush(c);

  equal(ended, 11);
  await c.flush();
});

test('a failure is rejected once, and never unhandled', async () => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listener);
  const c = new Counter('127.0.0.1:1', { quorumTimeoutMs: 50, dns: '127.0.0.1:1' });
  await rejects(c.increment(), { code: 'NO_QUORUM' });
  await c.close();
  await sleep(10);
  process.off('unhandledRejection', listener);

  deepEqual(unhandled, []);
});
