/** A founder that forgot its instance must not become a second, empty one. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { ConCoordError } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allLevel, bootstrapOf, COUNTER, leaderOf, Stage } from './kit.ts';
import { freePort } from './ports.ts';

test('a founder without a disk that is started again names -b, and harms nobody', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3);
  const [founder = 0, ...others] = ports;
  await allLevel(ports, 3);
  await using counter = new Counter(bootstrapOf(ports));
  await counter.increment();
  await replicas[0]?.killed();

  const again = stage.start(['replica', '-p', String(founder), '-o', COUNTER]);
  // Whoever asks the founder first may be told to wait, or be sent away, but never that there is nothing.
  const answers: unknown[] = [];
  while (again.running) {
    await using fresh = new Counter(bootstrapOf(ports));
    const answer = await fresh.getvalue().catch((error: unknown) => error);
    answers.push(answer instanceof ConCoordError ? answer.code : answer);
  }

  equal((await again.ended()).code, 1);
  const [one, two] = others.map(addressOf);
  match(again.stderr, /^concoord: .* was a member of instance [0-9a-f]{32}, which lives on/m);
  match(
    again.stderr,
    new RegExp(`\\(INSTANCE_EXISTS\\)\\. Join it: start with -b (${one}|${two})\\.`),
  );
  equal(again.stdout, '');
  ok(answers.length > 1, 'the question was put while the founder was there');
  deepEqual(
    answers.filter((answer) => answer !== 1),
    [],
  );
  equal(await counter.getvalue(), 1);
});

test('the -b that it names lets it join, and it has the count', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3);
  const [founder = 0] = ports;
  await allLevel(ports, 3);
  await using counter = new Counter(bootstrapOf(ports));
  await counter.increment();
  await replicas[0]?.killed();

  const again = stage.start(['replica', '-p', String(founder), '-o', COUNTER]);
  const [, boot = ''] = await again.printed('stderr', /start with (-b [\d.:]+)\./);
  await again.ended();
  await stage.replica(founder, ['-o', COUNTER, ...boot.split(' ')]);

  await allLevel(ports, 3);
  await using alone = new Counter(addressOf(founder));
  equal(await alone.getvalue(), 1);
});

test('one survivor is enough to keep a founder from starting over', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(2);
  await allLevel(ports, 2);
  await replicas[0]?.killed();

  const again = await stage.run('replica', '-p', String(ports[0]), '-o', COUNTER);

  equal(again.code, 1);
  match(again.stderr, new RegExp(`-b ${addressOf(ports[1] as number)}`));
  equal(replicas[1]?.running, true);
});

test('a client that meets two instances is told so, and reads from one alone', async () => {
  await using stage = new Stage();
  const [one, two] = [await freePort(), await freePort()];
  const first = await stage.replica(one, ['-o', COUNTER]);
  await stage.replica(two, ['-o', COUNTER]);
  await Promise.all([leaderOf([one]), leaderOf([two])]);
  await using counter = new Counter(bootstrapOf([one, two]));
  await counter.increment();

  await first.killed();

  await rejects(counter.getvalue(), { code: 'INSTANCE_MISMATCH', outcome: 'not-applied' });
  await using other = new Counter(addressOf(two));
  equal(await other.getvalue(), 0);
});
