/** Replicas on two versions of Node.js, in other zones and languages, make the same of a million calls. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { limits } from '../../src/base/index.ts';
import { invoke, ObjectProxy, withOptions } from '../../src/client/index.ts';
import { ENVIRONMENTS } from '../end-to-end/environments.ts';
import {
  addressOf,
  allAlive,
  allLevel,
  bootstrapOf,
  leaderOf,
  Stage,
  statusOf,
} from '../end-to-end/kit.ts';
import { freePorts } from '../end-to-end/ports.ts';
import type { Process } from '../end-to-end/process.ts';
import { sized } from './size.ts';

const NEWER = '26.10.0';
const RUN = fileURLToPath(new URL('../end-to-end/varied-run.ts', import.meta.url));
const VARIED = fileURLToPath(new URL('../fixtures/varied', import.meta.url));
const CALLS = sized(100_000, 1_000_000);
const CALLS_AFTER = 20_000;
const PROXIES = 16;
/** Of each proxy. */
const OUTSTANDING = 256;
/** An argument that the method ignores, and the log has to hold. */
const BALLAST = 'x'.repeat(200_000);
const OUTGROWS = Math.ceil(limits.SNAPSHOT_EVERY_BYTES / BALLAST.length) + 1;
const FETCH = /fetches a snapshot from (\S+) /g;

const folder = mkdtempSync(join(tmpdir(), 'concoord-newer-'));
const newer = join(folder, 'node_modules/.bin/node');

before(() => {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const env = { ...process.env };
  // The npm that runs this suite tells its children which project they are in.
  for (const name of Object.keys(env))
    if (/^npm_(?:package|lifecycle)_/.test(name)) delete env[name];
  const args = ['install', '--silent', '--prefer-offline', `node@${NEWER}`];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, env, encoding: 'utf8' });
  equal(status, 0, `this suite needs node@${NEWER} from npm: ${stdout}${stderr}`);
  equal(spawnSync(newer, ['--version'], { encoding: 'utf8' }).stdout.trim(), `v${NEWER}`);
});

after(() => rmSync(folder, { recursive: true, force: true }));

test('in one process after another, results and states are the same on both versions', async () => {
  await using stage = new Stage();
  const engines = [process.execPath, newer];
  const runs = engines.map((engine, at) =>
    stage.start(['20000'], { main: RUN, engine, env: ENVIRONMENTS[at] ?? {} }),
  );
  for (const run of runs) equal((await run.ended(300_000)).code, 0, run.stderr);

  const [older, other] = runs.map(({ stdout }) => stdout.trim().split('\n'));
  equal(older?.length, 40);
  deepEqual(other, older);
});

/** A proxy that gathers calls, as those of type 2. */
class Varied extends ObjectProxy {
  constructor(bootstrap: string) {
    super(bootstrap, { timeoutMs: 120_000 }, 'gathered');
  }
}

/** Calls with the seeds from `first` to `last`, many at a time. */
async function callAll(places: readonly number[], first: number, last: number): Promise<void> {
  let next = first;
  const run = async (): Promise<void> => {
    await using proxy = new Varied(bootstrapOf(places));
    while (next < last) {
      const from = next;
      next = Math.min(last, from + OUTSTANDING);
      await Promise.all(
        Array.from({ length: next - from }, (_, at) => invoke(proxy, 'call', [from + at])),
      );
    }
  };
  await Promise.all(Array.from({ length: PROXIES }, run));
}

/** Makes the log so long that a snapshot takes the place of its beginning: joiners then need that. */
async function outgrowLog(port: number, first: number): Promise<void> {
  await using proxy = new Varied(addressOf(port));
  for (let at = 0; at < OUTGROWS; at++) await invoke(proxy, 'call', [first + at, BALLAST]);
}

/** To one that has everything: another is refused. */
async function transfer(stage: Stage, places: readonly number[], to: number): Promise<void> {
  await allLevel(places, places.length);
  const { code, stderr } = await stage.run('transfer', bootstrapOf(places), addressOf(to));
  equal(code, 0, stderr);
  await leaderOf([to]);
}

