/** What calls that wait outlive: each is woken once, and with what it was to receive. */
import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { invoke, ObjectProxy } from '../../src/client/index.ts';
import { addressOf, allAlive, allLevel, bootstrapOf, leaderOf, Stage } from './kit.ts';
import type { Process } from './process.ts';
import { OWN, writeWaitingClasses } from './waiting-classes.ts';

/** So long that no restart of replicas costs anybody what it waits for. */
const PATIENT = { leaseMs: 600_000 } as const;
const CALLERS = 4;
/** A call with so much in it, and so many of them, make a snapshot due. */
const BALLAST = 'x'.repeat(1_000_000);
const BALLASTS = 18;

export interface Disaster {
  readonly stage: Stage;
  readonly ports: readonly number[];
  readonly replicas: Map<number, Process>;
  /** A client that does not wait. */
  readonly beside: ObjectProxy;
}

/** Calls of the same object that wait, and how they are woken. */
interface Queue {
  readonly object: string;
  /** Before anybody waits. */
  readonly prepare: (beside: ObjectProxy) => Promise<unknown>;
  readonly wait: (proxy: ObjectProxy) => Promise<unknown>;
  /** Wakes the first who waits, whose result is then `expected`. */
  readonly wake: (beside: ObjectProxy, turn: number) => Promise<unknown>;
  readonly expected: (turn: number) => unknown;
  /** By whom was woken. */
  readonly done: (woken: ObjectProxy) => Promise<unknown>;
  /** That nobody waits, and nothing is left over. */
  readonly expectEmpty: (beside: ObjectProxy) => Promise<void>;
  /** Changes nothing, and is long. */
  readonly burden: (beside: ObjectProxy) => Promise<unknown>;
}

const LOCK: Queue = {
  object: 'concoord.object.lock.Lock',
  prepare: (beside) => invoke(beside, 'acquire', []),
  wait: (proxy) => invoke(proxy, 'acquire', []),
  // The first gets it from us, and each further one from the one before.
  wake: async (beside, turn) => (turn === 0 ? invoke(beside, 'release', []) : undefined),
  expected: () => true,
  done: (woken) => invoke(woken, 'release', []),
  expectEmpty: async (beside) => equal(await invoke(beside, 'locked', []), false),
  burden: (beside) => rejects(invoke(beside, 'acquire', [BALLAST]), { name: 'TypeError' }),
};

const MAILBOX: Queue = {
  object: OWN.mailbox,
  prepare: () => Promise.resolve(),
  wait: (proxy) => invoke(proxy, 'take', []),
  wake: (beside, turn) => invoke(beside, 'put', [{ letter: turn }]),
  expected: (turn) => ({ letter: turn }),
  done: () => Promise.resolve(),
  expectEmpty: async (beside) => {
    equal(await invoke(beside, 'waiting', []), 0);
    equal(await invoke(beside, 'take', [1]), 'nothing', 'no letter came twice');
  },
  burden: async (beside) => {
    equal(await invoke(beside, 'ignore', [BALLAST]), CALLERS);
  },
};

export const QUEUES = { lock: LOCK, mailbox: MAILBOX } as const;

