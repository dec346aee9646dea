/** The StatefulSet: pods that found, move, lose their volumes, and never found twice. */
import { equal, match, notEqual } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { allLevel, eventually, Stage, statusOf } from '../end-to-end/kit.ts';
import type { Process } from '../end-to-end/process.ts';
import { Pods } from './pods.ts';

const INCREMENT = 'c.increment()\nc.getvalue()';
const ALL = [0, 1, 2];

function ready(pod: Process): Promise<unknown> {
  return pod.printed('stdout', /^REPLICA-\S+ ready/m);
}

/** Three pods that have founded an instance together. */
async function founded(pods: Pods): Promise<{ readonly running: Process[]; readonly id: string }> {
  for (const pod of ALL) pods.name(pod, pod + 1);
  const running = ALL.map((pod) => pods.start(pod));
  await Promise.all(running.map(ready));
  const { instance } = await allLevel(
    ALL.map((pod) => pods.addressOf(pod)),
    3,
  );
  return { running, id: instance };
}

async function idOf(pods: Pods, pod: number): Promise<string> {
  return (await statusOf(pods.addressOf(pod))).instance;
}

test('empty pods wait for the first, which founds when all say that they are empty', async () => {
  await using stage = new Stage();
  const pods = new Pods(stage);
  for (const pod of ALL) pods.name(pod, pod + 1);
  const second = pods.start(1);
  await second.printed('stderr', /concoord-1 is empty, and waits until concoord-0\S+ has founded/);
  const first = pods.start(0);
  await first.printed(
    'stderr',
    /concoord-0 is empty, and waits for concoord-2\.concoord\.test\.svc:/,
  );
  equal((await pods.probe(0, 'startupProbe')).code, 1);

  const third = pods.start(2);
  await Promise.all([first, second, third].map(ready));
  const { instance } = await allLevel(
    ALL.map((pod) => pods.addressOf(pod)),
    3,
  );
  for (const pod of ALL) equal(await idOf(pods, pod), instance);
  for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
    const { code, stderr } = await pods.probe(2, name);
    equal(code, 0, stderr);
  }
  equal(await pods.says(INCREMENT, 0), '1');
});

test('a pod comes back at another address and is still the same member', async () => {
  await using stage = new Stage();
  const pods = new Pods(stage);
  const { running, id } = await founded(pods);
  equal(await pods.says(INCREMENT, ...ALL), '1');
  const { epoch } = await statusOf(pods.addressOf(0));
  const moved = running[2] as Process;
  moved.kill('SIGTERM');
  equal((await moved.ended()).code, 0);

  // Its new name is not known at once.
  const again = pods.start(2);
  pods.name(2, 33);
  await ready(again);
  equal(await idOf(pods, 2), id);
  const level = await allLevel(
    ALL.map((pod) => pods.addressOf(pod)),
    3,
  );
  equal(level.epoch, epoch, 'nobody has left the view');
  equal(await pods.says('c.getvalue()', 2), '1');
});

test('the first pod that has lost its volume joins the others', async () => {
  await using stage = new Stage();
  const pods = new Pods(stage);
  const { running, id } = await founded(pods);
  equal(await pods.says(INCREMENT, ...ALL), '1');
  await running[0]?.killed();
  rmSync(pods.directoryOf(0), { recursive: true });

  await ready(pods.start(0));
  equal(await idOf(pods, 0), id);
  await allLevel(
    ALL.map((pod) => pods.addressOf(pod)),
    3,
  );
  equal(await pods.says('c.getvalue()', 0), '1');
});

test('the first pod that has lost its volume founds nothing while the others are away', async () => {
  await using stage = new Stage();
  const pods = new Pods(stage);
  const { running, id } = await founded(pods);
  equal(await pods.says(INCREMENT, ...ALL), '1');
  await Promise.all(running.map((pod) => pod.killed()));
  rmSync(pods.directoryOf(0), { recursive: true });

  const first = pods.start(0);
  await first.printed('stderr', /waits for concoord-1\S+, concoord-2\S+: which could hold/);
  const { code, stderr } = await pods.probe(0, 'livenessProbe');
  match(stderr, /cannot be reached: ECONNREFUSED/);
  equal(code, 1);

  const second = pods.start(1);
  // One of two disks that are left: it lives, and cannot serve.
  await eventually('the second is alive', async () => {
    const live = await pods.probe(1, 'livenessProbe');
    return live.code === 0 ? true : undefined;
  });
  notEqual((await pods.probe(1, 'readinessProbe')).code, 0);

  await Promise.all([first, second, pods.start(2)].map(ready));
  equal(await idOf(pods, 0), id);
  await allLevel(
    ALL.map((pod) => pods.addressOf(pod)),
    3,
  );
  equal(await pods.says('c.getvalue()', ...ALL), '1');
});

test('a pod that is told to stop while it waits stops', async () => {
  await using stage = new Stage();
  const pods = new Pods(stage);
  pods.name(0, 1);
  const first = pods.start(0);
  await first.printed('stderr', /is empty, and waits/);
  first.kill('SIGTERM');
  equal((await first.ended()).code, 0);
});
