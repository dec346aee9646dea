/** Generated proxies of the four types with calls that stand out among others, on three replicas. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { ConCoordError } from '../../src/client/index.ts';
import { generateTenCounters, TEN_COUNTER_NAME } from './generated.ts';
import type { TenCounter } from './generated.ts';
import { bootstrapOf, Stage } from './kit.ts';

const TYPES = [0, 1, 2, 3] as const;
/** So large that two of them do not fit the batch of one slot, and three not a frame. */
const LARGE = 'x'.repeat(900_000);

type Ends = readonly PromiseSettledResult<unknown>[];

function show(ends: Ends): readonly string[] {
  return ends.map((end) => {
    if (end.status === 'fulfilled') return JSON.stringify(end.value);
    const reason = end.reason as Error;
    return reason instanceof ConCoordError
      ? `${reason.code} ${reason.outcome}`
      : `${reason.name}: ${reason.message}`;
  });
}

/** Everything that may stand out, made in one turn; `base` is what was counted before. */
async function mixed(c: TenCounter, base: number): Promise<void> {
  const controller = new AbortController();
  const calls: Promise<unknown>[] = [c.increment(), c.fail(), c.getvalue(), c.increment()];
  calls.push(c.label(LARGE), c.label(LARGE), c.label('small'), c.label(LARGE));
  calls.push(c.label('x'.repeat(2 ** 20)), c.with({ signal: controller.signal }).increment());
  calls.push(c.increment(), c.getvalue(), c.labels());
  controller.abort();

  const ends = show(await Promise.allSettled(calls));

  deepEqual(ends, [
    String(base + 10),
    `RangeError: at ${base + 20}`,
    String(base + 20),
    String(base + 30),
    ...['1', '2', '3', '4'],
    'TOO_LARGE not-applied',
    'ABORTED not-applied',
    String(base + 40),
    String(base + 40),
    `[${LARGE.length},${LARGE.length},5,${LARGE.length}]`,
  ]);
}

test('what fails, is large or is aborted in a batch touches no other call of it, in each type', async () => {
  await using stage = new Stage();
  const classes = await generateTenCounters(stage, TYPES);
  const { ports } = await stage.instanceOf(TEN_COUNTER_NAME, 3);

  for (const Proxy of classes) {
    await using c = new Proxy(bootstrapOf(ports), { timeoutMs: 30_000 });
    await c.__concoordinit__();
    equal(await c.increment(), 10);
    await mixed(c, 10);
  }
});

test('flush and close of gathered calls, and more of them than are sent at once', async () => {
  await using stage = new Stage();
  const [Proxy] = await generateTenCounters(stage, [2]);
  ok(Proxy !== undefined);
  const { ports } = await stage.instanceOf(TEN_COUNTER_NAME, 1);
  const c = new Proxy(bootstrapOf(ports), { timeoutMs: 30_000 });
  const results: number[] = [];

  for (let made = 0; made < 5000; made++) void c.increment().then((value) => results.push(value));
  await c.flush();
  deepEqual(
    results,
    Array.from({ length: 5000 }, (_, at) => 10 * (at + 1)),
  );

  const last = [c.increment(), c.fail(), c.increment()];
  const [ends] = await Promise.all([Promise.allSettled(last), c.close()]);
  deepEqual(show(ends), ['50010', 'RangeError: at 50020', '50030']);
  deepEqual(show(await Promise.allSettled([c.increment()])), ['CLOSED not-applied']);
});
