import type { ReplicaId } from './ballot.ts';

/** An entry of a few calls. */
const SMALL_BYTES = 256;
/** So many of them may be under way. */
const FEW = 3;
/** After so many small entries, a few at a time, the load counts as light. */
const LIGHT_SLOTS = 8;
/** Whoever is late for so many slots on end is slow: now and then the others are asked at the same moment. */
const LATE_SLOTS = 2;

/**
 * Whom a leader asks for votes at once. A slot needs a quorum and no more: while the load is light, those
 * whose votes decided the slots before are asked first, and the others some milliseconds later, together with
 * what comes up for them meanwhile, which spares processors and disks. Should somebody have become slow, the
 * others decide, and soon are asked first. Under load everybody is asked at once: the quickest of
 * more votes come sooner.
 */
export class FirstAsked {
  /** Nobody yet: then all are asked at once. */
  #ids: readonly ReplicaId[] = [];
  #small = 0;
  #late = 0;

  /** An entry of so many bytes is about to be sent; so many are under way, this one among them. */
  propose(bytes: number, open: number): void {
    this.#small = bytes <= SMALL_BYTES && open <= FEW ? this.#small + 1 : 0;
  }

  /** @param votes In the order in which they came; the first `needed` of them have decided a slot. */
  decided(votes: ReadonlySet<ReplicaId>, needed: number): void {
    const ids: ReplicaId[] = [];
    for (const id of votes) if (ids.length < needed) ids.push(id);
    const known = this.#ids.length === needed;
    this.#late = known && this.#ids.every((id) => ids.includes(id)) ? 0 : this.#late + 1;
    if (known && this.#late < LATE_SLOTS) return;
    this.#late = 0;
    this.#ids = ids;
  }

  /** The way to somebody is broken. */
  lost(id: ReplicaId): void {
    if (this.#ids.includes(id)) this.#ids = [];
  }

  has(id: ReplicaId): boolean {
    return this.#small <= LIGHT_SLOTS || this.#ids.length === 0 || this.#ids.includes(id);
  }
}
