/** `openreplica` with nodes that are folders of this machine: what happens there is real, only ssh is not. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COUNTER, eventually } from './kit.ts';
import { Site } from './site.ts';

test('three nodes, one command: an instance; the same command again changes nothing', async () => {
  await using site = await Site.of('h1', 'h2', 'h3');

  const first = await site.run('replica', '-o', COUNTER, 'h1', 'h2', 'h3');
  equal(first.code, 0, first.stderr);
  match(first.stdout, /^h1: REPLICA-127\.0\.0\.1:\d+ ready, tolerates no failure \(1 member\)/m);
  match(first.stdout, /ready, tolerates 1 failure \(3 members\)$/m);
  match(first.stdout, /^3 of 3 nodes run a replica$/m);
  const again = await site.run('replica', '-o', COUNTER, 'h1', 'h2', 'h3');
  equal(again.code, 0, again.stderr);
  equal(again.stdout.match(/^h\d: runs already: REPLICA-/gm)?.length, 3);

  // The founder: in memory it is a new member afterwards.
  site.kill('h1', 'replica');
  const back = await eventually('it is back', async () => {
    const [replica] = await site.replicas('h1');
    return replica?.state === 'ready' && replica.restarts === 1 ? replica : undefined;
  });
  equal(back.members.length, 3);
  site.kill('h1', 'supervisor');
  await eventually('it is known to be dead', async () => {
    const [replica] = await site.replicas('h1');
    return replica?.state === 'dead' ? replica : undefined;
  });
  const third = await site.run('replica', '-o', COUNTER, 'h1', 'h2', 'h3');
  equal(third.code, 0, third.stderr);
  match(third.stdout, /^h1: REPLICA-/m);
  equal((await site.replicas('h1'))[0]?.members.length, 3, 'no second instance was founded');
});

test('a node that is down keeps an instance from being founded, until it is back', async () => {
  await using site = await Site.of('h1', 'h2');
  site.nodes.says('h2', 'ssh: connect to host h2 port 22: Connection timed out');

  const failed = await site.run('replica', '-o', COUNTER, 'h1', 'h2');
  equal(failed.code, 1);
  match(
    failed.stderr,
    /^openreplica: h1: not started, since no instance is founded while h2 is in trouble/,
  );
  equal(failed.stderr.trimEnd().split('\n').length, 1);
  deepEqual(await site.replicas('h1'), []);
  site.nodes.unsays('h2');
  const done = await site.run('replica', '-o', COUNTER, 'h1', 'h2');
  equal(done.code, 0, done.stderr);
});

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
    [['logs', 'h1', '-n', 'x'], /--lines 'x'/],
    [['route53', 'h1', 'A B', 'c'], /without spaces/],
    [['route53', 'h1'], /missing required argument/],
  ] as const;
  for (const [args, message] of cases) {
    const { code, stderr } = await site.run(...args);
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

  equal((await site.run('stop', 'h1')).stdout.endsWith('h1: stopped 127.0.0.1:14000\n'), true);
  equal(existsSync(join(folder, 'data', 'identity')), true, 'with -w it can go on');
  const forgotten = await site.run('stop', 'h1', '--forget');
  equal(forgotten.code, 0, forgotten.stderr);
  deepEqual(readdirSync(root), []);
});
