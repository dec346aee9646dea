/** Twenty replicas log into a daemon that is killed twice: nothing is lost that is not counted. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Stage } from '../end-to-end/kit.ts';
import { freePort } from '../end-to-end/ports.ts';
import type { Process } from '../end-to-end/process.ts';
import { sized } from './size.ts';

const LOAD = fileURLToPath(new URL('log-load.ts', import.meta.url));
const REPLICAS = 20;
const LINES_A_SECOND = 50_000;
const SECONDS = sized(12, 60);
/** When the daemon is killed, and when another one is started: the second time, with no room left. */
const AWAY = sized(
  [
    [3, 4],
    [6, 9],
  ],
  [
    [15, 18],
    [30, 45],
  ],
);
/** For three seconds, or in full size for eight. */
const ROOM_BYTES = sized(1.5, 5) * 1024 * 1024;
const FILE_BYTES = 32 * 1024 * 1024;
const MEGABYTES = 300;

interface Report {
  readonly lines: number;
  readonly dropped: number;
  readonly left: number;
  readonly most: number;
  readonly longest: number;
}

/** What the files have of one replica. */
class Account {
  last = 0;
  lines = 0;
  dropped = 0;

  /** Fails for a line that is out of order, there twice, or missing and not counted. */
  add(name: string, text: string): void {
    const { line, dropped = 0, message } = JSON.parse(text);
    const number = Number(String(line).split('/')[1]);
    equal(number, this.last + Math.max(1, dropped), `${name}: the number after ${this.last}`);
    equal(message, dropped > 0 ? `${dropped} lines dropped` : `m${number} of a replica`);
    this.last = number;
    if (dropped === 0) this.lines++;
    else this.dropped += dropped;
  }
}

/** The files of the daemon, from the oldest on. */
function filesIn(folder: string): readonly string[] {
  const age = (name: string): number => Number(name.split('.')[2] ?? 0);
  return readdirSync(folder)
    .filter((name) => name.startsWith('all.log'))
    .toSorted((a, b) => age(b) - age(a))
    .map((name) => join(folder, name));
}

async function readAccounts(folder: string): Promise<ReadonlyMap<string, Account>> {
  const accounts = new Map<string, Account>();
  for (const path of filesIn(folder)) {
    for await (const record of createInterface({ input: createReadStream(path) })) {
      const [, replica = ''] = /^\S+ 127\.0\.0\.1:\d+ \{.*"replica":"([^"]*)"/.exec(record) ?? [];
      ok(replica !== '', record);
      const account = accounts.get(replica) ?? new Account();
      accounts.set(replica, account);
      account.add(replica, record.slice(record.indexOf('{')));
    }
  }
  return accounts;
}

test('of all lines, each is there once and in order, or is counted as dropped', async (t) => {
  await using stage = new Stage();
  const port = await freePort();
  const startDaemon = async (): Promise<Process> => {
    const flags = ['--port', String(port), '--out', 'all.log', '--quiet', '--keep', '100'];
    const daemon = stage.start(['logdaemon', ...flags, '--rotate-bytes', String(FILE_BYTES)]);
    await daemon.printed('stderr', /^LOGDAEMON-\S+ ready$/m);
    return daemon;
  };
  let daemon = await startDaemon();
  const names = Array.from({ length: REPLICAS }, (_, at) => `10.0.0.${at + 1}:14000`);
  const rate = LINES_A_SECOND / REPLICAS;
  const loads = names.map((name) =>
    stage.start([String(port), name, String(rate), String(SECONDS), String(ROOM_BYTES)], {
      main: LOAD,
    }),
  );
  const [first] = loads as [Process];
  for (const [killedAt, backAt] of AWAY) {
    await first.printed('stdout', new RegExp(`^second ${killedAt}$`, 'm'));
    await daemon.killed();
    await first.printed('stdout', new RegExp(`^second ${backAt}$`, 'm'));
    daemon = await startDaemon();
  }
  await first.printed('stdout', new RegExp(`^second ${SECONDS - 1}$`, 'm'));
  const reports = await Promise.all(
    loads.map(async (load): Promise<Report> => {
      const [, text = ''] = await load.printed('stdout', /^report (.*)$/m);
      return JSON.parse(text);
    }),
  );
  deepEqual(
    new Set(reports.map(({ left }) => left)),
    new Set([0]),
    'the last daemon has everything',
  );
  daemon.kill('SIGTERM');
  equal((await daemon.ended()).code, 0);

  const accounts = await readAccounts(stage.folder);
  deepEqual([...accounts.keys()].toSorted(), names.toSorted());
  for (const [at, { lines, dropped }] of reports.entries()) {
    const account = accounts.get(names[at] ?? '') ?? new Account();
    equal(lines, rate * SECONDS);
    deepEqual([account.last, account.lines, account.dropped], [lines, lines - dropped, dropped]);
  }
  const dropped = reports.reduce((sum, report) => sum + report.dropped, 0);
  ok(dropped > 0, 'the daemon was away for too long');
  const most = Math.max(...reports.map((report) => report.most)) / 1024 / 1024;
  ok(most < MEGABYTES, `${most} MB`);
  for (const path of filesIn(stage.folder)) ok(statSync(path).size <= FILE_BYTES, path);
  const longest = Math.max(...reports.map((report) => report.longest));
  t.diagnostic(
    `${LINES_A_SECOND * SECONDS} lines, ${dropped} dropped and counted; at most ${Math.round(most)} MB; ` +
      `to log what was due took ${longest.toFixed(1)} ms at most`,
  );
});
