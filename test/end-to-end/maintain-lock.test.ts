/** Maintainers on several machines, and what is said when there is nothing to maintain. */
import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHosts } from './fake-hosts.ts';
import { addressOf, COUNTER, eventually, Stage, statusOf } from './kit.ts';

const LOCK = 'concoord.object.lock.Lock';

test('maintainers on two machines have one lock: the second works when the first is gone', async () => {
  await using stage = new Stage();
  await using hosts = new FakeHosts(stage, { a: 'r1', b: 'r2', c: 'r3' });
  const { ports } = await stage.instanceOf(LOCK, 1);
  const lock = ['--lock', addressOf(ports[0] as number)];
  const { code, stderr, stdout } = await hosts.run('replica', '-o', COUNTER, 'a');
  equal(code, 0, stderr);
  const [, founder = ''] = /REPLICA-(\S+) ready/.exec(stdout) ?? [];

  const first = hosts.start('maintain', '-k', '1', '-b', founder, '--every', '1', ...lock);
  await first.printed('stdout', /^1 members? lives?$/m);
  await eventually('the first has the lock', async () => {
    const { stdout: places } = await stage.run('locks', addressOf(ports[0] as number));
    return /owner=\d/.test(places) ? true : undefined;
  });
  const second = hosts.startElsewhere('maintain', '-k', '2', '-b', founder, '--once', ...lock);
  await second.printed('stdout', /another maintainer is at work/);
  equal((await statusOf(founder)).members.length, 1);
  first.kill('SIGTERM');
  equal((await first.ended()).code, 0);

  equal((await second.ended()).code, 0, second.stderr);
  match(second.stdout, /^2 members live$/m);
  equal((await statusOf(founder)).members.length, 2);
});

test('what cannot be maintained is said in one line', async () => {
  await using stage = new Stage();
  await using hosts = new FakeHosts(stage, { a: 'r1' });
  const wrong: readonly (readonly [number, RegExp, ...string[]])[] = [
    [2, /-k "0": write a number/, '-k', '0'],
    [2, /-k: an instance has at most 64/, '-k', '65'],
    [2, /--every "never": write a number of seconds/, '--every', 'never'],
    [2, /nowhere has no port: write nowhere:14000/, '--lock', 'nowhere'],
    [1, /127\.0\.0\.1:1 cannot be reached: ECONNREFUSED/, '-b', '127.0.0.1:1'],
    [1, /no instance runs on the nodes.*-b/],
  ];
  for (const [code, pattern, ...args] of wrong) {
    const done = await hosts.run('maintain', '--once', ...args);
    match(done.stderr, /^openreplica: [^\n]+\n$/);
    match(done.stderr, pattern);
    equal(done.code, code, done.stderr);
  }
});
