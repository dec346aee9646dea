import type { Slot } from './ballot.ts';
import { readSkip } from './entry.ts';
import type { CallPlace, Entry } from './entry.ts';
import type { Log } from './log.ts';

/** Calls that the log says are not executed, which it says behind them (docs/protocol.md, Safety 11). */
export class Skips {
  readonly #log: Log;
  readonly #places = new Map<Slot, Set<number>>();
  /** Entries up to here were looked at. */
  #seen: Slot = 0;
  /** What was done with the calls of slots up to here, a snapshot says. */
  #covered: Slot = 0;
  /** Calls that were not executed here, either. */
  readonly #heeded = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Takes up what has been decided since. */
  learn(): void {
    while (this.#seen < this.#log.commit) {
      const entry = this.#log.at(++this.#seen);
      const place = entry === undefined ? undefined : readSkip(entry);
      if (place === undefined) continue;
      const indices = this.#places.get(place.slot) ?? new Set();
      this.#places.set(place.slot, indices.add(place.index));
    }
  }

  /** Whether a call that is about to be executed must not be. */
  heed({ slot, index }: CallPlace): boolean {
    if (this.#places.get(slot)?.has(index) !== true) return false;
    this.#heeded.add(`${slot} ${index}`);
    return true;
  }

  /** An entry is applied: whether it takes out a call that was executed here, before that was known. */
  contradicts(entry: Entry): boolean {
    const place = readSkip(entry);
    if (place === undefined || place.slot <= this.#covered) return false;
    return !this.#heeded.delete(`${place.slot} ${place.index}`);
  }

  /** A snapshot holds what became of everything up to its slot. */
  forget(through: Slot): void {
    this.#covered = through;
    this.#heeded.clear();
    for (const slot of this.#places.keys()) if (slot <= through) this.#places.delete(slot);
  }
}
