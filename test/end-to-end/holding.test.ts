/** What programs own: acquired, kept alive, given back. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { AbortError, ConCoordError, hold, invoke } from '../../src/client/index.ts';
import type { Held } from '../../src/client/index.ts';
import { BoundedSemaphore } from '../../src/proxy/boundedsemaphore.ts';
import { Lock } from '../../src/proxy/lock.ts';
import { RLock } from '../../src/proxy/rlock.ts';
import { Semaphore } from '../../src/proxy/semaphore.ts';
import { bootstrapOf, Stage } from './kit.ts';

const LOCK = 'concoord.object.lock.Lock';

interface Place {
  readonly owners: readonly { readonly sequence: number }[];
  readonly waiters: readonly unknown[];
}

function placesOf(proxy: object): Promise<readonly Place[]> {
  return invoke(proxy, '__holdings__', []);
}

async function lost({ signal }: Held): Promise<unknown> {
  if (!signal.aborted) await once(signal, 'abort');
  return signal.reason;
}

test('who holds a lock keeps others out, and gives it back at the end of the block', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf(LOCK, 1);
  await using one = new Lock(bootstrapOf(ports));
  await using other = new Lock(bootstrapOf(ports));
  let fence = 0n;
  {
    await using held = await one.hold();
    fence = held.fence;
    ok(fence > 0n && fence < 1n << 63n);
    await rejects(other.hold({ timeoutMs: 0 }), { code: 'TIMEOUT', outcome: 'not-applied' });
    await rejects(other.hold({ timeoutMs: 20 }), { code: 'TIMEOUT' });
    await rejects(one.hold({ owner: 'another flow', timeoutMs: 20 }), { code: 'TIMEOUT' });
    const waits = other.hold({ signal: AbortSignal.timeout(50) });
    await rejects(waits, AbortError);
    await one.with({ fence }).locked();
  }
  equal(await other.locked(), false);
  const next = await other.hold({ timeoutMs: 5000, owner: 'a' });
  ok(next.fence > fence, 'fences grow');
  await other.with({ fence: next.fence }).__str__();
  await rejects(one.with({ fence }).acquire({ blocking: false }), { code: 'STALE_FENCE' });
  await next.release();
  await next.release();
  equal(await one.locked(), false);
  equal(next.signal.aborted, false);
});

test('options of hold are read like all others', async () => {
  await using lock = new Lock('127.0.0.1:1');
  for (const options of [{ timeoutMs: -1 }, { owner: '' }, { signal: 1 }, { wait: 1 }, 5, [1]]) {
    await rejects(lock.hold(options as object), { code: 'INVALID_ARGUMENT' });
  }
});

test('permits of one program are given back one by one, in whatever order', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf('concoord.object.semaphore.Semaphore', 1);
  await using semaphore = new Semaphore(bootstrapOf(ports));
  await semaphore.__concoordinit__(2);
  const first = await semaphore.hold();
  const second = await semaphore.hold();
  const before = await placesOf(semaphore);
  await second.release();
  const after = await placesOf(semaphore);
  deepEqual(after[0]?.owners, before[0]?.owners.slice(0, 1), 'the first still has its own');
  await first.release();
  equal(await semaphore.__repr__(), '<DSemaphore count=2>');

  await semaphore.__concoordinit__(1, { leased: false });
  await rejects(semaphore.hold(), {
    code: 'INVALID_ARGUMENT',
    message: 'hold(): acquire() gave a permit that belongs to no session, so it cannot be held',
    remedy: /^Use acquire\(\) and release\(\), or a semaphore whose permits are leased/,
    outcome: 'not-applied',
  });
  equal(await semaphore.__repr__(), '<DSemaphore count=1>', 'nothing is left over');
});

test('bounded semaphores and re-entrant locks are held in the same way', async () => {
  await using stage = new Stage();
  const rlock = await stage.instanceOf('concoord.object.rlock.RLock', 1);
  await using lock = new RLock(bootstrapOf(rlock.ports));
  const outer = await lock.hold();
  const inner = await lock.hold();
  equal(inner.fence, outer.fence, 'one owner has one fence');
  await outer.release();
  const [place] = await placesOf(lock);
  equal(place?.owners.length, 1);
  await inner.release();
  equal(await lock.locked(), false);

  const bounded = await stage.instanceOf('concoord.object.boundedsemaphore.BoundedSemaphore', 1);
  await using semaphore = new BoundedSemaphore(bootstrapOf(bounded.ports));
  await using permit = await semaphore.hold({ timeoutMs: 1000 });
  equal(await semaphore.__repr__(), '<DBoundedSemaphore count=0 init=1>');
  await permit.release();
  equal(await semaphore.__repr__(), '<DBoundedSemaphore count=1 init=1>');
});

test('whoever holds something hears when the object is replaced', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf(LOCK, 1);
  await using lock = new Lock(bootstrapOf(ports));
  const held = await hold(lock);
  await lock.__concoordinit__();
  const reason = await lost(held);
  ok(reason instanceof ConCoordError);
  equal(reason.code, 'LEASE_EXPIRED');
  await held.release();
  equal(await lock.locked(), false);
});
