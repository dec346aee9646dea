/** Each type of generated proxy, of a class of a user: 100,000 calls, and the leader dies in the middle. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { FrameCount } from '../end-to-end/frames.ts';
import { generateTenCounters, TEN_COUNTER_NAME } from '../end-to-end/generated.ts';
import type { TenCounter, TenCounterClass } from '../end-to-end/generated.ts';
import { addressOf, allLevel, bootstrapOf, leaderOf, Stage } from '../end-to-end/kit.ts';

const CALLS = 100_000;
/** Outstanding at every moment: enough for a batch, and no more than a session takes. */
const CALLERS = 1000;

interface Kind {
  readonly type: number;
  /** One call at a time is as slow as the way there and back: several proxies share the work. */
  readonly proxies: number;
}

const KINDS: readonly Kind[] = [
  { type: 0, proxies: 16 },
  { type: 1, proxies: 1 },
  { type: 2, proxies: 1 },
  { type: 3, proxies: 1 },
];

/** Sent and received for a call, by type. */
const framesPerCall = new Map<number, number>();

/** Makes all calls, each in a callback of its own. Returns results by proxy, in the order of its calls. */
async function count(
  proxies: readonly TenCounter[],
  atHalf: () => Promise<void>,
): Promise<number[][]> {
  const results = proxies.map((): number[] => []);
  let made = 0;
  let returned = 0;
  let half: Promise<void> | undefined;
  const caller = async (index: number): Promise<void> => {
    const proxy = proxies[index] as TenCounter;
    const own = results[index] as number[];
    while (made < CALLS) {
      made++;
      const place = own.push(0) - 1;
      own[place] = await proxy.increment();
      if (++returned === CALLS / 2) half = atHalf();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, line) => caller(line % proxies.length)));
  await half;
  return results;
}

/** Every call has the result of its own execution: none is missing, none there twice, all in order. */
function expectExact(results: readonly (readonly number[])[]): void {
  for (const own of results) {
    const outOfOrder = own.findIndex((value, at) => at > 0 && value <= (own[at - 1] ?? 0));
    equal(outOfOrder, -1, `call ${outOfOrder} of a proxy took effect before an earlier one`);
  }
  const all = Float64Array.from(results.flat()).sort();
  equal(all.length, CALLS);
  const wrong = all.findIndex((value, at) => value !== 10 * (at + 1));
  equal(wrong, -1, `${all[wrong]} is the result of call ${wrong + 1}`);
}

/** What the replica there has itself, whoever leads. */
async function stateAt(Proxy: TenCounterClass, port: number): Promise<readonly number[]> {
  await using c = new Proxy(addressOf(port));
  const stale = c.with({ read: 'stale' });
  return [await stale.getvalue(), await stale.counted()];
}

for (const { type, proxies: number } of KINDS) {
  test(`type ${type}: ${CALLS} calls through the death of the leader, each result exact`, async () => {
    await using stage = new Stage();
    const [Proxy] = await generateTenCounters(stage, [type]);
    ok(Proxy !== undefined);
    const { ports, replicas } = await stage.instanceOf(TEN_COUNTER_NAME, 3);
    await allLevel(ports, 3);
    using frames = new FrameCount();
    const proxies = Array.from({ length: number }, () => new Proxy(bootstrapOf(ports)));
    let dead = 0;

    const results = await count(proxies, async () => {
      dead = (await leaderOf(ports)).port;
      await replicas[ports.indexOf(dead)]?.killed();
    });

    framesPerCall.set(type, (frames.sent + frames.received) / CALLS);
    expectExact(results);
    const alive = ports.filter((port) => port !== dead);
    await stage.replica(dead, ['-b', bootstrapOf(alive)]);
    await allLevel(ports, 3);
    const states = await Promise.all(ports.map((port) => stateAt(Proxy, port)));
    const exact = [10 * CALLS, CALLS];
    deepEqual(states, [exact, exact, exact]);
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });
}

test('client-side batching takes at most a tenth of the frames of type 1, none more than basic', (t) => {
  const [basic = 0, blocking = 0, batching = 0, gathered = 0] = KINDS.map(
    ({ type }) => framesPerCall.get(type) ?? Number.NaN,
  );
  t.diagnostic(`frames per call: ${[basic, blocking, batching, gathered].join(', ')}`);

  ok(batching <= blocking / 10, `${batching} and ${blocking}`);
  ok(Math.max(blocking, batching, gathered) <= basic);
});
