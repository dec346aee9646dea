/** `openreplica maintain`: who dies is replaced, by one maintainer or by two. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { Callers } from './callers.ts';
import { FakeHosts } from './fake-hosts.ts';
import { COUNTER, Stage, statusOf } from './kit.ts';

/** Addresses of the members, as one of them says. */
async function membersAt(address: string): Promise<readonly string[]> {
  const { members } = await statusOf(address);
  return members.map(({ addr }) => addr);
}

function addressesIn(stdout: string): readonly string[] {
  return [...stdout.matchAll(/REPLICA-(\S+) ready/g)].map(([, address = '']) => address);
}

test('a dead member is replaced where least is shared, and no call fails', async (t) => {
  await using stage = new Stage();
  await using hosts = new FakeHosts(stage, { a: 'r1', b: 'r2', c: 'r3', d: 'r1', e: 'r2' });
  const started = await hosts.run('replica', '-o', COUNTER, 'a', 'b', 'c');
  equal(started.code, 0, started.stderr);
  const before = addressesIn(started.stdout);
  equal(before.length, 3);
  await using callers = new Callers(before.join(','), { callers: 8 });
  await callers.more(20);

  const maintain = ['maintain', '-k', '3', '--patience', '1', '--once'];
  match((await hosts.run(...maintain)).stdout, /^3 members live\n$/);
  const victim = addressesIn(
    started.stdout
      .split('\n')
      .filter((line) => line.startsWith('b:'))
      .join(),
  );
  callers.watchGap();
  await hosts.kill('b');
  const mended = await hosts.run(...maintain);
  equal(mended.code, 0, mended.stderr);
  match(mended.stdout, /^2 members live: starts one on e$/m);
  match(mended.stdout, /^\S+ is dead, and 3 members live: removes \S+$/m);
  match(mended.stdout, /^3 members live$/m);
  await callers.more(20);
  t.diagnostic(`longest gap ${callers.longestGap} ms`);
  await callers.expectExact();
  deepEqual([...callers.failures], []);

  const [fresh = ''] = addressesIn(mended.stdout);
  const members = await membersAt(fresh);
  equal(members.length, 3);
  ok(!members.includes(victim[0] ?? ''));
});

test('two maintainers at once start one replica, and the second goes on when the first dies', async () => {
  await using stage = new Stage();
  await using hosts = new FakeHosts(stage, { a: 'r1', b: 'r2', c: 'r3', d: 'r4' });
  const started = await hosts.run('replica', '-o', COUNTER, 'a', 'b');
  equal(started.code, 0, started.stderr);
  const [founder = ''] = addressesIn(started.stdout);

  const both = ['1', '2'].map(() =>
    hosts.start('maintain', '-k', '3', '-b', founder, '--patience', '1', '--once'),
  );
  for (const { code } of await Promise.all(both.map((one) => one.ended()))) equal(code, 0);
  const said = both.map(({ stdout }) => stdout).join('');
  equal(said.match(/: starts one on /g)?.length, 1, said);
  equal((await membersAt(founder)).length, 3);

  // The first is killed as soon as it has begun to start another.
  await hosts.kill('b');
  hosts.cutOff('b');
  const first = hosts.start('maintain', '-k', '3', '-b', founder, '--patience', '1');
  await first.printed('stdout', /: starts one on /);
  await first.killed();
  const second = await hosts.run('maintain', '-k', '3', '-b', founder, '--patience', '1', '--once');
  equal(second.code, 0, second.stderr);
  const running = ['a', 'b', 'c', 'd'].flatMap((host) => hosts.supervisors(host));
  equal(running.length, 3, second.stdout);
  equal((await membersAt(founder)).length, 3);
});
