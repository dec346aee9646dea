import { equal, match, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { Counter } from '../proxy/index.ts';
import { FakeInstance } from './fake-instance-test-kit.ts';
import type { ConCoordError } from './index.ts';

const UNAUTHORIZED = {
  code: 'UNAUTHORIZED',
  message: 'the token that was given is not that of the instance',
} as const;

test('a refusal for the token fails everything outstanding at once, and nothing is tried again', async () => {
  await using instance = await FakeInstance.start(3);
  for (const replica of instance.replicas) replica.refusal = UNAUTHORIZED;
  await using c = new Counter(instance.addresses, { token: 'wrong' });
  const asked = performance.now();

  const errors = (await Promise.all(
    [c.increment(), c.getvalue(), c.with({ read: 'stale' }).getvalue()].map((call) =>
      call.catch((error: unknown) => error),
    ),
  )) as ConCoordError[];

  equal(performance.now() - asked < 4000, true, 'long before any patience ends');
  for (const { code, message, remedy, outcome, retryable } of errors) {
    equal(code, 'UNAUTHORIZED');
    match(message, /: 127\.0\.0\.1:\d+: the token that was given is not that of the instance$/);
    match(remedy, /--token-file, CONCOORD_TOKEN, or the option token/);
    equal(outcome, 'not-applied');
    equal(retryable, false);
  }
  equal(
    instance.replicas.reduce((sum, { greetings }) => sum + greetings, 0),
    1,
  );
});

test('calls under way when a replica refuses the token keep their unknown outcome', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  await c.increment();
  instance.silent = true;
  const [replica] = instance.replicas;
  if (replica === undefined) throw new Error('there is one');
  const asked = new Promise<void>((resolve) => (replica.onRequests = resolve));
  const refused = rejects(c.increment(), {
    code: 'UNAUTHORIZED',
    outcome: 'unknown',
    requestId: /./,
  });
  await asked;
  replica.refusal = UNAUTHORIZED;
  replica.breakAll();

  await refused;
});
