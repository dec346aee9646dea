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

/** All hosts, and how much each has in common with those that are taken; made for many thousands of hosts. */
class Field<N extends PlacedNode> {
  readonly #nodes: readonly N[];
  /** The name of a group is looked up once. */
  readonly #numbers = new Map<string, number>();
  /** The groups of all hosts as numbers, one host after the other, and where each host's begin. */
  readonly #table: number[] = [];
  readonly #begins: Uint32Array;
  /** Of each host: how many of its groups a taken host has, too. */
  readonly #overlap: Uint32Array;
  /** Of each host: taken hosts in its groups; one that shares two groups counts twice. */
  readonly #company: Uint32Array;
  readonly #isTaken: Uint8Array;
  /** By number of the group: the hosts that are taken. */
  readonly #takenIn: string[][] = [];

  constructor(nodes: readonly N[]) {
    this.#nodes = nodes;
    const { length } = nodes;
    this.#begins = new Uint32Array(length + 1);
    this.#overlap = new Uint32Array(length);
    this.#company = new Uint32Array(length);
    this.#isTaken = new Uint8Array(length);
    for (const [index, { groups }] of nodes.entries()) {
      for (const group of groups) this.#table.push(this.#numberOf(group));
      this.#begins[index + 1] = this.#table.length;
    }
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
    let best = -1;
    for (let index = 0; index < this.#nodes.length; index++) {
      if (this.#isTaken[index] === 0 && (best < 0 || this.#isBetter(index, best))) best = index;
    }
    return this.#nodes[best];
  }

  #isBetter(one: number, other: number): boolean {
    const byOverlap = (this.#overlap[one] as number) - (this.#overlap[other] as number);
    if (byOverlap !== 0) return byOverlap < 0;
    const byCompany = (this.#company[one] as number) - (this.#company[other] as number);
    if (byCompany !== 0) return byCompany < 0;
    return (this.#nodes[one] as N).host < (this.#nodes[other] as N).host;
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
    for (let index = 0; index < this.#nodes.length; index++) this.#mark(index, host, marks);
  }

  #mark(index: number, host: string, marks: Uint8Array): void {
    if ((this.#nodes[index] as N).host === host) this.#isTaken[index] = 1;
    const end = this.#begins[index + 1] as number;
    for (let at = this.#begins[index] as number; at < end; at++) {
      const mark = marks[this.#table[at] as number];
      if (mark === 0) continue;
      this.#company[index] = (this.#company[index] as number) + 1;
      if (mark === 2) this.#overlap[index] = (this.#overlap[index] as number) + 1;
    }
  }
}

/** For people: why the host was taken, in one line. */
export function explain({ node, shared }: Choice): string {
  if (node.groups.length === 0) return 'no failure groups are known of it';
  if (shared.length === 0) return 'shares no failure group with those before it';
  const parts = shared.map(({ group, hosts }) => `${group} with ${hosts.join(', ')}`);
  return `shares ${parts.join('; ')}`;
}
