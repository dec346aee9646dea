/** Directories that were copied, wiped, put back, damaged: a swap or a refusal, never a wrong vote. */
import { deepEqual, doesNotMatch, equal, match, notEqual } from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allLevel, bootstrapOf, COUNTER, leaderOf, Stage } from './kit.ts';
import { freePort } from './ports.ts';
import type { Process } from './process.ts';

interface Scene {
  readonly stage: Stage;
  readonly ports: readonly number[];
  readonly replicas: readonly Process[];
  readonly counter: Counter;
  /** The directory of a replica. */
  readonly directory: (port: number) => string;
  /** Of a replica that does not lead, with its process. */
  readonly follower: { readonly port: number; readonly process: Process };
}

/** Three replicas with disks that have counted to 1; afterwards the count must be there, and all level. */
async function withThree(story: (scene: Scene) => Promise<number>): Promise<void> {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3, '-w');
  await allLevel(ports, 3);
  await using counter = new Counter(bootstrapOf(ports));
  await counter.increment();
  const directory = (port: number): string =>
    join(stage.folder, 'concoord-data', `127.0.0.1-${port}`);
  const { port: leader } = await leaderOf(ports);
  const port = ports.find((other) => other !== leader) as number;
  const process = replicas[ports.indexOf(port)] as Process;
  const follower = { port, process };
  const count = await story({ stage, ports, replicas, counter, directory, follower });
  equal(await counter.getvalue(), count);
  await allLevel(ports, 3);
  for (const each of ports) {
    await using alone = new Counter(addressOf(each));
    equal(await alone.getvalue(), count);
  }
}

async function expectRefused(process: Process, why: RegExp): Promise<void> {
  equal((await process.ended()).code, 1);
  const [line = '', ...more] = process.stderr.match(/^concoord: .*$/gm) ?? [];
  match(line, why);
  deepEqual(more, [], 'one line');
  doesNotMatch(process.stderr, /^\s+at /m, 'no stack');
  doesNotMatch(process.stdout, /ready/);
}

test('a copy made while the replica ran is refused, wherever it lies; the original is not', () =>
  withThree(async ({ stage, counter, directory, follower }) => {
    const own = directory(follower.port);
    const copy = join(stage.folder, 'copy');
    cpSync(own, copy, { recursive: true });
    await counter.increment();
    await follower.process.killed();
    const port = String(follower.port);

    const elsewhere = stage.start(['replica', '-w', '-p', port, '--data-dir', copy]);
    await expectRefused(elsewhere, /copy is a copy: .*\(STALE_DIRECTORY\)\. .*-b and an empty/);
    renameSync(own, `${own}.aside`);
    renameSync(copy, own);
    const inPlace = stage.start(['replica', '-w', '-p', port]);
    await expectRefused(inPlace, /is a copy: .*\(STALE_DIRECTORY\)\. .*-b and an empty/);

    rmSync(own, { recursive: true });
    renameSync(`${own}.aside`, own);
    await stage.replica(follower.port, ['-w']);
    return 2;
  }));

test('an old state that was restored in place is refused by the other members', () =>
  withThree(async ({ stage, ports, counter, directory, follower }) => {
    const own = directory(follower.port);
    const backup = join(stage.folder, 'backup');
    await follower.process.killed();
    cpSync(own, backup, { recursive: true });
    const again = await stage.replica(follower.port, ['-w']);
    for (let i = 0; i < 20; i++) await counter.increment();
    await again.killed();

    putBack(backup, own);
    const stale = stage.start(['replica', '-w', '-p', String(follower.port)]);
    await expectRefused(stale, /holds \d+ records, but it acknowledged \d+ \(STALE_DIRECTORY\)/);

    rmSync(own, { recursive: true });
    await stage.replica(follower.port, ['-w', '-b', (await leaderOf(ports)).address]);
    return 21;
  }));

/** Writes old contents into the very files: no copy can be told from its inodes. */
function putBack(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) putBack(source, target);
    else writeFileSync(target, readFileSync(source), { flag: 'r+' });
  }
}

