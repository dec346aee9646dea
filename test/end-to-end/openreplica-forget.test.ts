/** `openreplica stop --forget`: whose disk goes has left the view before, and what that costs is said. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeHosts } from './fake-hosts.ts';
import { allLevel, COUNTER, Stage, statusOf } from './kit.ts';
import type { Done } from './kit.ts';

function disksOf(stage: Stage, host: string): readonly string[] {
  const root = join(stage.folder, 'hosts', host, '.concoord', 'replicas');
  return readdirSync(root).filter((name) => existsSync(join(root, name, 'data', 'identity')));
}

interface Listed {
  readonly replicas: readonly { readonly address: string; readonly state: string }[];
}

async function replicasOn(
  hosts: FakeHosts,
  ...names: readonly string[]
): Promise<readonly Listed['replicas'][number][]> {
  const { stdout } = await hosts.run('status', '--json', ...names);
  return (JSON.parse(stdout) as readonly Listed[]).flatMap(({ replicas }) => replicas);
}

/** Their addresses, as soon as all are level. */
async function start(
  hosts: FakeHosts,
  names: readonly string[],
  ...flags: readonly string[]
): Promise<readonly string[]> {
  const started = await hosts.run('replica', ...flags, '-o', COUNTER, ...names);
  equal(started.code, 0, started.stderr);
  const addresses = (await replicasOn(hosts, ...names)).map(({ address }) => address);
  await allLevel(addresses, names.length);
  return addresses;
}

async function membersAt(address: string): Promise<readonly string[]> {
  return (await statusOf(address)).members.map(({ addr }) => addr);
}

/** In one line, which names what would accept it. */
function expectRefused({ code, stderr }: Done, why: RegExp): void {
  equal(code, 1, stderr);
  match(stderr, why);
  match(stderr, /^openreplica: [^\n]*\(UNSAFE_CHANGE\)[^\n]*--force[^\n]*\n$/);
}

test('of four disks one can be forgotten, and no more without --force', async () => {
  await using stage = new Stage();
  await using hosts = new FakeHosts(stage, { h1: 'r1', h2: 'r2', h3: 'r3', h4: 'r4' });
  const [a = '', b = '', c = '', d = ''] = await start(hosts, ['h1', 'h2', 'h3', 'h4'], '-w');

  const two = await hosts.run('stop', 'h1', 'h2', '--forget');
  expectRefused(two, /h2: without \S+, 2 members would stay/);
  match(two.stdout, new RegExp(`^h1: removed ${a}$`, 'm'));
  match(two.stdout, new RegExp(`^h1: forgets ${a}$`, 'm'));
  match(two.stdout, /^1 of 2 nodes are done$/m);
  deepEqual(disksOf(stage, 'h1'), []);
  deepEqual((await membersAt(b)).toSorted(), [b, c, d].toSorted());

  const more = await hosts.run('stop', 'h2', 'h3', '--forget');
  expectRefused(more, /h2: without .* h3: without /);
  for (const host of ['h2', 'h3', 'h4']) {
    equal(disksOf(stage, host).length, 1);
    equal((await replicasOn(hosts, host))[0]?.state, 'ready');
  }

  const forced = await hosts.run('stop', 'h2', 'h3', '--forget', '--force');
  equal(forced.code, 0, forced.stderr);
  match(forced.stdout, /^2 of 2 nodes are done$/m);
  deepEqual([...disksOf(stage, 'h2'), ...disksOf(stage, 'h3')], []);
  deepEqual(await membersAt(d), [d], 'the last one serves alone');
  expectRefused(await hosts.run('stop', 'h4', '--forget'), /h4: \S+ is the only member/);
  const gone = await hosts.run('stop', 'h4', '--forget', '--force');
  equal(gone.code, 0, gone.stderr);
  match(gone.stdout, /^h4: forgets \S+, the only member: its instance is gone/m);
  deepEqual(disksOf(stage, 'h4'), []);
});

test('while no majority answers a disk is kept, and what is no member any more goes', async () => {
  await using stage = new Stage();
  await using hosts = new FakeHosts(stage, { h1: 'r1', h2: 'r2' });
  const [a = '', b = ''] = await start(hosts, ['h1', 'h2'], '-w');
  const removed = await stage.run('remove', a, b, '--force');
  equal(removed.code, 0, removed.stderr);
  const left = await hosts.run('stop', 'h2', '--forget');
  equal(left.code, 0, left.stderr);
  deepEqual(disksOf(stage, 'h2'), []);

  equal((await hosts.run('stop', 'h1')).code, 0);
  expectRefused(
    await hosts.run('stop', 'h1', '--forget'),
    /no majority of the instance of \S+ answers/,
  );
  equal(disksOf(stage, 'h1').length, 1);
  const gone = await hosts.run('stop', 'h1', '--forget', '--force');
  equal(gone.code, 0, gone.stderr);
  match(gone.stdout, /^h1: forgets \S+, though no majority of its instance answers$/m);
  deepEqual(disksOf(stage, 'h1'), []);
});

test('one in memory leaves the view, and one that does not run is forgotten without more ado', async () => {
  await using stage = new Stage();
  await using hosts = new FakeHosts(stage, { h1: 'r1', h2: 'r2' });
  const [a = ''] = await start(hosts, ['h1', 'h2']);
  const out = await hosts.run('stop', 'h2', '--forget');
  equal(out.code, 0, out.stderr);
  deepEqual(await membersAt(a), [a]);
  equal((await hosts.run('stop', 'h1')).code, 0);
  const dead = await hosts.run('stop', 'h1', '--forget');
  equal(dead.code, 0, dead.stderr);
  deepEqual(await replicasOn(hosts, 'h1'), []);
});