/** Four callers wait, something happens, and then they are woken one after the other. */
export async function survive(
  queue: Queue,
  flags: readonly string[],
  ...disasters: readonly ((scene: Disaster, queue: Queue) => Promise<void>)[]
): Promise<void> {
  await using stage = new Stage();
  writeWaitingClasses(stage);
  const { ports, replicas } = await stage.instanceOf(queue.object, 3, ...flags);
  await allLevel(ports, 3);
  await using proxies = new AsyncDisposableStack();
  const open = (): ObjectProxy => proxies.use(new ObjectProxy(bootstrapOf(ports), PATIENT));
  const beside = open();
  await queue.prepare(beside);
  const waiting = [];
  for (let turn = 0; turn < CALLERS; turn++) {
    const proxy = open();
    await invoke(proxy, '__repr__', []);
    const { applied } = await leaderOf(ports);
    const results: unknown[] = [];
    const woken = queue.wait(proxy).then((value) => results.push(value));
    // When something else fails first, that is to be seen.
    woken.catch(() => undefined);
    waiting.push({ proxy, results, turn, woken });
    // The session and the call.
    await leaderOf(ports, (report) => report.applied >= applied + 2);
  }

  const byPort = new Map(ports.map((port, at) => [port, replicas[at] as Process]));
  const scene = { stage, ports, replicas: byPort, beside };
  for (const disaster of disasters) {
    await disaster(scene, queue);
    await invoke(beside, '__repr__', []);
    for (const { results } of waiting) deepEqual(results, [], 'nobody is woken by that');
  }

  for (const [at, { proxy, results, turn, woken }] of waiting.entries()) {
    await queue.wake(beside, turn);
    await woken;
    deepEqual(results, [queue.expected(turn)]);
    for (const later of waiting.slice(at + 1)) deepEqual(later.results, [], 'one at a time');
    await queue.done(proxy);
  }
  await queue.expectEmpty(beside);
}

async function again({ replicas, stage }: Disaster, port: number): Promise<void> {
  const args = replicas.get(port)?.args ?? [];
  const flags = args.includes('-w') ? ['-w'] : [];
  replicas.set(port, await stage.replica(port, flags));
}

/** The leader is killed, and comes back: from its disk, or as a new member. */
export async function leaderDies(scene: Disaster): Promise<void> {
  const { ports, replicas, stage } = scene;
  const { port } = await leaderOf(ports);
  const disk = replicas.get(port)?.args.includes('-w') === true;
  await replicas.get(port)?.killed();
  const others = ports.filter((other) => other !== port);
  await leaderOf(others);
  if (disk) await again(scene, port);
  else replicas.set(port, await stage.replica(port, ['-b', others.map(addressOf).join(',')]));
  await allAlive(ports, 3);
}

/** All are killed at once, and come back from their disks. */
export async function allDie(scene: Disaster): Promise<void> {
  const { ports, replicas } = scene;
  await Promise.all([...replicas.values()].map((replica) => replica.killed()));
  await Promise.all(ports.map((port) => again(scene, port)));
  await allAlive(ports, 3);
}

/** All are killed, and nobody is there until a call beside has given up. */
export async function nobodyForLong(scene: Disaster): Promise<void> {
  const { beside, ports, replicas } = scene;
  await Promise.all([...replicas.values()].map((replica) => replica.killed()));
  await rejects(invoke(beside, '__repr__', []), { code: 'NO_QUORUM' });
  await Promise.all(ports.map((port) => again(scene, port)));
  await allAlive(ports, 3);
}

/** Each is ended by SIGTERM, as for a new version, and comes back from its disk. */
export async function oneAfterTheOther(scene: Disaster): Promise<void> {
  const { ports, replicas } = scene;
  for (const port of ports) {
    const replica = replicas.get(port) as Process;
    replica.kill('SIGTERM');
    equal((await replica.ended()).code, 0);
    await again(scene, port);
    await allAlive(ports, 3);
  }
}

/** Every replica takes a snapshot, with those who wait in it. */
export async function snapshot({ beside, replicas }: Disaster, queue: Queue): Promise<void> {
  for (let times = 0; times < BALLASTS; times++) await queue.burden(beside);
  await Promise.all(
    [...replicas.values()].map((replica) => replica.printed('stderr', /took a snapshot at slot/)),
  );
}

/** A replica that has nothing joins in place of another, and receives a snapshot. */
export async function joinerArrives(scene: Disaster): Promise<void> {
  const { ports, replicas, stage } = scene;
  const { port: leader } = await leaderOf(ports);
  const port = ports.find((other) => other !== leader) as number;
  await replicas.get(port)?.killed();
  const others = ports.filter((other) => other !== port);
  const joiner = await stage.replica(port, ['-b', others.map(addressOf).join(',')]);
  replicas.set(port, joiner);
  await allAlive(ports, 3);
  match(joiner.stderr, /loaded the snapshot of another member/);
}
