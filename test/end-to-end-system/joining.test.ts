/** Joining when nobody answers, when no majority is left, and when everybody else is somebody else. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allLevel, bootstrapOf, COUNTER, leaderOf, Stage } from '../end-to-end/kit.ts';
import { freePorts } from '../end-to-end/ports.ts';
import type { Process } from '../end-to-end/process.ts';

/** How long a replica tries to reach a member, and then at most until it ends. */
const LONG_MS = 75_000;

async function loseDiskAndMajority(): Promise<void> {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3, '-w');
  await allLevel(ports, 3);
  const [one = 0, two = 0, three = 0] = ports;
  await using counter = new Counter(bootstrapOf(ports));
  await counter.increment();
  await Promise.all([replicas[1]?.killed(), replicas[2]?.killed()]);
  rmSync(join(stage.folder, 'concoord-data', `127.0.0.1-${two}`), { recursive: true });

  const back = stage.start(['replica', '-w', '-p', String(two), '-b', addressOf(one)]);

  const [line] = await back.printed('stderr', /^.*not ready after 10 s.*$/m);
  for (const port of ports) match(line, new RegExp(addressOf(port)));
  match(line, /Start those that are down; .*'concoord recover'/);
  equal(back.stdout, '');
  await stage.replica(three, ['-w']);
  await back.printed('stdout', /^REPLICA-.* ready, tolerates/);
  await allLevel(ports, 3);
  await using alone = new Counter(addressOf(two));
  equal(await alone.getvalue(), 1);
}

async function loseMemoryAndMajority(): Promise<void> {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(2);
  await allLevel(ports, 2);
  const [one = 0, two = 0] = ports;
  await replicas[1]?.killed();

  const back = stage.start(['replica', '-p', String(two), '-b', addressOf(one)]);

  equal((await back.ended(LONG_MS)).code, 1);
  equal(back.stdout, '');
  match(back.stderr, /^concoord: cannot join: it takes a majority of .*\(NO_QUORUM\).*recover/m);
}

/** The one that was away knows nobody who is left, and without it there is no majority. */
async function returnToStrangers(): Promise<void> {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3, '-w');
  await allLevel(ports, 3);
  const [one = 0, two = 0, three = 0] = ports;
  await using before = new Counter(bootstrapOf(ports));
  await before.increment();
  await replicas[0]?.killed();
  const [four = 0, five = 0] = await freePorts(2);
  await leaderOf([two, three]);
  await stage.replica(four, ['-w', '-b', bootstrapOf([two, three])]);
  const fifth = await stage.replica(five, ['-w', '-b', bootstrapOf([two, three])]);
  for (const port of [two, three]) {
    // A leader that is removed hands over first, and whoever is asked then may not know it yet.
    const { address } = await leaderOf([two, three, four, five]);
    const { code, stderr } = await stage.run('remove', address, addressOf(port), '--force');
    equal(code, 0, stderr);
  }
  await replicas[1]?.ended();
  await replicas[2]?.ended();
  await leaderOf([four, five], ({ members }) => members.length === 3);
  await fifth.killed();

  await stage.replica(one, ['-w']);

  const both = [one, four];
  const { members } = await leaderOf(both, (report) => report.tolerates === 0);
  deepEqual(members.map((member) => member.addr).sort(), [one, four, five].map(addressOf).sort());
  await using after = new Counter(bootstrapOf(both));
  await after.increment();
  equal(await after.getvalue(), 2);
}

/** Its directory names no contacts, and it is in no view yet. */
async function returnBeforeJoining(): Promise<void> {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(2, '-w');
  await allLevel(ports, 2);
  const [one = 0, two = 0] = ports;
  const [three = 0] = await freePorts(1);
  await replicas[1]?.killed();
  const joiner = stage.start(['replica', '-w', '-p', String(three), '-b', addressOf(one)]);
  await joiner.printed('stderr', /not ready after 10 s/);
  await joiner.killed();

  const back = stage.start(['replica', '-w', '-p', String(three)]);
  await stage.replica(two, ['-w']);

  await back.printed('stdout', /^REPLICA-.* ready, tolerates/);
  await allLevel([one, two, three], 3);
}

suite('joining', { concurrency: true }, () => {
  test('a joiner that reaches nobody gives up after a minute, and founds nothing', async () => {
    await using stage = new Stage();
    const [port = 0, nobody = 0] = await freePorts(2);

    const joiner = stage.start([
      'replica',
      '-o',
      COUNTER,
      '-p',
      String(port),
      '-b',
      addressOf(nobody),
    ]);

    equal((await joiner.ended(LONG_MS)).code, 1);
    equal(joiner.stdout, '');
    match(
      joiner.stderr,
      /^concoord: no member answered at 127\.0\.0\.1:\d+ within 60 s \(.*ECONNREFUSED/m,
    );
    match(joiner.stderr, /\(BOOTSTRAP_UNREACHABLE\)\. Start a member .*-b\.\n$/);
  });

  test('a member that lost its disk and finds no majority says what it waits for, and gets it', () =>
    loseDiskAndMajority());

  test('a member that lost its memory and finds no majority ends, and names recover', () =>
    loseMemoryAndMajority());

  test('a member comes back to members that it has never heard of, one of which is down', () =>
    returnToStrangers());

  test('a joiner that was killed before it was a member joins when it is started again', () =>
    returnBeforeJoining());

  test('a member comes back after everybody else was replaced', async () => {
    await using stage = new Stage();
    const ports = await freePorts(5);
    const [first = 0, ...others] = ports;
    const durable = await stage.replica(first, ['-w', '-o', COUNTER]);
    const joinAt = (port: number): Promise<Process> =>
      stage.replica(port, ['-b', bootstrapOf(ports)]);
    const replicas = new Map<number, Process>();
    for (const port of others) replicas.set(port, await joinAt(port));
    await allLevel(ports, 5);
    await using counter = new Counter(bootstrapOf(ports));
    await counter.increment();
    await durable.killed();
    for (const port of others) {
      await leaderOf(others);
      await replicas.get(port)?.killed();
      await joinAt(port);
    }
    await counter.increment();

    await stage.replica(first, ['-w']);

    await allLevel(ports, 5);
    await using alone = new Counter(addressOf(first));
    equal(await alone.getvalue(), 2);
  });
});
