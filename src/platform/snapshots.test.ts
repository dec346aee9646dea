import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Random } from '../base/index.ts';
import type { SnapshotPort } from '../host/index.ts';
import type { SnapshotName } from '../paxos/index.ts';
import { nodeDisk } from './files.ts';
import type { Disk } from './files.ts';
import { MemorySnapshots } from './memory-snapshots.ts';
import { openSnapshots } from './snapshot-store.ts';
import type { SnapshotOptions } from './snapshot-store.ts';
import { eventually, pause, scratchDirectory, TestInbox, unexpected } from './test-kit.ts';
import { randomBytes } from './test-kit.ts';

interface World {
  readonly inbox: TestInbox;
  readonly port: SnapshotPort;
  close(): Promise<void>;
}

async function onDisk(directory: string, options: SnapshotOptions = {}): Promise<World> {
  const inbox = new TestInbox();
  const small = { reserveBytes: 64 * 1024, ...options };
  const store = await openSnapshots(directory, inbox, unexpected, small);
  return { inbox, port: store.port, close: () => store.close() };
}

function inMemory(): Promise<World> {
  const inbox = new TestInbox();
  const port = new MemorySnapshots(inbox, unexpected);
  return Promise.resolve({ inbox, port, close: () => Promise.resolve() });
}

const WORLDS = {
  memory: inMemory,
  disk: (t: TestContext) => onDisk(scratchDirectory(t)),
} as const;

async function save(world: World, slot: number, state: Uint8Array): Promise<SnapshotName> {
  world.port.save(slot, Uint8Array.of(1, 2, 3), state);
  return (await world.inbox.take('snapshotTaken')).snapshot;
}

function read(
  world: World,
  name: SnapshotName,
  offset: number,
  length: number,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    world.port.readChunk(name, offset, length, resolve);
  });
}

function complete(
  world: World,
  name: SnapshotName,
): Promise<{ readonly header: Uint8Array; readonly state: Uint8Array } | undefined> {
  return new Promise((resolve) => {
    world.port.complete(name, resolve);
  });
}

/** Sends chunks as a peer would, until the receiver has `until` bytes. */
async function transfer(from: World, to: World, name: SnapshotName, until: number): Promise<void> {
  for (let offset = 0; offset < until;) {
    const chunk = await read(from, name, offset, 10_000);
    assert(chunk !== undefined);
    to.port.storeChunk(name, offset, chunk);
    offset = (await to.inbox.take('chunkStored')).offset;
  }
}

for (const [from, openFrom] of Object.entries(WORLDS)) {
  for (const [to, openTo] of Object.entries(WORLDS)) {
    test(`a snapshot travels in chunks from ${from} to ${to}`, async (t) => {
      const [sender, receiver] = [await openFrom(t), await openTo(t)];
      const state = randomBytes(new Random(7), 123_456);
      const name = await save(sender, 42, state);
      assert.equal(name.slot, 42);
      assert.match(name.hash, /^[0-9a-f]{32}$/);

      await transfer(sender, receiver, name, name.bytes);
      const content = await complete(receiver, name);

      assert.deepEqual(content, { header: Uint8Array.of(1, 2, 3), state });
      assert.deepEqual(await read(receiver, name, 11, 1000), state.subarray(0, 1000));
      await sender.close();
      await receiver.close();
    });
  }
}

for (const [kind, openWorld] of Object.entries(WORLDS)) {
  test(`the same state at the same slot has the same name (${kind})`, async (t) => {
    const [one, other] = [await openWorld(t), await inMemory()];

    const names = [await save(one, 5, Uint8Array.of(9)), await save(other, 5, Uint8Array.of(9))];

    assert.deepEqual(names[0], names[1]);
    await one.close();
  });

  test(`chunks out of place are not taken; the answer says where to go on (${kind})`, async (t) => {
    const world = await openWorld(t);
    const name = { slot: 3, bytes: 100, hash: '0'.repeat(32) };

    const offsets: number[] = [];
    for (const [offset, length] of [
      [0, 40],
      [0, 40],
      [50, 10],
      [40, 61],
      [40, 60],
    ] as const) {
      world.port.storeChunk(name, offset, new Uint8Array(length));
      offsets.push((await world.inbox.take('chunkStored')).offset);
    }

    assert.deepEqual(offsets, [40, 40, 40, 40, 100]);
    assert.equal(await complete(world, name), undefined, 'its hash is another');
    world.port.storeChunk(name, 40, new Uint8Array(60));
    assert.equal((await world.inbox.take('chunkStored')).offset, 0, 'nothing of it is kept');
    await world.close();
  });

  test(`older snapshots go, unless they are being read (${kind})`, async (t) => {
    const world = await openWorld(t);
    const first = await save(world, 1, Uint8Array.of(1));
    await save(world, 2, Uint8Array.of(2));
    const read3 = await save(world, 3, Uint8Array.of(3));
    assert.equal(await read(world, first, 0, 100), undefined);

    assert.equal((await read(world, read3, 0, 4))?.length, 4);
    await save(world, 4, Uint8Array.of(4));
    const newest = await save(world, 5, Uint8Array.of(5));

    assert.equal((await read(world, read3, 4, 100))?.length, read3.bytes - 4);
    assert.equal((await read(world, newest, 0, 100))?.length, newest.bytes);
    await world.close();
  });
}