/** What each replica itself says that `count` calls have made; it must be one thing, and nobody stopped. */
async function expectSame(
  places: readonly number[],
  replicas: readonly Process[],
  count: number,
): Promise<void> {
  await allLevel(places, places.length);
  const sums = places.map(async (port) => {
    await using proxy = new Varied(addressOf(port));
    return invoke(withOptions(proxy, { read: 'stale' }), 'sum', []);
  });
  const [sum = [], ...others] = (await Promise.all(sums)) as unknown[][];
  equal(sum[0], count);
  for (const other of others) deepEqual(other, sum);
  for (const status of await Promise.all(places.map(statusOf))) equal(status.diverged, false);
  for (const replica of replicas) {
    equal(replica.running, true, replica.stderr);
    equal(/differ|diverge|halt/i.exec(replica.stderr), null, replica.stderr);
  }
}

test(`${CALLS} calls are the same to replicas on both, also after transfers and joins`, async (t) => {
  await using stage = new Stage();
  const ports = await freePorts(5);
  const [founder = 0, second = 0, third = 0, fourth = 0, fifth = 0] = ports;
  const start = (
    port: number,
    at: number,
    engine: string,
    flags: readonly string[],
  ): Promise<Process> =>
    stage.replica(port, flags, {
      engine,
      env: { ...ENVIRONMENTS[at % ENVIRONMENTS.length], CONCOORD_PATH: VARIED },
    });
  const old = process.execPath;
  const boot = ['-b', addressOf(founder)];
  const older = [await start(founder, 0, old, ['-o', 'varied.Varied'])];
  // A newer one takes the snapshot of an older one.
  await outgrowLog(founder, 0);
  await older[0]?.printed('stderr', /took a snapshot/);
  const newerOnes = [await start(second, 1, newer, boot)];
  older.push(await start(third, 2, old, boot));
  const three = [founder, second, third];
  await allAlive(three, 3);

  const began = performance.now();
  await callAll(three, OUTGROWS, OUTGROWS + CALLS);
  const seconds = (performance.now() - began) / 1000;
  t.diagnostic(
    `${CALLS} calls in ${seconds.toFixed(1)} s, ${Math.round(CALLS / seconds)} a second`,
  );
  let calls = OUTGROWS + CALLS;
  await expectSame(three, [...older, ...newerOnes], calls);

  await transfer(stage, three, second);
  await callAll(three, calls, (calls += CALLS_AFTER));
  newerOnes.push(await start(fourth, 3, newer, boot));
  const four = [...three, fourth];
  await allAlive(four, 4);
  await expectSame(four, [...older, ...newerOnes], calls);

  // And the other way round: only newer ones are left.
  for (const leaver of older) {
    leaver.kill('SIGTERM');
    equal((await leaver.ended()).code, 0, leaver.stderr);
  }
  await leaderOf([second, fourth], ({ members }) => members.length === 2);
  await outgrowLog(second, calls);
  calls += OUTGROWS;
  for (const replica of newerOnes) await replica.printed('stderr', /took a snapshot/);
  const later = await start(fifth, 4, old, ['-b', bootstrapOf([second, fourth])]);
  const left = [second, fourth, fifth];
  await allAlive(left, 3);
  await callAll(left, calls, (calls += CALLS_AFTER));
  // One on the older leads, with what it took from a newer one.
  await transfer(stage, left, fifth);
  await callAll(left, calls, (calls += CALLS_AFTER));
  await expectSame(left, [...newerOnes, later], calls);

  // The last one: a joiner may ask somebody first who has left.
  const sourceOf = ({ stderr }: Process): string => [...stderr.matchAll(FETCH)].at(-1)?.[1] ?? '';
  const [first] = newerOnes;
  ok(first !== undefined && [founder, third].map(addressOf).includes(sourceOf(first)));
  ok([second, fourth].map(addressOf).includes(sourceOf(later)), sourceOf(later));
});
