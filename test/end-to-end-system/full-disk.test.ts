/** A disk without space, on a small file system of its own (root): no loss, no lie, and no end. */
import { equal, match, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConCoordError, invoke, outcome } from '../../src/client/index.ts';
import type { StatusReport } from '../../src/platform/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { Callers } from '../end-to-end/callers.ts';
import {
  addressOf,
  allAlive,
  allLevel,
  bootstrapOf,
  COUNTER,
  eventually,
  leaderOf,
  Stage,
  statusOf,
} from '../end-to-end/kit.ts';
import { freePorts } from '../end-to-end/ports.ts';
import { needRoot } from './needs.ts';

const MiB = 1024 * 1024;
/** An argument that the method ignores, and the log has to hold. */
const BALLAST = 'x'.repeat(200_000);
/** So often may office be handed over in a few seconds in which no replica has space. */
const MOST_HOPS = 12;

/** How many campaigns there have been. */
function roundOf({ ballot }: StatusReport): number {
  return Number(ballot.split('.')[0]);
}

/** A file system with little space. */
class SmallDisk {
  readonly path: string;
  readonly #filler: string;

  constructor(stage: Stage, mib: number) {
    needRoot('it mounts a small file system');
    this.path = join(stage.folder, 'small');
    this.#filler = join(this.path, 'filler');
    mkdirSync(this.path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', this.path]);
  }

  /** Takes all the space that is left. */
  fill(): void {
    const fd = openSync(this.#filler, 'a');
    for (let bytes = MiB; bytes >= 512; bytes /= 2) {
      try {
        for (;;) writeSync(fd, Buffer.alloc(bytes));
      } catch (error) {
        equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    }
    closeSync(fd);
  }

  free(): void {
    rmSync(this.#filler);
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--lazy', this.path]);
  }
}

/** Increments with ballast until `done`; each counts like one of the callers' own. */
async function press(callers: Callers, done: () => boolean): Promise<void> {
  while (!done()) {
    callers.tally.started++;
    await invoke(callers.proxy, 'increment', [BALLAST]);
    callers.tally.acknowledged++;
  }
}

test('a leader whose disk is full hands over, and comes back when there is space', async () => {
  await using stage = new Stage();
  using disk = new SmallDisk(stage, 160);
  const ports = await freePorts(3);
  const [tight = 0, ...others] = ports;
  const directory = join(disk.path, 'data');
  const small = await stage.replica(tight, ['-w', '-o', COUNTER, '--data-dir', directory]);
  for (const port of others) await stage.replica(port, ['-w', '-b', addressOf(tight)]);
  await allLevel(ports, 3);
  equal((await leaderOf(ports)).port, tight);
  await using callers = new Callers(bootstrapOf(ports));
  await callers.more(200);
  disk.fill();

  let handedOver = false;
  const watch = leaderOf(others).then(() => (handedOver = true));
  await press(callers, () => handedOver);
  await watch;
  await callers.more(2000);
  ok(small.running, small.stderr);
  match(small.stderr, /the disk is full/, 'the log says why');

  disk.free();
  await small.printed('stderr', /the disk has space again/);
  await allAlive(ports, 3);
  await eventually('it takes office again', async () => {
    const { code } = await stage.run('transfer', addressOf(tight), addressOf(tight));
    return code === 0 ? true : undefined;
  });
  await callers.more(200);
  equal((await leaderOf(ports)).port, tight, 'it can lead again');
  await callers.expectExact();
  equal(callers.tally.acknowledged, callers.tally.started, 'no call failed');
  await using alone = new Counter(addressOf(tight));
  equal(await alone.getvalue(), callers.tally.expected);
});

test('when all disks are full calls wait or fail as retryable, and go on with space', async (t) => {
  await using stage = new Stage();
  using disk = new SmallDisk(stage, 400);
  const ports = await freePorts(3);
  for (const port of ports) {
    const boot = port === ports[0] ? ['-o', COUNTER] : ['-b', addressOf(ports[0] as number)];
    await stage.replica(port, ['-w', ...boot, '--data-dir', join(disk.path, String(port))]);
  }
  await allLevel(ports, 3);
  await using counter = new Counter(bootstrapOf(ports), { timeoutMs: 3000 });
  let applied = 0;
  disk.fill();

  const full = await eventually('a call that does not get through', async () => {
    try {
      await invoke(counter, 'increment', [BALLAST]);
      applied++;
      return undefined;
    } catch (error) {
      return error;
    }
  });
  ok(full instanceof ConCoordError, String(full));
  t.diagnostic(`${full.code}, ${full.outcome}: ${full.message}`);
  match(full.code, /^(DISK_FULL|TIMEOUT|OVERLOADED|NO_QUORUM)$/);
  const before = await leaderOf(ports);
  const again: unknown = await counter.increment().catch((error: unknown) => error);
  ok(again instanceof ConCoordError, String(again));
  const after = await leaderOf(ports);
  const hops = roundOf(after) - roundOf(before);
  ok(hops <= MOST_HOPS, `office went round ${hops} times while nobody had space`);
  for (const port of ports) ok((await statusOf(port)).decided > 0, 'it answers its operator');
  await using reader = new Counter(bootstrapOf(ports), { timeoutMs: 10_000 });
  equal(await reader.getvalue(), applied, 'what was acknowledged can be read');

  disk.free();
  await counter.with({ timeoutMs: 30_000 }).increment();
  applied++;
  for (const { outcome: known, requestId = '' } of [full, again]) {
    if (known === 'unknown' && (await outcome(counter, requestId)).applied) applied++;
  }
  equal(await counter.getvalue(), applied);
  await allLevel(ports, 3);
});
