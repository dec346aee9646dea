/** What the probes of supervisors ask. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, eventually, Stage } from './kit.ts';

test('a member is ready, alone it is only alive, and dead it is neither', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(2);
  const [first, second] = ports.map(addressOf) as [string, string];
  for (const address of [first, second]) {
    const { code, stdout } = await stage.run('health', address);
    match(stdout, new RegExp(`^${address} is ready: (?:leader|follower)\n$`));
    equal(code, 0);
  }
  await replicas[1]?.killed();

  const late = await eventually('the first notices', async () => {
    const done = await stage.run('health', first);
    return done.code === 0 ? undefined : done;
  });
  match(late.stderr, /^concoord: [^\n]*\(NO_QUORUM\)[^\n]*\n$/);
  const live = await stage.run('health', first, '--live');
  match(live.stdout, / is alive: /);
  equal(live.code, 0);

  const gone = await stage.run('health', second, '--live');
  match(gone.stderr, /^concoord: [^\n]*cannot be reached: ECONNREFUSED \(CONNECTION\)[^\n]*\n$/);
  deepEqual([gone.code, gone.stdout], [1, '']);
  equal((await stage.run('health', 'nonsense')).code, 2);
});

test('a replica that stands still is not alive', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(1);
  replicas[0]?.kill('SIGSTOP');
  const { code, stderr } = await stage.run('health', addressOf(ports[0] as number), '--live');
  match(stderr, /did not answer within 5000 ms \(CONNECTION\)/);
  equal(code, 1);
});