test('the newest snapshot is there after a restart', async (t) => {
  const directory = scratchDirectory(t);
  const world = await onDisk(directory);
  for (let slot = 1; slot <= 4; slot++) await save(world, slot, Uint8Array.of(slot));
  await world.close();

  const store = await openSnapshots(directory, new TestInbox(), unexpected, { reserveBytes: 0 });

  assert.equal(store.newest?.name.slot, 4);
  assert.deepEqual(store.newest.state, Uint8Array.of(4));
  const files = readdirSync(directory).filter((file) => file.startsWith('snapshot-'));
  assert.equal(files.length, 2, 'the newest and the one before');
  await store.close();
});

test('a transfer goes on after a restart of the receiver', async (t) => {
  const sender = await inMemory();
  const name = await save(sender, 8, randomBytes(new Random(3), 50_000));
  const directory = scratchDirectory(t);
  const first = await onDisk(directory);
  await transfer(sender, first, name, 20_000);
  await first.close();

  const second = await onDisk(directory);
  second.port.storeChunk(name, 0, new Uint8Array(10));

  assert.equal((await second.inbox.take('chunkStored')).offset, 20_000);
  const rest = await read(sender, name, 20_000, 40_000);
  assert(rest !== undefined);
  second.port.storeChunk(name, 20_000, rest);
  assert.equal((await second.inbox.take('chunkStored')).offset, name.bytes);
  assert.notEqual(await complete(second, name), undefined);
  await second.close();
});

test('a damaged snapshot is an error that names it', async (t) => {
  const directory = scratchDirectory(t);
  const world = await onDisk(directory);
  await save(world, 1, randomBytes(new Random(1), 1000));
  await world.close();
  const file = readdirSync(directory).find((name) => name.startsWith('snapshot-')) as string;
  const bytes = readFileSync(join(directory, file));
  bytes[500] = (bytes[500] as number) ^ 1;
  writeFileSync(join(directory, file), bytes);

  await assert.rejects(onDisk(directory), { code: 'CORRUPT_DATA', message: new RegExp(file) });
});

test('what a crash left half written is ignored', async (t) => {
  const directory = scratchDirectory(t);
  const world = await onDisk(directory);
  await save(world, 1, Uint8Array.of(1));
  await world.close();
  cpSync(join(directory, 'reserve'), join(directory, 'saving'));

  const again = await onDisk(directory);

  assert(!readdirSync(directory).includes('saving'));
  await again.close();
});

test('on a full disk the reserved space holds one more snapshot, and the next waits', async (t) => {
  let used = 0;
  let limit = Infinity;
  const bounded: Disk = {
    ...nodeDisk,
    write(fd, bytes, at) {
      const error = Object.assign(new Error('no space'), { code: 'ENOSPC' });
      if (used + bytes.length > limit) return Promise.reject(error);
      used += bytes.length;
      return nodeDisk.write(fd, bytes, at);
    },
  };
  const directory = scratchDirectory(t);
  const world = await onDisk(directory, { disk: bounded });
  await eventually(() => used === 64 * 1024, 'the reserve');

  limit = used + 100;
  world.port.save(1, Uint8Array.of(1), new Uint8Array(50_000));
  await eventually(() => !readdirSync(directory).includes('reserve'), 'the reserve given up');
  // What deleting a file gives back, the disk of this test has to be told.
  limit = used + 60_000;
  await world.inbox.take('snapshotTaken');

  limit = used;
  world.port.save(2, Uint8Array.of(1), new Uint8Array(50_000));
  await pause(50);
  assert.equal(world.inbox.events.length, 0);
  limit = Infinity;
  assert.equal((await world.inbox.take('snapshotTaken')).snapshot.slot, 2);
  await world.close();
});

test('a large snapshot does not hold up the event loop', async (t) => {
  const world = await onDisk(scratchDirectory(t));
  const state = new Uint8Array(64 * 1024 * 1024).fill(7);
  const gaps: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    gaps.push(performance.now() - last);
    last = performance.now();
  }, 1);

  const name = await save(world, 1, state);
  clearInterval(timer);

  assert(name.bytes > state.length);
  gaps.sort((a, b) => a - b);
  // The median, because a busy machine may hold up any single turn.
  assert((gaps[gaps.length >> 1] as number) < 10, `turns took ${gaps.slice(-3).join(', ')} ms`);
  await world.close();
});
