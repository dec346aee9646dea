/** What errors tell a person who has nothing else: the fact, the value, and what helps in this very case. */
import { equal, match, ok, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { Counter } from '../proxy/counter.ts';
import { FakeInstance } from './fake-instance-test-kit.ts';
import { ConCoordError } from './index.ts';
import type { ProxyOptions } from './index.ts';

async function failureOf(promise: Promise<unknown>): Promise<ConCoordError> {
  const failure = await promise.catch((error: unknown) => error);
  ok(failure instanceof ConCoordError, String(failure));
  return failure;
}

test('when nobody ever answered, the connection string is as suspicious as the majority', async () => {
  const instance = await FakeInstance.start(1);
  const { addresses } = instance;
  await using reached = new Counter(addresses, { quorumTimeoutMs: 200 });
  await reached.increment();
  await instance[Symbol.asyncDispose]();
  await using lost = new Counter(addresses, { quorumTimeoutMs: 200 });

  const never = await failureOf(lost.increment());
  const before = await failureOf(reached.increment());

  match(never.message, /^increment\(\): no replica answered for 200 ms \(.*ECONNREFUSED\)$/);
  match(never.remedy, /^Check the connection string/);
  match(before.message, /^increment\(\): no majority answered for 200 ms \(/);
  match(before.remedy, /^Start or reach enough replicas/);
});

test('a call that ran out of time before it was sent needs no outcome(), but a reason', async () => {
  const instance = await FakeInstance.start(1);
  const { addresses } = instance;
  await instance[Symbol.asyncDispose]();
  await using c = new Counter(addresses);

  const late = await failureOf(c.with({ timeoutMs: 100 }).increment());

  equal(late.code, 'TIMEOUT');
  equal(late.outcome, 'not-applied');
  equal(late.requestId, undefined);
  match(late.message, /^increment\(\): no result within 100 ms \(.*connect ECONNREFUSED\)$/);
  match(late.remedy, /^The call had no effect and never will: repeat it/);
  equal(late.retryable, true, 'the same call can be made again, without being made twice');
});

test('a call whose result is not kept says that it took effect', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  instance.forgetful = true;

  const gone = await failureOf(c.increment());

  equal(gone.code, 'RESULT_GONE');
  equal(gone.outcome, 'applied');
  equal(gone.retryable, false);
  equal(gone.message, 'increment(): the call was applied, and its result is not kept any more');
  match(gone.remedy, /^The call took effect, once: do not repeat it/);
  instance.forgetful = false;
  equal(await c.getvalue(), 1);
});

test('a call that was aborted before it was made says so', async () => {
  await using c = new Counter('127.0.0.1:1');

  const error = await failureOf(c.with({ signal: AbortSignal.abort('enough') }).increment());

  equal(error.message, 'increment(): the signal was aborted before the call');
  equal(error.cause, 'enough');
  equal(error.remedy, 'The caller aborted the call before it had any effect.');
});

test('a value that cannot be sent is named with the call that it was given to', async () => {
  await using c = new Counter('127.0.0.1:1');

  await rejects(c.__concoordinit__((() => 1) as never), {
    code: 'INVALID_VALUE',
    outcome: 'not-applied',
    message: /^__concoordinit__\(\): arg/,
  });
});

test('wrong options name the value that was given, but never a secret', () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [5, /options is an object, not 5$/],
    [[], /options is an object, not an array$/],
    [{ timeoutMs: '5' }, /timeoutMs is a number .*, not "5"$/],
    [{ timeoutMs: -1 }, /, not -1$/],
    [{ timeoutMs: null }, /, not null$/],
    [{ signal: {} }, /signal is an AbortSignal, not an object$/],
    [{ dns: 'localhost' }, /, not "localhost"$/],
    [{ token: 4711 }, /^(?!.*4711).*token is a string/],
    [{ token: 'x4711'.repeat(300) }, /^(?!.*4711).*the token is longer than 1024 bytes$/],
  ];
  for (const [options, message] of cases) {
    throws(() => new Counter('127.0.0.1:1', options as ProxyOptions), {
      code: 'INVALID_ARGUMENT',
      message,
    });
  }
});

test('a proxy that has too many calls waiting says how many', async () => {
  await using c = new Counter('127.0.0.1:1', { timeoutMs: 1000 });
  const calls = Array.from({ length: 65_537 }, () =>
    c.increment().catch((error: unknown) => error),
  );

  const last = (await calls.at(-1)) as ConCoordError;

  equal(last.code, 'OVERLOADED');
  match(last.message, /^increment\(\): 65536 calls of this proxy wait to be sent already$/);
});
