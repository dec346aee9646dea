/** `openreplica` against real OpenSSH servers: the tutorial, and everything that can be wrong with a host. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COUNTER } from '../end-to-end/kit.ts';
import { SshHosts } from './ssh-hosts.ts';
import type { Host } from './ssh-hosts.ts';

/** One line that says what, why, and what to do. */
const ONE_LINE = /^openreplica: [^\n]+ \(REMOTE_NODE\)\. [^\n]+\n$/;

test('the transcript of the tutorial, line by line', async () => {
  await using hosts = new SshHosts();
  const { user } = await hosts.add('h1');
  hosts.knowAll();

  const key = await hosts.run('addsshkey', 'concoord.pem');
  deepEqual(key, { code: 0, stdout: 'Adding SSHKEY to CONFIG: concoord.pem\n', stderr: '' });
  const name = await hosts.run('addusername', user);
  deepEqual(name, { code: 0, stdout: `Adding USERNAME to CONFIG: ${user}\n`, stderr: '' });
  const down = 'ec2-54-186-26-155.us-west-2.compute.amazonaws.com';
  const node = await hosts.run('addnode', down);
  equal(node.code, 1);
  equal(
    node.stdout,
    `Adding NODE to CONFIG: ${down}\nCannot connect to node, check if it is up and running.\n`,
  );
  match(node.stderr, ONE_LINE);
  const config = await hosts.run('CONFIG');
  equal(
    config.stdout,
    `NODES= \nSSH_KEY_FILE= concoord.pem\nUSERNAME= ${user}\n`,
    'it was not added',
  );

  equal((await hosts.run('addnode', 'h1')).code, 0);
  equal((await hosts.run('setup', 'h1')).code, 0);
  const founder = ['-o', COUNTER, '-a', '127.0.0.1', '-p', '14000'];
  const first = await hosts.run('replica', ...founder);
  equal(first.code, 0, first.stderr);
  match(first.stdout, /^Starting replica on h1\nh1: REPLICA-127\.0\.0\.1:14000 ready, /);
  const joiner = ['-o', COUNTER, '-b', '127.0.0.1:14000', '-a', '127.0.0.1', '-p', '14001'];
  const second = await hosts.run('replica', ...joiner);
  equal(second.code, 0, second.stderr);
  match(second.stdout, /^Starting replica on h1\nh1: REPLICA-127\.0\.0\.1:14001 ready, /);
});

test('what is wrong with a host is said in one line, and nothing is left there', async () => {
  await using hosts = new SshHosts();
  const one = await hosts.add('h1');
  const small = await hosts.add('small', 12);
  await hosts.run('addusername', one.user);
  await hosts.run('addsshkey', 'concoord.pem');
  const refused = async (pattern: RegExp, ...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await hosts.run(...args);
    equal(code, 1, stderr);
    match(stderr, ONE_LINE);
    match(stderr, pattern);
    deepEqual(left(one), ['.bashrc']);
  };

  await refused(/host key is not known here .* Log in once by hand/, 'addnode', 'h1');
  hosts.know(one.knownAs.replace(/ \S+$/, ` ${small.knownAs.split(' ').at(-1)}`));
  await refused(/host key is not the one that is known .* ssh-keygen -R h1/, 'addnode', 'h1');
  hosts.knowAll();
  await refused(/does not let us log in .*stranger\.pem/, 'addnode', 'h1', '--key', 'stranger.pem');
  await refused(/does not let us log in/, 'addnode', 'h1', '--user', 'nobody-of-that-name');
  const full = await hosts.run('addnode', 'small', '--user', small.user);
  equal(full.code, 1);
  match(full.stdout, /^small: 12 MiB are free in \S+, and it takes \d+ MiB; make space$/m);
  equal((await hosts.run('addnode', 'h1')).code, 0);
  for (const host of ['a; rm -rf x', '-oProxyCommand=touch x', 'a\nb', '$(touch x)', '']) {
    for (const command of ['addnode', 'setup', 'removenode']) {
      const { code, stderr } = await hosts.run(command, '--', host);
      equal(code, 2, `${command} ${host}: ${stderr}`);
      match(stderr, /^openreplica: [^\n]*is no host name[^\n]*\n$/);
    }
  }
  deepEqual(left(one), ['.bashrc']);
  deepEqual(readdirSync(hosts.folder).includes('x'), false);
  await refused(/is not set up there/, 'replica', '-o', COUNTER, 'h1');
  await hosts.cutPower('h1');
  await refused(/Connection refused/, 'setup', 'h1');
});

test('a disk that fills up while it is set up is left as it was, and the next run goes on', async () => {
  await using hosts = new SshHosts();
  const { home, user } = await hosts.add('h1', 330);
  hosts.knowAll();
  await hosts.run('addusername', user);
  equal((await hosts.run('addnode', 'h1', '--key', 'concoord.pem')).code, 0);
  // It was looked at before; then somebody else has taken the space.
  writeFileSync(join(home, 'filler'), Buffer.alloc(322 * 1024 ** 2));

  const full = await hosts.run('setup');

  equal(full.code, 1);
  match(full.stderr, ONE_LINE);
  match(full.stderr, /MiB are free in|disk is full/);
  deepEqual(filesBelow(home), []);
  writeFileSync(join(home, 'filler'), '');
  const again = await hosts.run('setup');
  equal(again.code, 0, again.stderr);
});

test('port 53 without root: what to do is said before anything is started', async () => {
  await using hosts = new SshHosts();
  const { home, user } = await hosts.add('h1');
  hosts.knowAll();
  await hosts.run('addnode', 'h1', '--user', user, '--key', 'concoord.pem');
  equal((await hosts.run('setup')).code, 0);
  for (const [flags, why, remedy] of [
    [
      [],
      /port 53 cannot be bound \(EACCES\)/,
      /Give --sudo; or run there: sudo setcap \S+ \S+\/node; or/,
    ],
    [['--sudo'], /cannot be bound \(sudo setcap: /, /by sudo without a password; or run there: /],
  ] as const) {
    const said = await hosts.run(
      'nameserver',
      '-o',
      COUNTER,
      '-n',
      'counter.example',
      ...flags,
      'h1',
    );
    equal(said.code, 1);
    match(said.stdout, /^h1: The Nameserver cannot bind to socket 53\. Try another instance\.$/m);
    match(said.stderr, ONE_LINE);
    match(said.stderr, why);
    match(said.stderr, remedy);
  }
  equal(existsSync(join(home, '.concoord', 'replicas')), false);

  // Out of the bundle alone; and the second time the port is taken by the very one that is meant.
  const other = ['nameserver', '-o', COUNTER, '-n', 'counter.example', '--dns-port', '5353', 'h1'];
  const started = await hosts.run(...other);
  equal(started.code, 0, started.stderr);
  match(started.stdout, /^h1: NAMESERVER-10\.77\.0\.1:14000 ready, /m);
  const again = await hosts.run(...other);
  equal(again.code, 0, again.stderr);
  match(again.stdout, /^h1: runs already: NAMESERVER-/m);
});

/** What lies in the home of a host. */
function left({ home }: Host): readonly string[] {
  return readdirSync(home).toSorted();
}

/** Of our own folder, without folders that are empty. */
function filesBelow(home: string): readonly string[] {
  const root = join(home, '.concoord');
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}
