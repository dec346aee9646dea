import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { nodeDisk } from './files.ts';
import type { Disk } from './files.ts';
import { eventually, scratchDirectory, TestInbox } from './test-kit.ts';
import { openWal } from './wal.ts';
import { accepted, open, QUICK, SMALL } from './wal-test-kit.ts';

test('everything that is queued during a sync shares the next one', async (t) => {
  let syncs = 0;
  const counting: Disk = {
    ...nodeDisk,
    syncData(fd) {
      syncs += 1;
      return nodeDisk.syncData(fd);
    },
  };
  const life = open(scratchDirectory(t), { segmentBytes: SMALL, disk: counting });
  await life.write([accepted(1)]);
  syncs = 0;

  for (let slot = 2; slot <= 101; slot++) life.wal.port.append([accepted(slot)], slot);
  await life.inbox.untilDurable(101);

  assert.equal(syncs, 1);
  await life.wal.close();
});

test('a full disk keeps the data queued and says so; space makes it durable', async (t) => {
  const full = { now: false };
  const life = open(scratchDirectory(t), { segmentBytes: SMALL, disk: diskThat(full) });
  await life.write([accepted(1)]);

  full.now = true;
  life.wal.port.append([accepted(2)], 2);
  assert.deepEqual(await life.inbox.take('disk'), { kind: 'disk', state: 'full' });
  assert.equal(life.inbox.position, 1);

  full.now = false;
  await life.inbox.untilDurable(2);
  assert.deepEqual(await life.inbox.take('disk'), { kind: 'disk', state: 'free' });
  await life.wal.close();
});

function diskThat(full: { now: boolean }): Disk {
  return {
    ...nodeDisk,
    write(fd, bytes, at) {
      const error = Object.assign(new Error('no space'), { code: 'ENOSPC' });
      return full.now ? Promise.reject(error) : nodeDisk.write(fd, bytes, at);
    },
  };
}

test('when no segment can be prepared, a whole one is still left for promises', async (t) => {
  // Zeros are what preparation writes: only new space runs out, as on a real disk.
  const noSpace: Disk = {
    ...nodeDisk,
    write(fd, bytes, at) {
      const error = Object.assign(new Error('no space'), { code: 'ENOSPC' });
      const prepares = bytes.every((byte) => byte === 0);
      return prepares && spare ? Promise.reject(error) : nodeDisk.write(fd, bytes, at);
    },
  };
  let spare = false;
  const directory = scratchDirectory(t);
  const life = open(directory, { segmentBytes: SMALL, disk: noSpace });
  await life.write([accepted(1)]);
  await eventually(() => readdirSync(directory).length === 2, 'a spare segment');
  spare = true;

  let slot = 1;
  while (life.inbox.events.length === 0) await life.write([accepted(++slot, 900)]);
  assert.deepEqual(life.inbox.events.pop(), { kind: 'disk', state: 'full' });
  for (let round = 1; round <= 50; round++) {
    await life.write([{ kind: 'promised', ballot: { round, leader: 1 } }]);
  }

  life.wal.port.truncate(slot);
  assert.deepEqual(await life.inbox.take('disk'), { kind: 'disk', state: 'free' });
  await life.wal.close();
});

test('closing on a full disk does not hang', async (t) => {
  const full = { now: false };
  const life = open(scratchDirectory(t), { segmentBytes: SMALL, disk: diskThat(full) });
  await life.write([accepted(1)]);
  full.now = true;
  life.wal.port.append([accepted(2)], 2);
  await life.inbox.take('disk');

  await life.wal.close();

  assert.equal(life.inbox.position, 1);
});

test('a failed sync is fatal and nothing is reported durable after it', async (t) => {
  let syncs = 0;
  const failing: Disk = {
    ...nodeDisk,
    syncData(fd) {
      const error = Object.assign(new Error('input/output error'), { code: 'EIO' });
      return ++syncs === 2 ? Promise.reject(error) : nodeDisk.syncData(fd);
    },
  };
  const inbox = new TestInbox();
  const failures: Error[] = [];
  const options = { segmentBytes: SMALL, disk: failing };
  const wal = openWal(scratchDirectory(t), inbox, (error) => failures.push(error), options);
  wal.port.append([accepted(1)], 1);
  await inbox.untilDurable(1);

  wal.port.append([accepted(2)], 2);
  await eventually(() => failures.length > 0, 'the failure');
  wal.port.append([accepted(3)], 3);
  await wal.close();

  assert.deepEqual(
    failures.map((error) => error.message),
    ['input/output error'],
  );
  assert.equal(inbox.position, 1);
  assert.equal(syncs, 2);
});

test('a quick disk is waited for, behind what was about to leave', async (t) => {
  const said: string[] = [];
  const disk: Disk = {
    ...nodeDisk,
    syncDataNow(fd) {
      said.push('sync');
      nodeDisk.syncDataNow(fd);
    },
  };
  const flush = (): void => void said.push(`flush at ${life.inbox.position}`);
  const life = open(scratchDirectory(t), { segmentBytes: SMALL, disk, pace: QUICK, flush });
  await life.write([accepted(1)]);
  await turn();

  life.wal.port.append([accepted(2), accepted(3)], 3);
  assert.equal(life.inbox.position, 3);
  assert.deepEqual(said, ['flush at 1', 'sync', 'flush at 3']);

  // What takes longer is not waited for.
  life.wal.port.append([accepted(4, 8000)], 4);
  life.wal.port.append([accepted(5)], 5);
  assert.equal(life.inbox.position, 3);
  await life.inbox.untilDurable(5);
  assert.equal(said.length, 3);
  await life.wal.close();
});

test('a disk that is full when it is waited for makes everything wait as ever', async (t) => {
  const full = { now: false };
  const disk: Disk = {
    ...diskThat(full),
    writeNow(fd, bytes, at) {
      if (full.now) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      nodeDisk.writeNow(fd, bytes, at);
    },
  };
  const directory = scratchDirectory(t);
  const life = open(directory, { segmentBytes: SMALL, disk, pace: QUICK });
  await life.write([accepted(1)]);
  await turn();
  full.now = true;
  life.wal.port.append([accepted(2)], 2);
  assert.deepEqual(await life.inbox.take('disk'), { kind: 'disk', state: 'full' });

  full.now = false;
  await life.inbox.untilDurable(2);
  await turn();
  life.wal.port.append([accepted(3)], 3);
  assert.equal(life.inbox.position, 3);
  await life.wal.close();
  const { wal } = open(directory);
  assert.deepEqual(
    wal.recovered.records.map((record) => 'slot' in record && record.slot),
    [1, 2, 3],
  );
  await wal.close();
});

test('what fails while it is waited for is fatal, once', async (t) => {
  for (const failing of ['writeNow', 'syncDataNow'] as const) {
    const disk: Disk = {
      ...nodeDisk,
      [failing]: () => {
        throw Object.assign(new Error(`${failing} failed`), { code: 'EIO' });
      },
    };
    const inbox = new TestInbox();
    const failures: string[] = [];
    const options = { segmentBytes: SMALL, disk, pace: QUICK };
    const fatal = (error: Error): void => void failures.push(error.message);
    const wal = openWal(scratchDirectory(t), inbox, fatal, options);
    wal.port.append([accepted(1, 8000)], 1);
    await inbox.untilDurable(1);
    await turn();

    wal.port.append([accepted(2)], 2);
    assert.deepEqual(failures, [`${failing} failed`]);
    wal.port.append([accepted(3)], 3);
    await wal.close();

    assert.equal(failures.length, 1);
    assert.equal(inbox.position, 1);
  }
});