test('a member whose directory was wiped is swapped for a new one at its address', () =>
  withThree(async ({ stage, ports, directory, follower }) => {
    const { port } = follower;
    const before = await leaderOf(ports);
    await follower.process.killed();
    rmSync(directory(port), { recursive: true });

    const alone = await stage.run('replica', '-w', '-p', String(port));
    equal(alone.code, 2);
    match(alone.stderr, /-o names the object to found an instance with; to join one, .*-b/);
    const founder = stage.start(['replica', '-w', '-o', COUNTER, '-p', String(port)]);
    await expectRefused(founder, /lives on at .*\(INSTANCE_EXISTS\)\. .*-b/);
    await stage.replica(port, ['-w', '-b', before.address]);

    const after = await allLevel(ports, 3);
    const idOf = ({ members }: typeof after): string =>
      members.find(({ addr }) => addr === addressOf(port))?.id ?? '';
    notEqual(idOf(after), idOf(before));
    equal(after.tolerates, 1);
    return 1;
  }));

test('a member that was removed while it was away is told so when it comes back', () =>
  withThree(async ({ stage, ports, directory, follower }) => {
    const { port } = follower;
    const { address } = await leaderOf(ports);
    await follower.process.killed();
    const removed = await stage.run('remove', address, addressOf(port), '--force');
    equal(removed.code, 0, removed.stderr);

    const back = stage.start(['replica', '-w', '-p', String(port)]);
    await expectRefused(back, /removed from the view \(NOT_A_MEMBER\)\. .*-b/);

    rmSync(directory(port), { recursive: true });
    await stage.replica(port, ['-w', '-b', address]);
    return 1;
  }));

test('damage to what was synced is noticed, and costs the directory, not the instance', () =>
  withThree(async ({ stage, ports, directory, follower }) => {
    const { port, process } = follower;
    const { address } = await leaderOf(ports);
    process.kill('SIGTERM');
    await process.ended();
    damage(join(directory(port), 'log'));

    const damaged = stage.start(['replica', '-w', '-p', String(port)]);
    await expectRefused(damaged, /wal-\d+.*\(CORRUPT_DATA\)\. Move the directory away .*-b/);

    renameSync(directory(port), `${directory(port)}.damaged`);
    await stage.replica(port, ['-w', '-b', address]);
    return 1;
  }));

/** Flips a bit in the first block of the oldest segment. */
function damage(log: string): void {
  const [oldest = ''] = readdirSync(log).sort();
  const bytes = readFileSync(join(log, oldest));
  bytes[4096 + 60] = (bytes[4096 + 60] as number) ^ 1;
  writeFileSync(join(log, oldest), bytes);
}

test('-w without -p takes up the only directory there is; of several, none', async () => {
  await using stage = new Stage();
  const [one, two] = [await freePort(), await freePort()];
  await (await stage.replica(one, ['-o', COUNTER, '-w'])).killed();

  const only = stage.start(['replica', '-w']);
  await only.printed('stdout', new RegExp(`^REPLICA-127.0.0.1:${one} ready`));
  await only.killed();
  await (await stage.replica(two, ['-o', COUNTER, '-w'])).killed();
  const several = await stage.run('replica', '-w');

  equal(several.code, 2);
  for (const port of [one, two]) match(several.stderr, new RegExp(`127\\.0\\.0\\.1-${port}`));
  match(several.stderr, /say which with -p or --data-dir$/m);
});

test('when a majority is lost for good, one directory begins a new generation', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3, '-w');
  await allLevel(ports, 3);
  const counter = new Counter(bootstrapOf(ports));
  await counter.increment();
  await counter.close();
  await Promise.all(replicas.map((replica) => replica.killed()));
  const [kept = 0, ...lost] = ports;
  const pathOf = (port: number): string => join('concoord-data', `127.0.0.1-${port}`);
  for (const port of lost) rmSync(join(stage.folder, pathOf(port)), { recursive: true });
  const path = pathOf(kept);

  const examined = await stage.run('recover', '--data-dir', path);
  const recovered = await stage.run('recover', '--data-dir', path, '--force');
  await stage.replica(kept, ['-w']);
  const joiner = lost[0] as number;
  await stage.replica(joiner, ['-w', '-b', addressOf(kept)]);

  deepEqual([examined.code, recovered.code], [0, 0], examined.stderr + recovered.stderr);
  match(examined.stdout, /nothing was changed: .*--force/);
  match(recovered.stdout, /^begun: generation 2 with the sole member/m);
  const report = await allLevel([kept, joiner], 2);
  equal(report.generation, 2);
  await using again = new Counter(addressOf(joiner));
  equal(await again.getvalue(), 1);
});
