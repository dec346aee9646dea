/** Members are replaced one by one until none of the first is left, and the name leads on. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { domainOf, NameServer } from '../../src/naming/name-server-test-kit.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allAlive, Stage } from './kit.ts';
import { freePort } from './ports.ts';

const DOMAIN = 'counterdomain.test';

/** Counts until it is told to stop; returns how often. Every call must succeed. */
function countOn(c: Counter): () => Promise<number> {
  const task = { on: true };
  let count = 0;
  const counting = (async () => {
    while (task.on) {
      await c.increment();
      count++;
    }
    return count;
  })();
  // Whoever stops it hears of what failed.
  counting.catch(() => undefined);
  return () => {
    task.on = false;
    return counting;
  };
}

void test('none of the first three is left, and whoever knows the domain counts on', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3);
  await using server = await NameServer.start(domainOf(DOMAIN, ports));
  const dns = ['--dns', server.address];
  await using c = new Counter(DOMAIN, { dns: server.address });
  await using idle = new Counter(DOMAIN, { dns: server.address });
  await idle.increment();
  const stop = countOn(c);

  const members = [...ports];
  for (const [at, old] of ports.entries()) {
    const fresh = await freePort();
    await stage.replica(fresh, ['-b', DOMAIN, ...dns]);
    members.push(fresh);
    await allAlive(members, 4);
    members.shift();
    // The name tells of the change before, or after, or while it happens.
    if (at > 0) server.records = domainOf(DOMAIN, members);
    await replicas[at]?.killed();
    const done = await stage.run('remove', DOMAIN, addressOf(old), ...dns);
    deepEqual([done.code, done.stderr], [0, '']);
    if (at === 0) server.records = domainOf(DOMAIN, members);
    await allAlive(members, 3);
  }

  equal(members.filter((port) => ports.includes(port)).length, 0);
  const counted = await stop();
  ok(counted > 0);
  equal(await c.getvalue(), counted + 1);
  // It has heard of nothing since its first call, and everybody whom it knew is gone.
  equal(await idle.getvalue(), counted + 1);

  const status = await stage.run('status', DOMAIN, ...dns, '--json');
  equal(status.code, 0, status.stderr);
  const report = JSON.parse(status.stdout) as { members: readonly { addr: string }[] };
  deepEqual(new Set(report.members.map(({ addr }) => addr)), new Set(members.map(addressOf)));
  const [listed, locks] = await Promise.all([
    stage.run('members', DOMAIN, ...dns),
    stage.run('locks', DOMAIN, ...dns),
  ]);
  deepEqual([listed.code, locks.code], [0, 0]);
});
