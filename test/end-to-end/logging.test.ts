/** Replicas that ship their lines, and the daemon that collects them. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { COUNTER, eventually, Stage } from './kit.ts';
import { freePort, freePorts } from './ports.ts';
import type { Process } from './process.ts';

async function startDaemon(stage: Stage, port: number, ...flags: string[]): Promise<Process> {
  const daemon = stage.start(['logdaemon', '-p', String(port), ...flags]);
  await daemon.printed('stderr', new RegExp(`^LOGDAEMON-127\\.0\\.0\\.1:${port} ready$`, 'm'));
  return daemon;
}

interface Said {
  readonly time: string;
  readonly level: string;
  readonly message: string;
}

/** What a replica has said on its own console, but for what it says of the daemon to nobody else. */
function saidBy({ stderr }: Process): readonly Said[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{') && !/"log daemon at |reached the log daemon"/.test(line))
    .map((line) => JSON.parse(line))
    .map(({ time, level, message }) => ({ time, level, message }));
}

/** What the records have of a replica. */
function recordedOf(records: string, port: number): readonly Said[] {
  return records
    .split('\n')
    .filter((record) => record.includes(`"replica":"127.0.0.1:${port}"`))
    .map((record) => {
      match(record, /^\d{4}-\d\d-\d\dT[\d:.]{12}Z 127\.0\.0\.1:\d+ \{"line":/);
      const { time, level, message } = JSON.parse(record.slice(record.indexOf('{')));
      return { time, level, message };
    });
}

test('what replicas say is in the stream, in their order, whenever the daemon is there', async () => {
  await using stage = new Stage();
  const port = await freePort();
  const ports = await freePorts(3);
  const logger = ['-l', `127.0.0.1:${port}`];
  // Nobody is there yet, which holds nobody up.
  const [first = 0] = ports;
  const founder = await stage.replica(first, ['-o', COUNTER, ...logger]);
  const boot = ['-b', `127.0.0.1:${first}`];
  const out = join(stage.folder, 'all.log');
  const daemon = await startDaemon(stage, port, '--out', 'all.log');
  const joiners = await Promise.all(
    ports.slice(1).map((own) => stage.replica(own, [...boot, ...logger])),
  );
  const replicas = [founder, ...joiners];
  const isComplete = (except?: Process): true | undefined =>
    ports.every((own, at) => {
      if (replicas[at] === except) return true;
      const said = saidBy(replicas[at] as Process);
      return recordedOf(readFileSync(out, 'utf8'), own).length >= said.length && said.length > 0;
    }) || undefined;
  await eventually('all lines are in the file', () => isComplete());
  await eventually(
    'stdout as well',
    () => daemon.stdout === readFileSync(out, 'utf8') || undefined,
  );
  await daemon.killed();

  const leaver = joiners[0] as Process;
  const next = await startDaemon(stage, port, '--out', 'all.log');
  await leaver.printed('stderr', /log daemon at \S+ reached again/);
  leaver.kill('SIGTERM');
  equal((await leaver.ended()).code, 0);
  // A machine that is busy may need longer than the leaver waits; then it says so.
  const [, left = '0'] = /(\d+) lines have not reached/.exec(leaver.stderr) ?? [];
  if (left === '0') match(readFileSync(out, 'utf8'), /"message":"asked to stop: handing over"/);
  await eventually('what the others said as well', () => isComplete(leaver));
  next.kill('SIGTERM');
  equal((await next.ended()).code, 0);

  const records = readFileSync(out, 'utf8');
  for (const [at, own] of ports.entries()) {
    const recorded = recordedOf(records, own);
    deepEqual(recorded, saidBy(replicas[at] as Process).slice(0, recorded.length));
    equal(recorded.length > 0, true);
  }
  equal(daemon.stdout + next.stdout, records, 'stdout has the same');
});

test('why a replica had to end is in the stream, too', async () => {
  await using stage = new Stage();
  const [port = 0, own = 0] = await freePorts(2);
  const daemon = await startDaemon(stage, port);

  const flags = ['-o', 'no.Such', '-p', String(own), '-l', `127.0.0.1:${port}`];
  const { code, stderr } = await stage.run('replica', ...flags);

  equal(code, 1);
  const [, said = ''] = await daemon.printed('stdout', /^\S+ \S+ (\{.*"level":"error".*)$/m);
  equal(stderr.endsWith(`${JSON.parse(said).message}\n`), true, stderr);
});

test('a log daemon says what it cannot do, in one line', async () => {
  await using stage = new Stage();
  const port = await freePort();
  await startDaemon(stage, port);
  writeFileSync(join(stage.folder, 'letter'), 'Dear Emin,\n');
  mkdirSync(join(stage.folder, 'folder'));
  const cases: readonly (readonly [code: number, args: readonly string[], said: RegExp])[] = [
    [
      1,
      ['-p', String(port)],
      /^concoord: cannot listen at 127\.0\.0\.1:\d+: EADDRINUSE \(ADDRESS_IN_USE\)\. /,
    ],
    [1, ['-a', '192.0.2.1'], /^concoord: cannot listen at 192\.0\.2\.1:12000: EADDRNOTAVAIL /],
    [2, ['--out', 'letter'], /^concoord: letter is there, and is no log of a daemon /],
    [2, ['--out', 'folder'], /^concoord: cannot open folder: EISDIR /],
    [2, ['--out', 'no/where'], /^concoord: cannot open no\/where: ENOENT /],
    [2, ['--keep', '3'], /give --out as well/],
    [2, ['--quiet'], /name a file with --out/],
    [2, ['--out', 'x', '--keep', '-1'], /--keep '-1' is no whole number from 0 to 1000/],
    [2, ['--out', 'x', '--rotate-bytes', '1e6'], /--rotate-bytes '1e6' is no whole number/],
    [2, ['-p', '0'], /'0' is no port/],
    [2, ['-p', '70000'], /'70000' is no port/],
  ];
  const done = await Promise.all(cases.map(([, args]) => stage.run('logdaemon', ...args)));
  for (const [at, { code, stdout, stderr }] of done.entries()) {
    const [expected, args, said] = cases[at] as (typeof cases)[number];
    deepEqual(
      [code, stdout, stderr.trimEnd().split('\n').length],
      [expected, '', 1],
      `${args.join(' ')}: ${stderr}`,
    );
    match(stderr, said);
  }
  equal(readFileSync(join(stage.folder, 'letter'), 'utf8'), 'Dear Emin,\n');
});

test('a replica is told in one line when its log daemon has no address', async () => {
  await using stage = new Stage();
  for (const address of ['', 'loghost', '127.0.0.1:', '127.0.0.1:0', 'a b:1', '::1:12000']) {
    const { code, stderr } = await stage.run('replica', '-o', COUNTER, '-l', address);
    equal(code, 2, address);
    match(
      stderr,
      /^concoord: '.*' is no address: write host:port, or \[address\]:port for IPv6\n$/,
    );
  }
});

test('a daemon ends when nobody reads what it prints, and goes on when there is a file', async () => {
  await using stage = new Stage();
  const [one = 0, two = 0] = await freePorts(2);
  const alone = await startDaemon(stage, one);
  const filing = await startDaemon(stage, two, '--out', 'all.log');
  for (const { child } of [alone, filing]) child.stdout?.destroy();
  for (const port of [one, two]) connect({ port, host: '127.0.0.1' }).end('a line\n');

  equal((await alone.ended()).code, 0);
  await filing.printed('stderr', /nobody reads stdout any more; the file goes on/);
  connect({ port: two, host: '127.0.0.1' }).end('another\n');
  await eventually(
    'the file has it',
    () => readFileSync(join(stage.folder, 'all.log'), 'utf8').endsWith('another\n') || undefined,
  );
});
