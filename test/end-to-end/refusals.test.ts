/** What a replica refuses to start with: exit code 1, and one line that says what, why and what to do. */
import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { encodeFrame, encodeRefusal, FRAME } from '../../src/wire/index.ts';
import type { Refusal } from '../../src/wire/index.ts';
import { addressOf, COUNTER, Stage } from './kit.ts';
import type { Done } from './kit.ts';
import { freePort, freePorts } from './ports.ts';

function expectFailure({ code, stdout, stderr }: Done, message: RegExp): void {
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  match(last, message);
  match(last, /^concoord: .+ \([A-Z_]+\)\. \S/, 'what and why, a code, and what to do');
  doesNotMatch(stderr, /^\s+at /m, 'no stack');
  deepEqual([code, stdout], [1, '']);
}

test('a port that is taken, and an address that is not ours', async () => {
  await using stage = new Stage();
  const port = await freePort();
  const first = await stage.replica(port, ['-o', COUNTER]);

  const [taken, foreign, joiner] = await Promise.all([
    stage.run('replica', '-o', COUNTER, '-p', String(port)),
    stage.run('replica', '-o', COUNTER, '-a', '192.0.2.1', '-p', String(port)),
    stage.run('replica', '-b', addressOf(port), '-a', '192.0.2.1', '-p', String(port)),
  ]);

  expectFailure(taken, /cannot listen at 127\.0\.0\.1:\d+: EADDRINUSE \(ADDRESS_IN_USE\).*-p/);
  expectFailure(foreign, /cannot listen at 192\.0\.2\.1:\d+: EADDRNOTAVAIL .*-a/);
  expectFailure(joiner, /cannot listen at 192\.0\.2\.1:\d+: EADDRNOTAVAIL .*-a/);
  equal(first.running, true);
});

test('a port that is taken is said before what is wrong with a directory', async () => {
  await using stage = new Stage();
  const [port, other] = await freePorts(2);
  await stage.replica(port as number, ['-o', COUNTER, '-w']);
  const elsewhere = await stage.replica(other as number, ['-o', COUNTER, '-w']);
  await elsewhere.killed();
  const its = join(stage.folder, 'concoord-data', `127.0.0.1-${other}`);

  const forgotten = await stage.run('replica', '-o', COUNTER, '-p', String(port));
  const wrong = await stage.run('replica', '-w', '-p', String(port), '--data-dir', its);
  const free = await stage.run('replica', '-o', COUNTER, '-p', String(other));

  for (const run of [forgotten, wrong]) {
    expectFailure(run, /cannot listen at 127\.0\.0\.1:\d+: EADDRINUSE \(ADDRESS_IN_USE\).*-p/);
  }
  expectFailure(free, /holds the replica at \S+, and -w is not given \(DATA_DIRECTORY\)/);
});

test('without -p the first free port is taken, and the next one by the next replica', async () => {
  await using stage = new Stage();
  const first = stage.start(['replica', '-o', COUNTER]);
  const port = (await first.printed('stdout', /^REPLICA-127\.0\.0\.1:(\d+) ready/))[1];

  const second = stage.start(['replica', '-b', `127.0.0.1:${port}`]);
  const next = (await second.printed('stdout', /^REPLICA-127\.0\.0\.1:(\d+) ready/))[1];

  equal(Number(port) >= 14_000 && Number(next) > Number(port) && Number(next) <= 15_000, true);
});

test('a member that refuses for good is not asked for a minute', async () => {
  await using stage = new Stage();
  const message = 'wire versions 7 to 9 here, 1 to 1 there';
  const newer = await refuser({ code: 'VERSION_MISMATCH', message });

  const { port } = newer.address() as AddressInfo;
  const run = await stage.run('replica', '-b', addressOf(port), '-p', String(await freePort()));
  newer.close();

  expectFailure(run, /wire versions 7 to 9 here, 1 to 1 there \(VERSION_MISMATCH\).*Upgrade/);
});

/** Refuses whoever says anything. */
async function refuser(refusal: Refusal): Promise<Server> {
  const frame = encodeFrame(FRAME.refusal, encodeRefusal(refusal), crc32);
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(frame));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

test('an object other than that of the instance', async () => {
  await using stage = new Stage();
  const port = await freePort();
  await stage.replica(port, ['-o', COUNTER]);

  const other = ['-o', 'concoord.object.nothing.Nothing', '-p', String(await freePort())];
  const run = await stage.run('replica', '-b', addressOf(port), ...other);

  expectFailure(run, /-o says concoord\.object\.nothing\.Nothing, but the instance runs .*Counter/);
  match(run.stderr, /[0-9a-f]{64}/, 'it names the hash of the code');
});

test('directories that are no directory, not empty, or of another replica', async () => {
  await using stage = new Stage();
  const [port = 0, other = 0] = await freePorts(2);
  const own = ['replica', '-o', COUNTER, '-w', '-p', String(other), '--data-dir'];
  await (await stage.replica(port, ['-o', COUNTER, '-w', '--data-dir', 'first'])).killed();
  writeFileSync(join(stage.folder, 'file'), 'no directory');
  mkdirSync(join(stage.folder, 'photos'));
  writeFileSync(join(stage.folder, 'photos', 'cat.jpeg'), 'miaow');
  mkdirSync(join(stage.folder, 'garbage'));
  writeFileSync(join(stage.folder, 'garbage', 'identity'), 'no identity at all');

  const [foreign, file, photos, garbage] = await Promise.all(
    ['first', 'file', 'photos', 'garbage'].map((path) => stage.run(...own, path)),
  );

  expectFailure(
    foreign as Done,
    /first belongs to the replica at \S+, not to .*\(DATA_DIRECTORY\)/,
  );
  expectFailure(file as Done, /file is not a directory \(DATA_DIRECTORY\)/);
  expectFailure(photos as Done, /photos holds cat\.jpeg but not the identity .*--data-dir/);
  expectFailure(garbage as Done, /garbage.identity .*\(CORRUPT_DATA\)\. Move the directory away/);
});

test('a directory that another process has open', async () => {
  await using stage = new Stage();
  const port = await freePort();
  const first = await stage.replica(port, ['-o', COUNTER, '-w']);

  const second = await stage.run('replica', '-w', '-p', String(port));

  expectFailure(second, new RegExp(`in use by process ${first.pid} \\(DATA_DIRECTORY_LOCKED\\)`));
  equal(first.running, true);
});
