/** `openreplica maintain` against real OpenSSH servers: hosts lose their power under load. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COUNTER } from '../end-to-end/kit.ts';
import { SshHosts } from './ssh-hosts.ts';

const LOAD = fileURLToPath(new URL('./openreplica-load.ts', import.meta.url));
const isFull = process.env['CONCOORD_SOAK'] === 'full';
const SIZE = isFull ? 5 : 3;
/** Hosts that lose their power, one after the other; each has a spare. */
const CUTS = isFull ? 3 : 1;

test('hosts lose their power, others take their places, and no call fails', async (t) => {
  await using hosts = new SshHosts();
  const names = Array.from({ length: SIZE + CUTS }, (_, index) => `h${index + 1}`);
  for (const name of names) await hosts.add(name);
  hosts.knowAll();
  await hosts.run('addsshkey', 'concoord.pem');
  for (const [index, { name, user }] of [...hosts.hosts.values()].entries()) {
    const group = `rack-${index % SIZE}`;
    const added = await hosts.run('addnode', name, '--user', user, '--groups', group);
    equal(added.code, 0, added.stderr);
  }
  const setup = await hosts.run('setup');
  equal(setup.code, 0, setup.stderr);
  const started = await hosts.run('replica', '-o', COUNTER, ...names.slice(0, SIZE));
  equal(started.code, 0, started.stderr);
  const addresses = [...hosts.hosts.values()].map(({ address }) => `${address}:14000`);
  const load = hosts.start(LOAD, [addresses.slice(0, SIZE).join(', ')]);
  await load.printed('stdout', /^calling$/m);

  for (let cut = 0; cut < CUTS; cut++) {
    // The founder first, which leads.
    const victim = names[cut] as string;
    ok((await hosts.cutPower(victim)) > 2, 'sshd, a supervisor and a replica');
    const rest = addresses.slice(cut + 1, SIZE + cut).join(',');
    const maintain = ['maintain', '-k', String(SIZE), '-b', rest, '--patience', '3', '--once'];
    const both = await Promise.all([hosts.run(...maintain), hosts.run(...maintain)]);
    for (const { code, stderr } of both) equal(code, 0, stderr);
    const said = both.map(({ stdout }) => stdout).join('');
    // Its own rack has nobody any more.
    const [, chosen] = /: starts one on (\S+)$/m.exec(said) ?? [];
    equal(chosen, names[SIZE + cut]);
    equal(said.match(/: starts one on /g)?.length, 1, said);
    match(said, new RegExp(`^${addresses[cut]} is dead, and ${SIZE} members live: removes`, 'm'));
  }
  load.child.stdin?.end();
  const done = await load.printed('stdout', /^\{.*\}$/m);
  const { failures, ...figures } = JSON.parse(done[0]) as { failures: unknown };
  deepEqual(failures, [], 'no call failed');
  t.diagnostic(JSON.stringify(figures));

  // Whoever comes back without being a member any more is not one too many for long.
  await hosts.boot('h1');
  const last = await hosts.run('maintain', '-k', String(SIZE), '--once');
  match(last.stdout, new RegExp(`^${SIZE} members live$`, 'm'));
  equal(last.code, 0, last.stderr);
  equal((await hosts.run('stop', '--all')).code, isFull ? 1 : 0);
});
