import { deepEqual, equal, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { Counter } from '../proxy/counter.ts';
import { FakeInstance } from './fake-instance-test-kit.ts';
import type { CallMode } from './index.ts';

/** A counter that is connected, with what was sent since. */
async function connected(
  instance: FakeInstance,
  mode: CallMode,
): Promise<{ readonly c: Counter; readonly frames: string[][] }> {
  const c = new Counter(instance.addresses, {}, mode);
  await c.increment();
  const frames = instance.replicas[0]?.frames ?? [];
  frames.splice(0);
  return { c, frames };
}

test('one by one, a call leaves when the one before has its result, reads among them', async () => {
  await using instance = await FakeInstance.start(1);
  const { c, frames } = await connected(instance, 'one-by-one');

  const values = await Promise.all([c.increment(), c.getvalue(), c.getvalue(), c.increment()]);

  deepEqual(values, [undefined, 2, 2, undefined]);
  deepEqual(frames, [['call'], ['read'], ['read'], ['call']]);
  await c.close();
});

test('one by one, a call that waits for its turn has its own deadline and signal', async () => {
  await using instance = await FakeInstance.start(1);
  const { c, frames } = await connected(instance, 'one-by-one');
  instance.deaf = true;
  const controller = new AbortController();
  const first = c.with({ signal: controller.signal }).increment();
  const second = c.with({ timeoutMs: 20 }).increment();

  await rejects(second, { code: 'TIMEOUT', outcome: 'not-applied' });
  controller.abort();
  await rejects(first, { code: 'ABORTED', outcome: 'unknown' });
  deepEqual(frames[0], ['call'], 'the second was never sent');
  instance.deaf = false;
  instance.replicas[0]?.breakAll();
  await c.increment();
  equal(await c.getvalue(), 2);
  await c.close();
});

test('at once, calls of different callbacks leave each on their own', async () => {
  await using instance = await FakeInstance.start(1);
  const { c, frames } = await connected(instance, 'at-once');

  const calls = [c.increment()];
  await new Promise<void>((resolve) => {
    process.nextTick(() => process.nextTick(resolve));
  });
  calls.push(c.increment());
  await Promise.all(calls);

  deepEqual(frames, [['call'], ['call']]);
  await c.close();
});

test('gathered, all calls of a turn of the event loop leave in one request', async () => {
  await using instance = await FakeInstance.start(1);
  const { c, frames } = await connected(instance, 'gathered');

  const calls = [c.increment()];
  await new Promise<void>((resolve) => {
    process.nextTick(() => process.nextTick(resolve));
  });
  calls.push(c.increment());
  await Promise.resolve();
  calls.push(c.decrement());
  await Promise.all(calls);

  deepEqual(frames, [['call', 'call', 'call']]);
  await c.close();
});

test('gathered calls leave at a flush, which waits for each of them', async () => {
  await using instance = await FakeInstance.start(1);
  const { c, frames } = await connected(instance, 'gathered');
  const done: string[] = [];

  void c.increment().then(() => done.push('first'));
  const flushed = c.flush();
  const second = c.increment().then(() => done.push('second'));
  await flushed;

  deepEqual(done, ['first']);
  await second;
  deepEqual(frames, [['call'], ['call']]);
  await c.close();
});

test('a mode that is none is refused', () => {
  for (const mode of ['fast', 0, null, {}]) {
    throws(() => new Counter('a:1', {}, mode as unknown as CallMode), { code: 'INVALID_ARGUMENT' });
  }
});
