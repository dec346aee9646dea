/** Calls that wait at real replicas: locks, semaphores, conditions and barriers between clients. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { BrokenBarrierError, RuntimeError } from '../../src/object/index.ts';
import { Barrier } from '../../src/proxy/barrier.ts';
import { Condition } from '../../src/proxy/condition.ts';
import { Lock } from '../../src/proxy/lock.ts';
import { Semaphore } from '../../src/proxy/semaphore.ts';
import { allLevel, bootstrapOf, eventually, Stage } from './kit.ts';

test('a lock goes from client to client in their order, also when the leader is killed', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instanceOf('concoord.object.lock.Lock', 3);
  const { port } = await allLevel(ports, 3);
  const clients = Array.from({ length: 4 }, () => new Lock(bootstrapOf(ports)));
  const [first, second, third, hasty] = clients as [Lock, Lock, Lock, Lock];
  equal(await first.acquire(), true);
  equal(await hasty.acquire({ blocking: false }), false);
  equal(await hasty.acquire({ timeoutMs: 50 }), false);
  await rejects(hasty.release(), RuntimeError);
  const order: string[] = [];
  const waiting = second.acquire().then((value) => order.push(`second ${value}`));
  // What comes behind it shows that it waits.
  equal(await second.locked(), true);
  const alsoWaiting = third.acquire().then((value) => order.push(`third ${value}`));
  equal(await third.locked(), true);

  await replicas[ports.indexOf(port)]?.killed();
  await first.release();
  await waiting;
  await second.release();
  await alsoWaiting;

  deepEqual(order, ['second true', 'third true']);
  await Promise.all(clients.map((client) => client.close()));
});

test('a permit comes back from a client that has left; one that gives up is passed over', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf('concoord.object.semaphore.Semaphore', 1);
  const clients = Array.from({ length: 3 }, () => new Semaphore(bootstrapOf(ports)));
  const [holder, other, third] = clients as [Semaphore, Semaphore, Semaphore];
  equal(await holder.acquire(), true);
  equal(await holder.__repr__(), '<DSemaphore count=0>');
  const gaveUp = new AbortController();
  const never = rejects(other.with({ signal: gaveUp.signal }).acquire(), { name: 'AbortError' });
  equal(await other.__repr__(), '<DSemaphore count=0>');
  const waiting = third.acquire();
  equal(await third.__repr__(), '<DSemaphore count=0>');
  gaveUp.abort();
  await never;

  await holder.close();

  equal(await waiting, true);
  await third.release();
  equal(await other.__repr__(), '<DSemaphore count=1>');
  await Promise.all(clients.map((client) => client.close()));
});

test('a condition gives its lock back with all levels', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf('concoord.object.condition.Condition', 1);
  await using waiter = new Condition(bootstrapOf(ports));
  await using notifier = new Condition(bootstrapOf(ports));
  await waiter.acquire();
  await waiter.acquire();
  const waiting = waiter.wait();
  equal(await waiter.locked(), false);

  await notifier.acquire();
  await notifier.notify();
  await notifier.release();

  equal(await waiting, true);
  await waiter.release();
  await waiter.release();
  equal(await waiter.locked(), false);
  await rejects(waiter.wait(), { name: 'RuntimeError', message: /un-acquired lock/ });
});

test('a barrier lets all go on, or none', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf('concoord.object.barrier.Barrier', 1);
  const clients = Array.from({ length: 3 }, () => new Barrier(bootstrapOf(ports)));
  const [first, second] = clients as [Barrier, Barrier];
  await first.__concoordinit__(3);
  for (let round = 0; round < 2; round++) {
    const places = await Promise.all(clients.map((client) => client.wait()));
    deepEqual(
      places.toSorted((a, b) => a - b),
      [0, 1, 2],
    );
  }

  const broken = rejects(first.wait(), BrokenBarrierError);
  await eventually('one who waits', async () => (await second.n_waiting) === 1 || undefined);
  await second.abort();

  await broken;
  equal(await second.broken, true);
  await Promise.all(clients.map((client) => client.close()));
});
