import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { Counter } from '../proxy/counter.ts';
import { FakeInstance } from './fake-instance-test-kit.ts';
import { AbortError, ConCoordError, invoke } from './index.ts';

/** What client-side batching does with calls that were gathered, and with those that stand out among them. */

interface Subject extends AsyncDisposable {
  readonly instance: FakeInstance;
  readonly c: Counter;
  /** The kinds of the requests in each frame that came since. */
  readonly frames: string[][];
}

/** A counter that is connected and shows 1, and gathers its calls. */
async function gathering(): Promise<Subject> {
  const instance = await FakeInstance.start(1);
  const c = new Counter(instance.addresses, {}, 'gathered');
  await c.increment();
  const frames = instance.replicas[0]?.frames ?? [];
  frames.splice(0);
  return {
    instance,
    c,
    frames,
    async [Symbol.asyncDispose]() {
      await c.close();
      await instance[Symbol.asyncDispose]();
    },
  };
}

/** Calls whose commands have so many bytes: the fake counter looks at no arguments. */
function large(c: Counter, bytes: number): Promise<unknown> {
  return invoke(c, 'increment', [new Uint8Array(bytes)]);
}

test('reads and calls of a batch take effect in the order in which they were made', async () => {
  await using subject = await gathering();
  const { c, frames } = subject;

  const values = await Promise.all([c.getvalue(), c.increment(), c.getvalue(), c.decrement()]);
  const after = await Promise.all([c.increment(), c.increment(), c.getvalue()]);

  deepEqual([...values, ...after], [1, undefined, 2, undefined, undefined, undefined, 3]);
  deepEqual(frames[0], ['read'], 'nothing was outstanding before it');
  deepEqual(frames.slice(1), [
    ['call', 'call', 'call'],
    ['call', 'call', 'call'],
  ]);
});

test('a call of a batch that is aborted before it leaves never happens; the others do', async () => {
  await using subject = await gathering();
  const { c } = subject;
  const controller = new AbortController();

  const others = [c.increment()];
  const aborted = c.with({ signal: controller.signal }).increment();
  others.push(c.increment());
  controller.abort('enough');

  await rejects(aborted, (error) => error instanceof AbortError && error.outcome === 'not-applied');
  await Promise.all(others);
  equal(await c.getvalue(), 3);
});

test('calls of a batch have their own time; what the batch came to is known to the others', async () => {
  await using subject = await gathering();
  const { c, instance } = subject;
  instance.deaf = true;
  const hasty = c.with({ timeoutMs: 30 });

  const patient = [c.increment(), c.increment()];
  const failures = Promise.allSettled([hasty.increment(), hasty.increment()]);
  const codes = (await failures).map(({ status, ...rest }) => {
    const { reason } = rest as { readonly reason: ConCoordError };
    return [status, reason.code, reason.outcome];
  });
  const late = ['rejected', 'TIMEOUT', 'unknown'];
  deepEqual(codes, [late, late]);

  instance.deaf = false;
  instance.replicas[0]?.breakAll();
  await Promise.all(patient);
  equal(await c.getvalue(), 3, 'those that were given up were taken back in their places');
});

test('a call that is too large for any frame is refused alone, before the batch leaves', async () => {
  await using subject = await gathering();
  const { c, frames } = subject;

  const before = c.increment();
  const refused = large(c, limits.MAX_COMMAND_BYTES + 1);
  const after = c.increment();

  await rejects(
    refused,
    (error) =>
      error instanceof ConCoordError &&
      error.code === 'TOO_LARGE' &&
      error.outcome === 'not-applied',
  );
  await Promise.all([before, after]);
  deepEqual(frames, [['call', 'call']]);
});

test('a batch of more bytes than a frame takes leaves in several, in order', async () => {
  await using subject = await gathering();
  const { c, frames } = subject;

  const calls = Array.from({ length: 4 }, () => large(c, limits.MAX_COMMAND_BYTES - 2048));
  await Promise.all([...calls, c.increment()]);

  const sizes = frames.map(({ length }) => length);
  ok(
    Math.max(...sizes) <= 3,
    `three of them do not fit a frame, and one is small: ${sizes.join(' ')}`,
  );
  equal(frames.flat().length, 5);
  equal(await c.getvalue(), 6);
});

test('a batch of more calls than a session may have outstanding leaves in windows', async () => {
  await using subject = await gathering();
  const { c, frames } = subject;
  const count = 3 * limits.SESSION_WINDOW + 5;

  await Promise.all(Array.from({ length: count }, () => c.increment()));

  const sizes = frames.map(({ length }) => length);
  ok(Math.max(...sizes) <= limits.SESSION_WINDOW, sizes.join(' '));
  equal(
    sizes.reduce((sum, size) => sum + size, 0),
    count,
  );
  equal(await c.getvalue(), 1 + count);
});

test('close sends what was gathered, and waits for it', async () => {
  const instance = await FakeInstance.start(1);
  const c = new Counter(instance.addresses, {}, 'gathered');
  const calls = [c.increment(), c.increment()];
  const closing = c.close();

  await rejects(c.increment(), { code: 'CLOSED', outcome: 'not-applied' });
  await closing;
  deepEqual(await Promise.all(calls), [undefined, undefined]);
  equal(instance.sessions, 0);
  await using other = new Counter(instance.addresses);
  equal(await other.getvalue(), 2);
  await other.close();
  await instance[Symbol.asyncDispose]();
});

test('flush sends at once, waits for each call made so far, and never rejects', async () => {
  await using subject = await gathering();
  const { c, frames, instance } = subject;
  await c.flush();
  deepEqual(frames, [], 'there was nothing to send');
  instance.deaf = true;
  const [replica] = instance.replicas;
  ok(replica);
  const arrived = new Promise<void>((resolve) => (replica.onRequests = resolve));
  const ended: string[] = [];
  const first = c
    .with({ timeoutMs: 20 })
    .increment()
    .catch((error: ConCoordError) => ended.push(error.code));
  const flushed = c.flush().then(() => ended.push('flushed'));
  const later = c.increment();

  // On a busy machine, the call is late before its frame is read here.
  await Promise.all([first, flushed, arrived]);

  deepEqual(ended, ['TIMEOUT', 'flushed']);
  deepEqual(frames[0], ['call'], 'the later one was gathered anew');
  instance.deaf = false;
  replica.breakAll();
  await later;
  equal(await c.getvalue(), 2);
});
