/** The power fails everywhere at once: what was not synced is gone, what was acknowledged is not. */
import { deepEqual, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allLevel, bootstrapOf, COUNTER, Stage } from '../end-to-end/kit.ts';
import { freePorts } from '../end-to-end/ports.ts';
import { cutPower } from '../end-to-end/power-cut.ts';
import { FULL_LOAD, sized } from './size.ts';
import { Shim } from './unsynced.ts';
import type { Sync } from './unsynced.ts';

const CALLS = 200;

test('the processes are killed again and again, under 64 callers', async () => {
  await cutPower({ rounds: 10, between: 1000, load: FULL_LOAD });
});

test('a process behind the shim loses exactly what it did not sync', () => {
  using shim = new Shim();
  const folder = mkdtempSync(join(tmpdir(), 'concoord-shim-test-'));
  const file = join(folder, 'file');
  const script = `
    const fs = require('node:fs');
    const fd = fs.openSync(${JSON.stringify(file)}, 'w+');
    fs.writeSync(fd, 'kept', 0);
    fs.fdatasyncSync(fd);
    fs.writeSync(fd, 'lost', 4);
    process.stdout.write(fs.readFileSync(${JSON.stringify(file)}, 'latin1'));
    process.kill(process.pid, 'SIGKILL');
  `;
  const env = { ...process.env, ...shim.env(folder, { log: 'syncs' }) };

  const { stdout, signal } = spawnSync(process.execPath, ['-e', script], { env });
  const left = readFileSync(file, 'latin1');
  rmSync(folder, { recursive: true });

  deepEqual([stdout.toString(), signal, left], ['keptlost', 'SIGKILL', 'kept\0\0\0\0']);
  deepEqual(
    shim.syncs('syncs').map(({ bytes, path }) => [bytes, path]),
    [[4, realpathSync(tmpdir()) + file.slice(tmpdir().length)]],
  );
});

for (const torn of [0, 50]) {
  const rest = torn === 0 ? 'nothing' : 'some sectors';
  test(`what was not synced is lost, ${rest} of it excepted, under 64 callers`, async () => {
    using shim = new Shim();
    const rounds = sized(5, 10);
    await cutPower({ rounds, between: 500, env: (folder) => shim.env(folder, { torn }) });
  });
}

test('a majority has synced before each call is acknowledged', async () => {
  using shim = new Shim();
  await using stage = new Stage();
  const ports = await freePorts(3);
  for (const port of ports) {
    const flags = port === ports[0] ? ['-o', COUNTER] : ['-b', addressOf(ports[0] as number)];
    const env = shim.env(stage.folder, { log: String(port) });
    await stage.replica(port, ['-w', ...flags], { env });
  }
  await allLevel(ports, 3);
  await using counter = new Counter(bootstrapOf(ports));
  await counter.increment();

  const calls: { readonly began: bigint; readonly ended: bigint }[] = [];
  for (let i = 0; i < CALLS; i++) {
    const began = process.hrtime.bigint();
    await counter.increment();
    calls.push({ began, ended: process.hrtime.bigint() });
  }
  const logs = ports.map((port) =>
    shim.syncs(String(port)).filter(({ path }) => /\/log\/wal-\d+$/.test(path)),
  );

  const within = (sync: Sync, { began, ended }: (typeof calls)[number]): boolean =>
    sync.began >= began && sync.ended <= ended;
  for (const call of calls) {
    const synced = logs.filter((syncs) => syncs.some((sync) => within(sync, call))).length;
    ok(synced >= 2, `${synced} of 3 replicas had synced when a call was acknowledged`);
  }
});
