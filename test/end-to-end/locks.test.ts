/** `concoord locks`: who owns what of an object, and who waits for it. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConCoordError } from '../../src/client/index.ts';
import { Lock } from '../../src/proxy/lock.ts';
import { addressOf, bootstrapOf, Stage } from './kit.ts';

const LOCK = 'concoord.object.lock.Lock';

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
  if (!held.signal.aborted) await once(held.signal, 'abort');
  const reason: unknown = held.signal.reason;
  ok(reason instanceof ConCoordError);
  equal(reason.code, 'LEASE_EXPIRED');
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
