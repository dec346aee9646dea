import { assert } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import { memberOf, showReplica } from '../paxos/index.ts';
import type { ReplicaId, View } from '../paxos/index.ts';

/** A pause that grows with every repetition and is drawn at random, so that clients do not march in step. */
export interface Pause {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** Between attempts to find a leader. */
export const SEARCH_PAUSE: Pause = { leastMs: 20, mostMs: 250 };
/** Before requests that a leader did not take are sent again. */
export const RESEND_PAUSE: Pause = { leastMs: 5, mostMs: 100 };

/** Uniform between the least and a bound that doubles with every repetition up to the most. */
export function pauseMs(random: Random, { leastMs, mostMs }: Pause, repetition: number): number {
  const bound = Math.min(mostMs, leastMs * 2 ** Math.min(repetition + 1, 20));
  return random.between(leastMs, bound);
}

/**
 * The addresses at which a replica may be found: members of the newest view first, then what names were
 * found to stand for, then the bootstrap. A view is as old as the last greeting or redirect, since replicas
 * do not tell clients of the next one; when all its members are gone, the names lead on.
 */
export class Route {
  readonly #bootstrap: readonly string[];
  readonly #found = new Map<string, readonly string[]>();
  /** Names that lead nowhere, as whoever knows them says. */
  readonly #missing = new Set<string>();
  /** Known from a view that does not count any more. */
  #former: readonly string[] = [];
  #view: View | undefined;
  #all: readonly string[] = [];

  constructor(bootstrap: readonly string[]) {
    assert(bootstrap.length > 0, 'a client knows an address to begin with');
    this.#bootstrap = bootstrap;
    this.#arrange();
  }

  get size(): number {
    return this.#all.length;
  }

  get addresses(): readonly string[] {
    return this.#all;
  }

  /** Views only grow: an older one comes from a replica that is behind. */
  learn(view: View): void {
    if (view.epoch <= (this.#view?.epoch ?? 0)) return;
    this.#view = view;
    this.#former = [];
    this.#arrange();
  }

  /** The instance was recovered: its epochs count anew. */
  forget(): void {
    this.#former = this.#all;
    this.#view = undefined;
    this.#arrange();
  }

  /**
   * `name` stands for these addresses, and no longer for those that it was found to stand for before. Returns
   * those that are new.
   */
  found(name: string, addresses: readonly string[]): readonly string[] {
    this.#missing.delete(name);
    const known = new Set(this.#all);
    const before = this.#found.get(name) ?? [];
    // Names list their addresses in any order; the rotation should not pass over some by chance.
    const stay = before.filter((address) => addresses.includes(address));
    this.#found.set(name, [...new Set([...stay, ...addresses])]);
    this.#arrange();
    return addresses.filter((address) => !known.has(address));
  }

  /** `name` leads nowhere. Returns whether that is all there is to know: nowhere is left to go. */
  missing(name: string): boolean {
    this.#missing.add(name);
    return this.#all.every((address) => this.#missing.has(address));
  }

  #arrange(): void {
    const members = this.#view?.members.map(({ address }) => address) ?? [];
    const found = [...this.#found.values()].flat();
    this.#all = [...new Set([...members, ...found, ...this.#former, ...this.#bootstrap])];
  }

  /** Where a member is, or its id when the view does not say. */
  addressOf(id: ReplicaId): string {
    const member = this.#view === undefined ? undefined : memberOf(this.#view, id);
    return member?.address ?? showReplica(id);
  }

  /** The address to try after `address`; the first when that is not known any more. */
  after(address: string | undefined): string {
    const at = address === undefined ? -1 : this.#all.indexOf(address);
    return this.#all[(at + 1) % this.#all.length] as string;
  }
}
