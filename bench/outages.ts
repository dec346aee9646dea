/**
 * A data centre in which things fail, to compare placements: the simulation behind the table of
 * `npm run bench:placement`. It follows figure 11 of the OpenReplica paper: five replicas on 40, 80 and 120
 * hosts that stand in groups of 20, and how often in a year a majority of them is down at the same time.
 *
 * The paper gives the numbers of hosts and the size of a group, and says that its failure rates are those of
 * published studies. It names neither these rates nor the times of repair, and what lies within a group is in
 * a drawing. So that is ours: a group is a rack, a rack has two shelves of ten hosts, and `RATES` are the
 * values with which the six figures of the paper come out closest. They fit, and prove nothing about real
 * data centres; what is to be seen is by how much the same machine room treats two placements differently.
 */
import { present, Random } from '../src/base/index.ts';
import { place } from '../src/launcher/index.ts';
import type { PlacedNode } from '../src/launcher/index.ts';

export const RACK = 20;
const SHELF = 10;
const HOURS_A_YEAR = 8766;

/** Failures a year of one such part, and hours until it is repaired. */
export const RATES = {
  /** Its switch, and all else that takes 20 hosts with it. */
  rack: { aYear: 3.8, repairHours: 13.2 },
  /** Its power strip. */
  shelf: { aYear: 18.7, repairHours: 13.2 },
  host: { aYear: 1.4, repairHours: 3 },
} as const;

export type Kind = keyof typeof RATES;

/** Hosts of a room, each with its rack and its shelf as failure groups. */
export function room(hosts: number): readonly PlacedNode[] {
  return Array.from({ length: hosts }, (_, index) => {
    const rack = `rack-${Math.floor(index / RACK)}`;
    const shelf = `shelf-${Math.floor(index / SHELF)}`;
    return { host: `host-${String(index).padStart(3, '0')}`, groups: [rack, shelf] };
  });
}

export type Chooser = (
  nodes: readonly PlacedNode[],
  count: number,
  random: Random,
) => readonly PlacedNode[];

export const atRandom: Chooser = (nodes, count, random) => {
  const left = [...nodes];
  return Array.from({ length: count }, () =>
    present(left.splice(random.between(0, left.length - 1), 1)[0], 'a host that is left'),
  );
};

export const rackAware: Chooser = (nodes, count) => place(nodes, count).map(({ node }) => node);

/** A part of the room that takes some of the replicas with it. */
interface Part {
  readonly kind: Kind;
  readonly replicas: readonly number[];
  isDown: boolean;
  nextAtHour: number;
}

function partsUnder(chosen: readonly PlacedNode[]): readonly Part[] {
  const replicasOf = new Map<string, number[]>();
  for (const [replica, { host, groups }] of chosen.entries()) {
    for (const name of [host, ...groups]) {
      replicasOf.set(name, [...(replicasOf.get(name) ?? []), replica]);
    }
  }
  return [...replicasOf].map(([name, replicas]) => {
    const kind = (['rack', 'shelf'] as const).find((group) => name.startsWith(group)) ?? 'host';
    return { kind, replicas, isDown: false, nextAtHour: 0 };
  });
}

/** Exponential, as of things that do not age. */
function hoursUntil(meanHours: number, random: Random): number {
  return -meanHours * Math.log((random.uint32() + 1) / 0x1_0000_0001);
}

/** How often a majority of the replicas went down in so many years. */
export function catastrophes(chosen: readonly PlacedNode[], years: number, random: Random): number {
  const parts = partsUnder(chosen);
  const failing = (part: Part): number => hoursUntil(HOURS_A_YEAR / RATES[part.kind].aYear, random);
  for (const part of parts) part.nextAtHour = failing(part);
  let count = 0;
  let isOut = false;
  for (;;) {
    const next = parts.reduce((first, part) => (part.nextAtHour < first.nextAtHour ? part : first));
    if (next.nextAtHour > years * HOURS_A_YEAR) return count;
    next.isDown = !next.isDown;
    next.nextAtHour += next.isDown
      ? hoursUntil(RATES[next.kind].repairHours, random)
      : failing(next);
    const down = new Set(parts.filter((part) => part.isDown).flatMap((part) => part.replicas));
    const wasOut = isOut;
    isOut = down.size > (chosen.length - 1) / 2;
    if (isOut && !wasOut) count++;
  }
}

/** The mean over many placements. */
export function catastrophesAYear(
  hosts: number,
  choose: Chooser,
  { seed, placements, years }: { seed: number; placements: number; years: number },
): number {
  const random = new Random(seed);
  const nodes = room(hosts);
  let count = 0;
  for (let round = 0; round < placements; round++) {
    count += catastrophes(choose(nodes, 5, random), years, random);
  }
  return count / placements / years;
}
