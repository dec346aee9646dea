/** How old stale reads may be, at real replicas. */
import { equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allLevel, bootstrapOf, Stage } from './kit.ts';

test('with a bound of zero every replica answers with everything that was acknowledged', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instance(3);
  await allLevel(ports, 3);
  await using writer = new Counter(bootstrapOf(ports));
  await writer.increment();
  const readers = ports.map((port) => new Counter(addressOf(port)));

  for (let value = 2; value <= 50; value++) {
    await writer.increment();
    const seen = await Promise.all(
      readers.map((reader) => reader.with({ read: 'stale', maxLagMs: 0 }).getvalue()),
    );
    equal(Math.min(...seen), value);
  }
  await Promise.all(readers.map((reader) => reader.close()));
});

test('without a majority a stale read is served, and one with a bound fails and says why', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3);
  await allLevel(ports, 3);
  const [survivor = 0] = ports;
  await using c = new Counter(addressOf(survivor), { quorumTimeoutMs: 2500 });
  await c.increment();
  equal(await c.with({ read: 'stale', maxLagMs: 1000 }).getvalue(), 1);
  await Promise.all(replicas.slice(1).map((replica) => replica.killed()));

  const bounded = c.with({ read: 'stale', maxLagMs: 0 });
  await rejects(bounded.with({ timeoutMs: 400 }).getvalue(), {
    code: 'TIMEOUT',
    outcome: 'not-applied',
  });
  await rejects(bounded.getvalue(), { code: 'NO_QUORUM', outcome: 'not-applied' });
  equal(await c.with({ read: 'stale' }).getvalue(), 1);
});
