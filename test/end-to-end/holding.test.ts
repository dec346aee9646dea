/** What programs own: acquired, kept alive, given back, seen and ended by an operator. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AbortError, ConCoordError, hold, invoke } from '../../src/client/index.ts';
import type { Held } from '../../src/client/index.ts';
import { BoundedSemaphore } from '../../src/proxy/boundedsemaphore.ts';
import { Lock } from '../../src/proxy/lock.ts';
import { RLock } from '../../src/proxy/rlock.ts';
import { Semaphore } from '../../src/proxy/semaphore.ts';
import { addressOf, bootstrapOf, Stage } from './kit.ts';

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
  await rejects(semaphore.hold(), { code: 'INVALID_ARGUMENT' });
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

test('concoord locks shows who owns and who waits, and ends either', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf(LOCK, 2);
  const [address = ''] = ports.map(addressOf);
  await using owner = new Lock(bootstrapOf(ports));
  await using waiter = new Lock(bootstrapOf(ports));
  const idle = await stage.run('locks', address);
  const held = await owner.hold();
  const waiting = waiter.acquire();
  waiting.catch(() => undefined);
  await waiter.locked();

  const people = await stage.run('LOCKS', address);
  const json = await stage.run('locks', ports.map(addressOf).join(','), '--json');

  deepEqual([idle.code, people.code, json.code], [0, 0, 0], people.stderr + json.stderr);
  equal(idle.stdout, 'nobody owns anything, and nobody waits\n');
  const [place] = JSON.parse(json.stdout).places;
  const [{ session, call, fence }] = place.owners;
  equal(fence, String(held.fence));
  equal(place.place, `<DLock owner=${session}>`);
  const [behind] = place.waiters;
  equal(
    people.stdout,
    `<DLock owner=${session}>\n  owner   ${session}:${call}  fence ${fence}\n` +
      `  waiter  ${behind.session}:${behind.call}\n`,
  );

  const ended = await stage.run('locks', address, '--end', `${behind.session}:${behind.call}`);
  equal(ended.code, 0, ended.stderr);
  match(ended.stdout, /^will end the wait of \d+:\d+ at <DLock owner=\d+>.*\nended \d+:\d+\n$/);
  await rejects(waiting, { name: 'RuntimeError', message: 'an operator has ended this call' });

  const broken = await stage.run('locks', address, '--end', `${session}:${call}`);
  match(broken.stdout, /^will take <DLock owner=\d+> from \d+:\d+/);
  equal(((await lost(held)) as ConCoordError).code, 'LEASE_EXPIRED');
  equal(await waiter.locked(), false);

  const again = await stage.run('locks', address, '--end', `${session}:${call}`);
  equal(again.code, 1);
  match(again.stderr, /^concoord: \d+:\d+ owns nothing and waits for nothing.*\n$/);
  const wrong = await stage.run('locks', address, '--end', 'x');
  equal(wrong.code, 2);
  match(wrong.stderr, /^concoord: --end: 'x' is no call: write SESSION:NUMBER/);
});

test('concoord locks says what is in its way', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instance(1);
  const nothing = await stage.run('locks', addressOf(ports[0] as number));
  equal(nothing.stdout, 'nobody owns anything, and nobody waits\n');
  const nobody = await stage.run('locks', '127.0.0.1:1');
  equal(nobody.code, 1);
  match(nobody.stderr, /^concoord: .*127\.0\.0\.1:1/);
  equal((await stage.run('locks', 'nonsense')).code, 2);

  const secret = join(stage.folder, 'secret');
  writeFileSync(secret, 'sesame', { mode: 0o600 });
  const guarded = await stage.instanceOf(LOCK, 1, '--token-file', secret);
  const address = addressOf(guarded.ports[0] as number);
  await using lock = new Lock(address, { token: 'sesame' });
  await using held = await lock.hold({ owner: 'a\n\u001b[2J' });
  const refused = await stage.run('locks', address);
  equal(refused.code, 1);
  match(refused.stderr, /UNAUTHORIZED/);
  const told = await stage.run('locks', address, '--token-file', secret);
  equal(told.code, 0, told.stderr);
  match(
    told.stdout,
    /^<DLock owner=\d+\/a\\u\{a\}\\u\{1b\}\[2J>\n {2}owner {3}\d+:\d+ {2}fence \d+\n$/,
  );
  ok(told.stdout.includes(String(held.fence)));
});
