import type { FaultKind } from './fault-kinds.ts';
import type { Fault, Stage } from './faults.ts';
import type { Machine, Weather } from './network.ts';
import { MS, SECOND } from './world.ts';

type Kind = Extract<
  FaultKind,
  | 'loss'
  | 'duplication'
  | 'reordering'
  | 'delay spikes'
  | 'partition'
  | 'one-way partition'
  | 'partial partition'
  | 'leaders cut off'
  | 'link reset'
>;

export const NETWORK_FAULTS: Readonly<Record<Kind, Fault>> = {
  loss: (stage) => worsen(stage, { loss: stage.random.pick([10, 50, 300]) }),
  duplication: (stage) => worsen(stage, { duplicate: stage.random.pick([20, 300]) }),
  reordering: (stage) => worsen(stage, { reorder: stage.random.pick([20, 500]) }),
  'delay spikes': (stage) => {
    const { random } = stage;
    return worsen(stage, {
      spike: random.pick([10, 200]),
      spikeUs: random.pick([20, 200, 1500]) * MS,
    });
  },
  partition: (stage) => {
    const { inside, outside } = split(stage);
    return block(stage, [...pairs(inside, outside), ...pairs(outside, inside)]);
  },
  'one-way partition': (stage) => {
    const { inside, outside } = split(stage);
    return block(stage, pairs(inside, outside));
  },
  'partial partition': (stage) => {
    const { random } = stage;
    const replicas = addresses(stage);
    const some = pairs(replicas, replicas).filter(([a, b]) => a < b && random.chance(1, 3));
    return block(stage, [...some, ...some.map(([a, b]) => [b, a] as const)]);
  },
  'leaders cut off': (stage) => {
    const leader = stage.cluster.leader?.member.address;
    if (leader === undefined) return false;
    cutOffNext(stage, leader, stage.random.between(1, 5));
    return true;
  },
  'link reset': (stage) => {
    const some = new Set(split(stage).inside);
    let done = false;
    for (let left = stage.random.between(1, 5); left > 0; left--) {
      done = stage.network.reset((a, b) => some.has(a) || some.has(b)) || done;
    }
    return done;
  },
};

function worsen({ later, network, random }: Stage, weather: Partial<Weather>): boolean {
  Object.assign(network.weather, weather);
  const calm = Object.fromEntries(Object.keys(weather).map((name) => [name, 0]));
  later(random.between(100 * MS, 5 * SECOND), () => Object.assign(network.weather, calm));
  return true;
}

/**
 * Cuts a leader off from all other replicas, though not from all of its clients. Soon after another has
 * taken office it comes back, and the other is cut off instead: so votes of several ballots meet, and what
 * a leader that does not know of its successor tells its clients is held against what others were told.
 */
function cutOffNext(stage: Stage, leader: Machine, left: number): void {
  const { cluster, later, network, random, workload, world } = stage;
  const others = addresses(stage).filter((address) => address !== leader);
  const gone = workload.clients.map(({ name }) => name).filter(() => random.chance(1, 2));
  // Sometimes another goes with it, and takes what it says for the truth, as long as a majority stays.
  const companion = others.length > 3 && random.chance(1, 2) ? random.pick(others) : undefined;
  const inside = companion === undefined ? [leader] : [leader, companion];
  const outside = others.filter((address) => address !== companion);
  // Sometimes one of them still hears it, and casts votes of which nobody learns.
  const hearer = random.chance(1, 3) ? random.pick(outside) : undefined;
  const blocked = [...pairs(inside, outside), ...pairs(outside, inside)].filter(
    ([, to]) => to !== hearer,
  );
  const refused = [...pairs([leader], gone), ...pairs(gone, [leader])];
  if (world.traced) world.say(`   ${leader} is cut off`);
  for (const [from, to] of blocked) network.block(from, to);
  for (const [from, to] of refused) network.block(from, to, 'with a refusal');
  const lost = new Set(gone);
  while (network.reset((a, b) => (a === leader && lost.has(b)) || (b === leader && lost.has(a))));
  // By a slow clock it leads for longer, as far as it knows.
  const clock = cluster.sites.find(({ address }) => address === leader)?.clock;
  if (random.chance(1, 2)) clock?.drift(random.pick([0.1, 0.3]));
  const heal = (): void => {
    clock?.drift(1);
    for (const [from, to] of [...blocked, ...refused]) network.unblock(from, to);
  };
  // In case nobody takes office.
  later(random.between(2 * SECOND, 6 * SECOND), heal);
  stage.whenNoticed('leading', ({ member: { address } }) => {
    if (address === leader) return false;
    later(random.pick([0, 30, 2000, 4000]) * random.between(0, MS), () => {
      heal();
      if (left > 1) cutOffNext(stage, address, left - 1);
    });
    return true;
  });
}

function addresses({ cluster }: Stage): Machine[] {
  return cluster.sites.filter(({ retired }) => !retired).map(({ address }) => address);
}

/** Two groups of machines; clients are on either side, or on none. */
function split(stage: Stage): { readonly inside: Machine[]; readonly outside: Machine[] } {
  const { random, workload } = stage;
  const replicas = addresses(stage);
  const clients = random.chance(1, 2) ? workload.clients.map(({ name }) => name) : [];
  // What clients have sent is then still under way when others ask what became of it.
  if (random.chance(1, 3) && clients.length > 0) {
    const some = clients.filter(() => random.chance(1, 2));
    return { inside: some, outside: replicas };
  }
  const leader = stage.cluster.leader?.member.address;
  const odds = random.between(1, 3);
  const inside = [...replicas, ...clients].filter(() => random.chance(odds, 4));
  // Whatever happens to the leader matters most.
  if (leader !== undefined && random.chance(1, 3) && !inside.includes(leader)) inside.push(leader);
  return { inside, outside: [...replicas, ...clients].filter((name) => !inside.includes(name)) };
}

type Pair = readonly [from: Machine, to: Machine];

function pairs(from: readonly Machine[], to: readonly Machine[]): Pair[] {
  return from.flatMap((a) => to.filter((b) => b !== a).map((b) => [a, b] as const));
}

function block({ later, network, random, world }: Stage, blocked: readonly Pair[]): boolean {
  if (blocked.length === 0) return false;
  if (world.traced) world.say(`   ${blocked.map(([a, b]) => `${a}>${b}`).join(' ')}`);
  for (const [from, to] of blocked) network.block(from, to);
  later(random.between(100 * MS, random.pick([1, 6]) * SECOND), () => {
    for (const [from, to] of blocked) network.unblock(from, to);
  });
  return true;
}
