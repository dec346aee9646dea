/** The ready-made objects whose calls wait, on real replicas, with programs that die. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { IndexError, RuntimeError } from '../../src/client/index.ts';
import { BlockingQueue } from '../../src/proxy/blockingqueue.ts';
import { CountdownLatch } from '../../src/proxy/countdownlatch.ts';
import { Event } from '../../src/proxy/event.ts';
import { LeaderElection } from '../../src/proxy/leaderelection.ts';
import { MeshMembership } from '../../src/proxy/meshmembership.ts';
import { ReadWriteLock } from '../../src/proxy/readwritelock.ts';
import { bootstrapOf, Stage } from './kit.ts';

const PROXIES = new URL('../../src/proxy/', import.meta.url).href;
const OBJECT = 'concoord.object';

/** A program that has a proxy `c` with a short lease, and prints a line when it has done its part. */
async function program(name: string, bootstrap: string, does: string): Promise<ChildProcess> {
  const source = `
    import { ${name} } from '${PROXIES}${name.toLowerCase()}.ts';
    const c = new ${name}('${bootstrap}', { leaseMs: 1000 });
    ${does}
    console.log('done');
    setInterval(() => undefined, 1000);`;
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const args = ['--input-type=module', '-e', source];
  const child = spawn(process.execPath, args, { stdio: [...stdio], timeout: 60_000 });
  await once(child.stdout, 'data');
  return child;
}

test('a leader that dies is replaced when its lease is over, and its fence is behind', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf(`${OBJECT}.leaderelection.LeaderElection`, 1);
  const bootstrap = bootstrapOf(ports);
  await using election = new LeaderElection(bootstrap);
  const first = await program('LeaderElection', bootstrap, `await c.lead({ name: 'first' });`);
  deepEqual(await election.leader(), { name: 'first', term: 1 });
  await rejects(election.lead({ timeoutMs: 10 }), { code: 'TIMEOUT' });
  const change = election.observe(1);
  const next = election.lead({ name: 'next' });
  first.kill('SIGKILL');
  await using term = await next;
  deepEqual(await change, { name: 'next', term: 2 });
  await term.release();
  deepEqual(await election.leader(), { name: null, term: 3 });
  await using again = await election.lead({ name: 'next', owner: 'a flow' });
  ok(again.fence > term.fence);
});

test('what a worker that dies had taken comes back, and what is done does not', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf(`${OBJECT}.blockingqueue.BlockingQueue`, 1);
  const bootstrap = bootstrapOf(ports);
  await using queue = new BlockingQueue(bootstrap);
  for (const item of ['a', 'b', 'c']) await queue.put(item);
  const taker = await program('BlockingQueue', bootstrap, `await c.hold(); await c.hold();`);
  {
    await using job = await queue.hold();
    equal(job.item, 'c');
    await job.done();
    await rejects(job.done(), RuntimeError);
  }
  const waits = queue.hold();
  taker.kill('SIGKILL');
  const [first, second] = [await waits, await queue.hold()];
  deepEqual([first.item, second.item], ['a', 'b']);
  await second.release();
  await first.done();
  equal(await queue.get(), 'b');
  await rejects(queue.hold({ timeoutMs: 10 }), IndexError);
  await rejects(queue.get({ blocking: false }), IndexError);
  equal(await queue.__repr__(), '<DBlockingQueue size=0 maxsize=0 taken=0>');
});

test('an item that comes while its caller gives up is had by the caller, or by the next', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf(`${OBJECT}.blockingqueue.BlockingQueue`, 1);
  await using queue = new BlockingQueue(bootstrapOf(ports));
  await using other = new BlockingQueue(bootstrapOf(ports));
  const found: unknown[] = [];
  for (let round = 0; round < 20; round++) {
    const aborting = new AbortController();
    const waits = queue.with({ signal: aborting.signal })[round % 2 === 0 ? 'get' : 'take']();
    const put = other.put(round);
    if (round % 3 === 0) aborting.abort();
    const outcome = await waits.then(
      (item) => ({ item }),
      () => undefined,
    );
    if (round % 3 !== 0) aborting.abort();
    await put;
    if (outcome === undefined) found.push(await other.get());
    else found.push(outcome.item);
    if (outcome !== undefined && round % 2 !== 0) await queue.done();
  }
  deepEqual(
    found,
    Array.from({ length: 20 }, (_, round) => round),
  );
  equal(await queue.qsize(), 0);
});

test('readers share, and a writer waits for them', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf(`${OBJECT}.readwritelock.ReadWriteLock`, 1);
  await using one = new ReadWriteLock(bootstrapOf(ports));
  await using other = new ReadWriteLock(bootstrapOf(ports));
  const [first, second] = [await one.holdRead(), await other.holdRead()];
  const writing = other.holdWrite();
  await rejects(one.holdRead({ timeoutMs: 10 }), { code: 'TIMEOUT' });
  await first.release();
  await second.release();
  await using held = await writing;
  equal(await one.written(), true);
  await held.release();
  equal(await one.__repr__(), '<DReadWriteLock writer=None readers=0>');
});

test('events, latches and groups wake whoever waits', async () => {
  await using stage = new Stage();
  const names = ['event.Event', 'countdownlatch.CountdownLatch', 'meshmembership.MeshMembership'];
  const [events, latches, groups] = await Promise.all(
    names.map(async (name) => {
      const { ports } = await stage.instanceOf(`${OBJECT}.${name}`, 1);
      return bootstrapOf(ports);
    }),
  );
  await using event = new Event(String(events));
  equal(await event.wait({ timeoutMs: 5 }), false);
  const set = event.wait();
  await event.set();
  equal(await set, true);

  await using latch = new CountdownLatch(String(latches));
  await latch.__concoordinit__(2);
  const open = latch.wait();
  deepEqual([await latch.countDown(), await latch.countDown(), await open], [1, 0, true]);

  await using mesh = new MeshMembership(String(groups));
  await mesh.add_group('g', 1);
  const change = mesh.wait('g', 1);
  await mesh.approve_join('g', 'node', 1);
  deepEqual(await change, [['node'], 2]);
});
