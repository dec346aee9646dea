/** `openreplica` against real OpenSSH servers: an instance on hosts that lose their power. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COUNTER } from '../end-to-end/kit.ts';
import { SshHosts } from './ssh-hosts.ts';
import type { Host } from './ssh-hosts.ts';

const LOAD = fileURLToPath(new URL('./openreplica-load.ts', import.meta.url));

interface Listed {
  readonly host: string;
  readonly replicas?: readonly { readonly address: string; readonly state: string }[];
}

test('three hosts, one instance: a host loses its power, and a client does not notice', async (t) => {
  await using hosts = new SshHosts();
  const names = ['h1', 'h2', 'h3'];
  for (const name of names) await hosts.add(name);
  hosts.knowAll();
  await hosts.run('addsshkey', 'concoord.pem');
  for (const { name, user } of hosts.hosts.values()) {
    const added = await hosts.run('addnode', name, '--user', user, '--groups', `rack-${name}`);
    equal(added.code, 0, added.stderr);
  }
  const setup = await hosts.run('setup');
  equal(setup.code, 0, setup.stderr);
  match(setup.stdout, /^3 of 3 nodes are set up$/m);
  const again = await hosts.run('setup');
  match(again.stdout, /^h1: \S+ was set up already$/m);
  const home = hosts.hosts.get('h1')?.home ?? '';
  match(readlinkSync(join(home, '.concoord', 'current')), /^versions\//);

  for (const host of hosts.hosts.values()) pretendOld(host);
  const started = await hosts.run('replica', '-o', COUNTER, '-k', '3');
  equal(started.code, 0, started.stderr);
  match(started.stdout, /REPLICA-10\.77\.0\.\d:14000 ready, tolerates 1 failure \(3 members\)/);
  const addresses = [...hosts.hosts.values()].map(({ address }) => `${address}:14000`);
  const load = hosts.start(LOAD, [addresses.join(', ')]);
  await load.printed('stdout', /^calling$/m);

  // The founder, which leads, and which would found a second instance if it were started as it was.
  ok((await hosts.cutPower('h1')) > 2, 'sshd, a supervisor and a replica');
  const dark = await hosts.run('status');
  equal(dark.code, 1);
  match(dark.stderr, /^openreplica: h1: [^\n]+\n$/);
  match(dark.stdout, /^h2: version/m);
  await hosts.boot('h1');
  deepEqual(await stateOf(hosts, 'h1'), ['dead']);
  const back = await hosts.run('replica', '-o', COUNTER, ...names);
  equal(back.code, 0, back.stderr);
  match(back.stdout, /^h2: runs already: /m);
  match(back.stdout, /^h1: REPLICA-10\.77\.0\.1:14000 ready, /m);
  for (const name of names) deepEqual(await stateOf(hosts, name), ['ready']);
  const upgraded = await hosts.run('upgrade');
  equal(upgraded.code, 0, upgraded.stderr);
  equal(upgraded.stdout.match(/restarting/g)?.length, 3);
  for (const name of names) deepEqual(await stateOf(hosts, name), ['ready']);
  match((await hosts.run('upgrade')).stdout, /^3 of 3 nodes are up to date$/m);
  load.child.stdin?.end();
  const said = await load.printed('stdout', /^\{.*\}$/m);
  const { failures, ...figures } = JSON.parse(said[0]) as { failures: unknown; longestGap: number };
  deepEqual(failures, [], 'no call failed');
  t.diagnostic(JSON.stringify(figures));
  match((await hosts.run('logs', 'h1', '-n', '2000')).stdout, /starts concoord replica .* -b /);

  const stopped = await hosts.run('stop', '--all', '--forget');
  equal(stopped.code, 0, stopped.stderr);
  deepEqual(await stateOf(hosts, 'h2'), []);
});

/** What is installed there is from now on some older version. */
function pretendOld({ home }: Host): void {
  const current = join(home, '.concoord', 'current');
  renameSync(
    join(home, '.concoord', readlinkSync(current)),
    join(home, '.concoord', 'versions', 'old'),
  );
  rmSync(current);
  symlinkSync('versions/old', current);
}

async function stateOf(hosts: SshHosts, name: string): Promise<readonly string[]> {
  const { stdout } = await hosts.run('status', '--json', name);
  const [listed] = JSON.parse(stdout) as readonly Listed[];
  return (listed?.replicas ?? []).map(({ state }) => state);
}
