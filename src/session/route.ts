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

/** The addresses at which a replica may be found: members of the newest view first, then the bootstrap. */
export class Route {
  readonly #bootstrap: readonly string[];
  #view: View | undefined;
  #all: readonly string[];

  constructor(bootstrap: readonly string[]) {
    assert(bootstrap.length > 0, 'a client knows an address to begin with');
    this.#bootstrap = bootstrap;
    this.#all = [...new Set(bootstrap)];
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
    this.#all = [...new Set([...view.members.map(({ address }) => address), ...this.#bootstrap])];
  }

  /** The instance was recovered: its epochs count anew. */
  forget(): void {
    this.#view = undefined;
    this.#all = [...new Set([...this.#all, ...this.#bootstrap])];
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
