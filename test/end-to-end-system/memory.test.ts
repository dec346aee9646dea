/** Full load for long: what a replica holds in memory and on disk stays within bounds. */
import { ok } from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Callers } from '../end-to-end/callers.ts';
import { allLevel, bootstrapOf, Stage } from '../end-to-end/kit.ts';
import { residentMiB } from '../end-to-end/raw.ts';
import { FULL_LOAD, LOAD_SECONDS } from './size.ts';

const MOST_RESIDENT_MIB = 256;
const MOST_DIRECTORY_MIB = 256;
const LOOK_EVERY_MS = 250;

function directoryMiB(path: string): number {
  let bytes = 0;
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // A segment may be recycled, under another name, while we look.
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes / 1024 / 1024;
}

for (const disk of [true, false]) {
  const where = disk ? 'with disks' : 'in memory';
  test(`replicas ${where} stay within their memory under load`, async (t) => {
    await using stage = new Stage();
    const { ports, replicas } = await stage.instance(3, ...(disk ? ['-w'] : []));
    await allLevel(ports, 3);
    await using callers = new Callers(bootstrapOf(ports), {
      callers: 512,
      proxies: 16,
      ...FULL_LOAD,
    });
    const resident = new Map<number, number>();
    let directory = 0;
    const end = performance.now() + LOAD_SECONDS * 1000;
    while (performance.now() < end) {
      await callers.more(1);
      for (const { pid } of replicas) {
        resident.set(pid, Math.max(resident.get(pid) ?? 0, residentMiB(pid)));
      }
      if (disk) {
        for (const port of ports) {
          const path = join(stage.folder, 'concoord-data', `127.0.0.1-${port}`);
          directory = Math.max(directory, directoryMiB(path));
        }
      }
      await pause(LOOK_EVERY_MS);
    }
    await callers.expectExact();
    const most = Math.max(...resident.values());
    const rate = Math.round(callers.acknowledged / LOAD_SECONDS);
    const each = [...resident.values()].map((mib) => Math.round(mib)).join(', ');
    t.diagnostic(
      `${rate} calls/s; resident at most ${each} MiB; directory ${Math.round(directory)} MiB`,
    );
    ok(most <= MOST_RESIDENT_MIB, `${most} MiB resident`);
    ok(directory <= MOST_DIRECTORY_MIB, `${directory} MiB in a directory`);
  });
}
