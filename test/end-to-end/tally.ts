import { ok } from 'node:assert/strict';

/** The book of a counter that is only incremented: what value may it have, and what may a read see? */
export class Tally {
  /** Increments that were begun. */
  started = 0;
  /** Increments that returned. */
  acknowledged = 0;
  /** Increments of unknown fate that turned out to have happened. */
  resolved = 0;
  /** Increments that did not happen and never will. */
  never = 0;
  /** The highest value that a read has returned. */
  #seen = 0;

  /** What the counter must show when nothing is under way. */
  get expected(): number {
    return this.acknowledged + this.resolved;
  }

  /**
   * Begins a read, which ends by handing over its value. A linearizable read sees every increment that
   * was acknowledged and every value that was read before it began, and nothing that was not begun.
   */
  beginRead(): (value: number) => void {
    const least = Math.max(this.acknowledged, this.#seen);
    return (value) => {
      ok(value >= least, `a stale read: ${value}, but ${least} was there before it began`);
      ok(value <= this.started, `a read of the future: ${value}, but ${this.started} were begun`);
      this.#seen = Math.max(this.#seen, value);
    };
  }
}
