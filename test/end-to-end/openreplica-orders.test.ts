/** What `openreplica` refuses, keeps, and hands on, with nodes that are folders of this machine. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COUNTER } from './kit.ts';
import type { Done } from './kit.ts';
import { Site } from './site.ts';

test('what cannot start says why, and leaves nothing behind', async () => {
  await using site = await Site.of('h1');
  const taken = await site.run('replica', '-o', COUNTER, '-a', '192.0.2.1', '-p', '14000', 'h1');
  equal(taken.code, 1);
  match(
    taken.stderr,
    /^openreplica: h1: the replica 192\.0\.2\.1:14000 ended: concoord: cannot listen[^\n]*\n$/,
  );
  const unknown = await site.run('replica', '-o', 'no.Such', 'h1');
  equal(unknown.code, 1);
  match(unknown.stderr, /^openreplica: no module no[^\n]*\(INVALID_CLASS\)[^\n]*\n$/);
  deepEqual(await site.replicas('h1'), []);
  deepEqual(readdirSync(join(site.nodes.home('h1'), '.concoord', 'replicas')), []);
});

test('a node that is added again keeps what is not said again', async () => {
  await using site = await Site.of();
  site.nodes.add('h1');
  equal((await site.run('addnode', 'h1', '--groups', 'rack1,power2', '--user', 'me')).code, 0);
  const again = await site.run('addnode', 'h1');
  match(again.stdout, /^Node is already in the CONFIG file\.$/m);
  equal((await site.run('nodes')).stdout, 'h1  user me  groups power2,rack1\n');
  equal((await site.run('addnode', 'h1', '--groups', 'rack2')).code, 0);
  equal((await site.run('nodes')).stdout, 'h1  user me  groups rack2\n');
});

test('a key that is not there is taken, with a warning: ssh may have others', async () => {
  await using site = await Site.of();
  const key = join(site.nodes.folder, 'my-key-pair.pem');
  const early = await site.run('addsshkey', key);
  deepEqual([early.code, early.stdout], [0, `Adding SSHKEY to CONFIG: ${key}\n`]);
  equal(early.stderr, `openreplica: there is no ${key} yet: put the key there before addnode\n`);
  writeFileSync(key, '');
  const late = await site.run('addsshkey', key);
  deepEqual([late.code, late.stderr], [0, '']);
});

test('wrong usage is told before anything is done', async () => {
  await using site = await Site.of('h1');
  const calls = site.nodes.calls.length;
  const cases = [
    [['nameserver', '-o', COUNTER, 'h1'], /name the domain with -n/],
    [['replica', 'h1'], /-o names the object/],
    [['replica', '-b', ' ', 'h1'], /-b is empty/],
    [['replica', '-o', COUNTER, '-p', '0', 'h1'], /'0' is no port/],
    [['replica', '-o', COUNTER, '-l', 'nowhere', 'h1'], /'nowhere' is no address/],
    [['replica', '-o', COUNTER, '-r', 'h1'], /give the domain with -n/],
    [['nameserver', '-o', COUNTER, '-n', 'a..b', 'h1'], /-n 'a..b': it has an empty label/],
    [['replica', '-o', COUNTER, '-a', '0.0.0.0', 'h1'], /every address of this machine/],
    [['maintain', '-l', 'nowhere'], /'nowhere' is no address/],
    [['replica', '-o', COUNTER, '-k', '2', 'h1'], /-k chooses nodes/],
    [['replica', '-o', COUNTER, '--no-such-flag', 'h1'], /unknown option/],
    [['stop'], /name nodes, or give --all/],
    [['stop', 'h1', '--force'], /--force says what --forget may cost/],
    [['logs', 'h1', '-n', 'x'], /--lines 'x'/],
    [['route53', 'h1', 'A B', 'c'], /without spaces/],
    [['route53', 'h1'], /missing required argument/],
  ] as const;
  const all = await Promise.all(cases.map(([args]) => site.run(...args)));
  for (const [index, [, message]] of cases.entries()) {
    const { code, stderr } = all[index] as Done;
    equal(code, 2, stderr);
    match(stderr, message);
    match(stderr, /^openreplica: [^\n]*\n$/);
  }
  const stranger = await site.run('setup', 'h9');
  equal(stranger.code, 1);
  equal(stranger.stdout, 'This instance is not in the configuration. Add and try again.\n');
  equal(site.nodes.calls.length, calls, 'ssh was not called');
});

test('a token goes along in a file that only its user can read, and no log says it', async () => {
  await using site = await Site.of('h1');
  process.env['CONCOORD_TOKEN'] = 'a-secret-of-mine';
  const started = await site.run('replica', '-w', '-o', COUNTER, 'h1');
  delete process.env['CONCOORD_TOKEN'];
  equal(started.code, 0, started.stderr);
  const root = join(site.nodes.home('h1'), '.concoord', 'replicas');
  const folder = join(root, readdirSync(root)[0] ?? '');
  equal(statSync(join(folder, 'token')).mode & 0o777, 0o600);
  const { stdout } = await site.run('logs', 'h1', '-n', '1000');
  match(stdout, /--token-file/);
  equal(stdout.includes('a-secret-of-mine'), false);
  equal(readFileSync(join(folder, 'launch.json'), 'utf8').includes('a-secret-of-mine'), false);

  const [, address = ''] = /^h1: REPLICA-(\S+) ready/m.exec(started.stdout) ?? [];
  equal((await site.run('stop', 'h1')).stdout.endsWith(`h1: stopped ${address}\n`), true);
  equal(existsSync(join(folder, 'data', 'identity')), true, 'with -w it can go on');
  const forgotten = await site.run('stop', 'h1', '--forget', '--force');
  equal(forgotten.code, 0, forgotten.stderr);
  deepEqual(readdirSync(root), []);
});
