import { assert, ConCoordError, present } from '../base/index.ts';

/** A machine that can run a replica, and what it shares with others: a rack, a switch, a power supply. */
export interface PlacedNode {
  readonly host: string;
  /** Free-form names, distinct. Two hosts with the same group can fail together. */
  readonly groups: readonly string[];
}

/** What a chosen host has in common with those chosen before it. */
export interface SharedGroup {
  readonly group: string;
  /** In the order in which they were chosen; those that were taken already come first. */
  readonly hosts: readonly string[];
}

export interface Choice<N extends PlacedNode = PlacedNode> {
  readonly node: N;
  /** Empty: nothing that is known of can take this host together with an earlier one. */
  readonly shared: readonly SharedGroup[];
}

/**
 * Chooses `count` of `nodes`, one after the other: each time the host that differs most from all that are
 * chosen, which is the one with the fewest groups among the groups of those. Where several have as few, the
 * one whose groups hold the fewest chosen hosts, so that three racks are filled evenly by five replicas, and
 * then the first by name in code units. So the choice depends on the set of nodes alone, not on its order.
 *
 * @param taken Hosts that are chosen already. They are not chosen again, also when `nodes` has them.
 * @throws ConCoordError `INVALID_ARGUMENT` when there are too few hosts.
 */
export function place<N extends PlacedNode>(
  nodes: readonly N[],
  count: number,
  taken: readonly PlacedNode[] = [],
): readonly Choice<N>[] {
  assert(Number.isSafeInteger(count) && count >= 0, 'the number of hosts is a natural number');
  const field = new Field(nodes);
  for (const node of taken) field.take(node);
  const choices: Choice<N>[] = [];
  while (choices.length < count) {
    const node = field.best();
    if (node === undefined) throw tooFew(count, choices.length, taken.length);
    choices.push({ node, shared: field.sharedWith(node) });
    // After the last choice nobody asks any more.
    if (choices.length < count) field.take(node);
  }
  return choices;
}

function tooFew(count: number, found: number, taken: number): ConCoordError {
  const besides = taken === 0 ? '' : ` besides the ${taken} that are taken`;
  const fact = `${count} ${count === 1 ? 'host is' : 'hosts are'} wanted, and there are ${found}${besides}`;
  return new ConCoordError('INVALID_ARGUMENT', fact, {
    remedy: "Add hosts with 'openreplica addnode', or ask for fewer.",
  });
}

interface Candidate<N> {
  readonly node: N;
  /** Its groups are these places of the table of all groups: `from` up to, and without, `to`. */
  readonly from: number;
  readonly to: number;
  /** How many of its groups a taken host has, too. */
  overlap: number;
  /** Taken hosts in its groups; one that shares two groups counts twice. */
  company: number;
  isTaken: boolean;
}

/** All hosts, and how much each has in common with those that are taken. */
class Field<N extends PlacedNode> {
  readonly #candidates: readonly Candidate<N>[];
  /** Names are looked up once: with tens of thousands of hosts, that is most of the work. */
  readonly #numbers = new Map<string, number>();
  /** The groups of all candidates, one candidate after the other, as numbers. */
  readonly #table: number[] = [];
  /** By number: the hosts that are taken. */
  readonly #takenIn: string[][] = [];

  constructor(nodes: readonly N[]) {
    this.#candidates = nodes.map((node) => {
      const from = this.#table.length;
      for (const group of node.groups) this.#table.push(this.#numberOf(group));
      const to = this.#table.length;
      return { node, from, to, overlap: 0, company: 0, isTaken: false };
    });
  }

  #numberOf(group: string): number {
    const known = this.#numbers.get(group);
    if (known !== undefined) return known;
    this.#numbers.set(group, this.#takenIn.length);
    return this.#takenIn.push([]) - 1;
  }

  #hostsIn(group: number): string[] {
    return present(this.#takenIn[group], 'the hosts of a group');
  }

  best(): N | undefined {
    let best: Candidate<N> | undefined;
    for (const candidate of this.#candidates) {
      if (candidate.isTaken) continue;
      if (best === undefined || isBetter(candidate, best)) best = candidate;
    }
    return best?.node;
  }

  sharedWith(node: PlacedNode): readonly SharedGroup[] {
    return node.groups.flatMap((group) => {
      const hosts = [...this.#hostsIn(this.#numberOf(group))];
      return hosts.length === 0 ? [] : [{ group, hosts }];
    });
  }

  take({ host, groups }: PlacedNode): void {
    const numbers = groups.map((group) => this.#numberOf(group));
    /** By number: 1 for its groups, 2 for those among them in which no host was taken before. */
    const marks = new Uint8Array(this.#takenIn.length);
    for (const number of numbers) {
      const hosts = this.#hostsIn(number);
      marks[number] = hosts.length === 0 ? 2 : 1;
      hosts.push(host);
    }
    for (const candidate of this.#candidates) {
      if (candidate.node.host === host) candidate.isTaken = true;
      for (let index = candidate.from; index < candidate.to; index++) {
        const mark = marks[this.#table[index] as number];
        if (mark === 0) continue;
        candidate.company++;
        if (mark === 2) candidate.overlap++;
      }
    }
  }
}

function isBetter(one: Candidate<PlacedNode>, other: Candidate<PlacedNode>): boolean {
  if (one.overlap !== other.overlap) return one.overlap < other.overlap;
  if (one.company !== other.company) return one.company < other.company;
  return one.node.host < other.node.host;
}

/** For people: why the host was taken, in one line. */
export function explain({ node, shared }: Choice): string {
  if (node.groups.length === 0) return 'no failure groups are known of it';
  if (shared.length === 0) return 'shares no failure group with those before it';
  const parts = shared.map(({ group, hosts }) => `${group} with ${hosts.join(', ')}`);
  return `shares ${parts.join('; ')}`;
}
