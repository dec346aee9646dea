import { equal, match } from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Callers } from './callers.ts';
import {
  addressOf,
  allLevel,
  bootstrapOf,
  COUNTER,
  eventually,
  leaderOf,
  Stage,
  statusOf,
} from './kit.ts';
import { PatientReader } from './patient-reader.ts';
import { freePorts } from './ports.ts';
import type { Process } from './process.ts';
import { CLIENT, Network } from './relay.ts';

export interface Split {
  readonly ports: readonly number[];
  readonly network: Network;
  readonly callers: Callers;
  readonly replicas: ReadonlyMap<number, Process>;
}

/** An instance in memory behind relays, with callers. */
export async function withNetwork(
  count: number,
  story: (split: Split) => Promise<void>,
): Promise<void> {
  await using stage = new Stage();
  await using network = new Network();
  const ports = await freePorts(count);
  const replicas = new Map<number, Process>();
  for (const port of ports) {
    const flags = replicas.size === 0 ? ['-o', COUNTER] : ['-b', addressOf(ports[0] as number)];
    replicas.set(port, await stage.replica(port, flags, await network.front(port)));
  }
  await allLevel(ports, count);
  await using callers = new Callers(bootstrapOf(ports), { impatient: 8 });
  await callers.more(100);
  await story({ ports, network, callers, replicas });
  await callers.expectExact();
  await allLevel(ports, count);
}

/** Cuts all links between the two sides; clients reach everybody. */
export function divide({ network }: Split, side: ReadonlySet<string>): void {
  network.rule({
    flows: (from, to) => from === CLIENT || side.has(from) === side.has(to),
  });
}

/**
 * Cuts the leader off, alone or with as many others as leave a majority without it: the others go on, the
 * leader decides nothing any more and says so.
 */
export async function isolateLeader(split: Split, others: number): Promise<void> {
  const { ports, network, callers } = split;
  const { port } = await leaderOf(ports);
  const cut = [port, ...ports.filter((other) => other !== port).slice(0, others)];
  divide(split, new Set(cut.map(addressOf)));
  await callers.more(1);
  const majority = ports.filter((other) => !cut.includes(other));
  await leaderOf(majority.map((other) => network.backOf(other)));
  await callers.more(200);

  // Around the relay: what does the side without a majority say of itself?
  const back = network.backOf(port);
  const before = await eventually('the old leader gives up', async () => {
    const report = await statusOf(back);
    return report.role === 'leader' ? undefined : report;
  });
  await callers.more(200);
  equal((await statusOf(back)).decided, before.decided, 'no progress without a majority');
  match(split.replicas.get(port)?.stderr ?? '', /no majority: not heard are/);
  network.heal();
  await callers.more(200);
}

/** Stops the leader as a busy machine may, and lets it go on later: it must not believe that it leads. */
export async function pauseLeader(split: Split, ms: number): Promise<void> {
  const { ports, callers, replicas, network } = split;
  const { port } = await leaderOf(ports);
  const reader = await PatientReader.at(network.backOf(port));
  reader.ask(callers.acknowledged);
  replicas.get(port)?.kill('SIGSTOP');
  const awake = pause(ms);
  await leaderOf(ports.filter((other) => other !== port));
  await callers.more(200);
  for (let asked = 0; asked < 10; asked++) reader.ask(callers.acknowledged);
  await awake;
  replicas.get(port)?.kill('SIGCONT');
  await reader.expectNothingStale();
  await callers.more(200);
}
