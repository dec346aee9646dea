import type { ByteReader, ByteWriter } from '../base/index.ts';
import type { Slot } from './ballot.ts';
import { readSkip } from './entry.ts';
import type { CallPlace, Entry } from './entry.ts';
import type { Log } from './log.ts';

/** They are few, and whoever tells of one again does so soon. */
const HEEDED_KEPT = 256;

/** Calls that the log says are not executed, which it says behind them (docs/protocol.md, Safety 11). */
export class Skips {
  readonly #log: Log;
  readonly #places = new Map<Slot, Set<number>>();
  /** Entries up to here were looked at. */
  #seen: Slot = 0;
  /** The last calls that were not executed here, in order; a call may be taken out more than once. */
  #heeded: CallPlace[] = [];

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
    this.#heeded.push({ slot, index });
    if (this.#heeded.length > HEEDED_KEPT) this.#heeded.shift();
    return true;
  }

  /** An entry is applied: whether it takes out a call that was executed here, before that was known. */
  contradicts(entry: Entry): boolean {
    const place = readSkip(entry);
    if (place === undefined) return false;
    // One that is older than all that is remembered is told of for the second time.
    if (this.#heeded.length === HEEDED_KEPT && place.slot < (this.#heeded[0]?.slot ?? 0))
      return false;
    return !this.#heeded.some(({ slot, index }) => slot === place.slot && index === place.index);
  }

  /** For a snapshot: whoever goes on from it must know which calls its state is without. */
  write(writer: ByteWriter): void {
    if (this.#heeded.length === 0) return;
    writer.varint(this.#heeded.length);
    for (const { slot, index } of this.#heeded) writer.varint(slot).varint(index);
  }

  /** @param through The slot of the snapshot. */
  read(reader: ByteReader, through: Slot): void {
    this.#heeded = [];
    for (let left = reader.remaining > 0 ? reader.count(2) : 0; left > 0; left--) {
      this.#heeded.push({ slot: reader.varint(), index: reader.varint() });
    }
    for (const slot of this.#places.keys()) if (slot <= through) this.#places.delete(slot);
  }
}
