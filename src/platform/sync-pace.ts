/** The way to a thread and back costs more than a disk takes that is as quick as this, on average. */
const QUICK_MS = 2;
/** Weight of the newest sync in the average. */
const NEWEST = 1 / 16;
/** Nothing is known of a disk at first. */
const UNKNOWN_MS = 10 * QUICK_MS;
/** So long nothing may stand still without consequences. */
const STALL_MS = 50;
const FIRST_BAN_MS = 30_000;
const LONGEST_BAN_MS = 3_600_000;

export interface Pace {
  /** Monotonic ms. */
  readonly now: number;
  /** The event loop may wait for the next sync. */
  readonly isQuick: boolean;
  /** A sync, in the loop with its write, has been waited for since `began`. */
  took(where: 'loop' | 'thread', began: number): void;
}

/**
 * Where a sync is waited for: in a thread, or in the event loop, where nothing else happens meanwhile. While
 * calls are few there is nothing else to do, and a quick disk is ready before a thread would be. A disk that
 * makes the loop stand still is left to threads for a while, twice as long every time.
 */
export class SyncPace implements Pace {
  readonly #now: () => number;
  #averageMs = UNKNOWN_MS;
  #banMs = FIRST_BAN_MS;
  #bannedUntil = Number.NEGATIVE_INFINITY;

  /** @param now Monotonic ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now();
  }

  get isQuick(): boolean {
    return this.#averageMs < QUICK_MS && this.#now() >= this.#bannedUntil;
  }

  took(where: 'loop' | 'thread', began: number): void {
    const now = this.#now();
    const ms = now - began;
    this.#averageMs += (ms - this.#averageMs) * NEWEST;
    if (where === 'thread' || ms < STALL_MS) return;
    this.#bannedUntil = now + this.#banMs;
    this.#banMs = Math.min(LONGEST_BAN_MS, this.#banMs * 2);
  }
}
