import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { nodeDisk } from './files.ts';
import { pacedDisk, SyncPace } from './sync-pace.ts';

/** A pace, and syncs of so many ms that it is told of. */
function start(): {
  readonly pace: SyncPace;
  readonly sync: (where: 'loop' | 'thread', ms: number, times?: number) => void;
  readonly wait: (ms: number) => void;
} {
  let now = 1000;
  const pace = new SyncPace(() => now);
  return {
    pace,
    sync: (where, ms, times = 1) => {
      for (let n = 0; n < times; n++) {
        const began = now;
        now += ms;
        pace.took(where, began);
      }
    },
    wait: (ms) => {
      now += ms;
    },
  };
}

test('a disk of which little is known is left to threads, and so is a slow one', () => {
  const { pace, sync } = start();
  equal(pace.isQuick, false);
  sync('thread', 0.1, 10);
  equal(pace.isQuick, false);
  sync('thread', 5, 1000);
  equal(pace.isQuick, false);

  sync('thread', 0.1, 50);
  equal(pace.isQuick, true);
});

test('one that becomes slow is left to threads from then on', () => {
  const { pace, sync } = start();
  sync('thread', 0.1, 50);
  sync('loop', 0.1, 1000);
  equal(pace.isQuick, true);

  sync('loop', 8, 10);

  equal(pace.isQuick, false);
});

/** For how many seconds the loop waits for no sync, once it has been made to wait for `ms`. */
function sparedFor({ pace, sync, wait }: ReturnType<typeof start>, ms: number): number {
  sync('thread', 0.1, 100);
  equal(pace.isQuick, true);
  sync('loop', ms);
  sync('thread', 0.001, 100);
  let tenths = 0;
  for (; !pace.isQuick; tenths++) wait(100);
  return tenths / 10;
}

test('a disk that pauses is left to threads for twenty times as long, however often', () => {
  const told = start();
  deepEqual(
    [49, 50, 60, 199, 60].map((ms) => sparedFor(told, ms)),
    [0, 1, 1.2, 4, 1.2],
  );
});

test('one that makes the loop stand still is left to threads twice as long every time', () => {
  const told = start();
  deepEqual(
    Array.from({ length: 9 }, () => sparedFor(told, 200)),
    [30, 60, 120, 240, 480, 960, 1920, 3600, 3600],
  );

  told.wait(3_500_000);
  equal(sparedFor(told, 200), 3600);
  told.wait(3_601_000);
  equal(sparedFor(told, 200), 30);
  equal(sparedFor(told, 200), 60);
});

test('that a thread was late says nothing of the disk for long', () => {
  const { pace, sync } = start();
  sync('thread', 0.1, 50);
  sync('thread', 100);
  sync('thread', 0.1, 50);
  equal(pace.isQuick, true);
});

test('while other files are synced the log is left to threads, also when that fails', async () => {
  const under: { readonly done: () => void; readonly failed: (error: Error) => void }[] = [];
  const sync = (): Promise<void> =>
    new Promise((done, failed) => {
      under.push({ done, failed });
    });
  const { disk, pace } = pacedDisk({ ...nodeDisk, sync }, () => 1000);
  for (let n = 0; n < 100; n++) pace.took('thread', 1000);
  equal(pace.isQuick, true);

  const first = disk.sync(3);
  const second = disk.sync(4);
  equal(pace.isQuick, false);
  under[0]?.done();
  await first;
  equal(pace.isQuick, false);
  under[1]?.failed(new Error('EIO'));
  await rejects(second, /EIO/);
  equal(pace.isQuick, true);
});
