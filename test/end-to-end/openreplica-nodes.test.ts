/** `openreplica` with nodes that are folders of this machine: what happens there is real, only ssh is not. */
import { deepEqual, equal, match } from 'node:assert/strict';
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
