/** The tutorial, line by line, as a user types it. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { ConCoordError } from '../../src/client/index.ts';
import { outcome } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { Callers } from './callers.ts';
import { addressOf, allLevel, bootstrapOf, COUNTER, leaderOf, Stage } from './kit.ts';
import { freePort, freePorts } from './ports.ts';

test('one replica, two, three: each says what is tolerated now, and the counter counts', async () => {
  await using stage = new Stage();
  const ports = await freePorts(3);
  const [one = 0, two = 0, three = 0] = ports;
  const first = await stage.replica(one, ['-o', COUNTER, '-a', '127.0.0.1']);
  await using c = new Counter(bootstrapOf(ports));
  const asked = performance.now();
  await c.increment();
  const firstCallMs = performance.now() - asked;
  await c.increment();
  equal(await c.getvalue(), 2);

  const second = await stage.replica(two, ['-o', COUNTER, '-b', addressOf(one)]);
  const third = await stage.replica(three, ['-b', addressOf(two)]);
  equal(await c.getvalue(), 2);
  await c.__concoordinit__();
  await c.increment();
  equal(await c.getvalue(), 1);
  equal(await c.__str__(), 'The counter value is 1');
  equal(String(c), `Counter(${bootstrapOf(ports)})`);

  const line = (port: number, rest: string): string => `REPLICA-127.0.0.1:${port} ready, ${rest}\n`;
  equal(first.stdout, line(one, 'tolerates no failure (1 member): add one'));
  equal(second.stdout, line(two, 'tolerates no failure (2 members): add one'));
  equal(third.stdout, line(three, 'tolerates 1 failure (3 members)'));
  equal(firstCallMs < 1000, true, `the first call took ${firstCallMs} ms`);
});

test('replicas join under load, through any member', async () => {
  await using stage = new Stage();
  const ports = await freePorts(3);
  const [one = 0, two = 0, three = 0] = ports;
  await stage.replica(one, ['-o', COUNTER]);
  await using callers = new Callers(addressOf(one));
  await callers.more(200);

  await stage.replica(two, ['-b', addressOf(one)]);
  await callers.more(200);
  await stage.replica(three, ['-b', addressOf(two)]);
  await callers.more(200);

  await callers.expectExact();
  equal(callers.tally.acknowledged, callers.tally.started, 'no call failed');
  for (const port of ports) {
    await using alone = new Counter(addressOf(port));
    equal(await alone.getvalue(), callers.tally.expected);
  }
});

test('calls that were made without awaiting take effect in their order, reads among them', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instance(3);
  await using c = new Counter(bootstrapOf(ports));

  const values = await Promise.all([
    c.getvalue(),
    c.increment(),
    c.getvalue(),
    c.decrement(),
    c.decrement(),
    c.getvalue(),
    c.with({ read: 'stale' }).getvalue(),
  ]);

  deepEqual(values, [0, undefined, 1, undefined, undefined, -1, -1]);
});

test('what became of a call that was given up is the same through every proxy', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3);
  await allLevel(ports, 3);
  await using mine = new Counter(bootstrapOf(ports));
  await using other = new Counter(bootstrapOf(ports));
  await Promise.all([mine.increment(), other.increment()]);

  // The leader takes the calls with it: they are given up before another one could hear of them.
  const { port } = await leaderOf(ports);
  replicas[ports.indexOf(port)]?.kill('SIGSTOP');
  const hasty = mine.with({ timeoutMs: 50 });
  const calls = await Promise.allSettled([1, 2, 3].map(() => hasty.increment()));
  await replicas[ports.indexOf(port)]?.killed();
  // The replies to these tell the client that everything before is settled, and the replicas that it knows.
  await mine.increment();
  await mine.increment();

  const errors = calls.map((call) => (call as PromiseRejectedResult).reason as ConCoordError);
  const seen = errors.map(({ code, outcome: known }) => `${code} ${known}`);
  deepEqual(seen, ['TIMEOUT unknown', 'TIMEOUT unknown', 'TIMEOUT unknown']);
  const fates = (through: Counter): Promise<boolean[]> =>
    Promise.all(
      errors.map(async (error) => (await outcome(through, error.requestId ?? '')).applied),
    );
  deepEqual(await fates(mine), [false, false, false]);
  equal(await other.getvalue(), 4);
  deepEqual(await fates(other), [false, false, false]);
});

test('an instance can live on IPv6', async () => {
  await using stage = new Stage();
  const [one, two] = [await freePort('::1'), await freePort('::1')];

  const first = await stage.replica(one, ['-a', '::1', '-o', COUNTER, '-w']);
  const second = await stage.replica(two, ['-a', '::1', '-b', `[::1]:${one}`]);

  match(first.stdout, new RegExp(`^REPLICA-\\[::1\\]:${one} ready, `));
  match(second.stdout, new RegExp(`^REPLICA-\\[::1\\]:${two} ready, `));
  await using c = new Counter(`[::1]:${one}, [::1]:${two}`);
  await c.increment();
  equal(await c.getvalue(), 1);
  equal((await stage.run('status', `[::1]:${two}`)).code, 0);
  await first.killed();
  await stage.replica(one, ['-a', '::1', '-w']);
  equal(await c.getvalue(), 1);
});
