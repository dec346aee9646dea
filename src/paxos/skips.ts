import { MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import type { Slot } from './ballot.ts';
import { readSkip } from './entry.ts';
import type { CallPlace } from './entry.ts';
import type { Log } from './log.ts';

/** They are few, and whoever tells of one again does so soon. */
const KEPT = 256;

/** Calls that the log says are not executed, which it says behind them (docs/protocol.md, Safety 11). */
export class Skips {
  readonly #log: Log;
  /** Those that were decided, as far as the log was looked at here. */
  #places: CallPlace[] = [];
  /** Entries up to here were looked at. */
  #seen: Slot = 0;
  /** The newest entry that takes out a call. */
  #newest: Slot = 0;
  /** The last calls that were not executed here, in order. */
  #heeded: CallPlace[] = [];
  /** Those that were decided and are not heeded (yet). */
  #open: CallPlace[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** The slot of the newest entry that takes out a call; 0 when none is known. */
  get newest(): Slot {
    return this.#newest;
  }

  /** Takes up what has been decided since. */
  learn(): void {
    while (this.#seen < this.#log.commit) {
      const entry = this.#log.at(++this.#seen);
      const place = entry === undefined ? undefined : readSkip(entry);
      if (place === undefined) continue;
      this.#newest = this.#seen;
      keep(this.#places, place);
      if (!has(this.#heeded, place)) keep(this.#open, place);
    }
  }

  /** Whether a call that is about to be executed must not be. */
  heed(call: CallPlace): boolean {
    if (!has(this.#places, call)) return false;
    const { slot, index } = call;
    keep(this.#heeded, { slot, index });
    this.#open = this.#open.filter((place) => place.slot !== slot || place.index !== index);
    return true;
  }

  /** The first call up to this slot that is taken out, and was executed here before that was known. */
  contradict(applied: Slot): CallPlace | undefined {
    if (this.#open.length === 0) return undefined;
    const [first] = this.#open
      .filter(({ slot }) => slot <= applied)
      .sort((a, b) => a.slot - b.slot);
    return first;
  }

  /** For a snapshot: whoever goes on from it must know which calls its state is without. */
  write(writer: ByteWriter): void {
    if (this.#heeded.length === 0) return;
    writer.varint(this.#heeded.length);
    for (const { slot, index } of this.#heeded) writer.varint(slot).varint(index);
  }

  read(reader: ByteReader): void {
    this.#heeded = [];
    const count = reader.remaining > 0 ? reader.count(2) : undefined;
    if (count === 0) throw new MalformedBytes('a list of calls that is empty');
    for (let left = count ?? 0; left > 0; left--) {
      this.#heeded.push({ slot: reader.varint(), index: reader.varint() });
    }
    // Of what is older, nobody knows any more; nobody tells of it for the first time, either.
    const oldest = this.#heeded.length === KEPT ? (this.#heeded[0]?.slot ?? 0) : 0;
    this.#open = this.#places.filter((place) => place.slot >= oldest && !has(this.#heeded, place));
  }
}

function keep(places: CallPlace[], place: CallPlace): void {
  if (has(places, place)) return;
  const at = places.findIndex((other) => compare(place, other) < 0);
  places.splice(at < 0 ? places.length : at, 0, place);
  if (places.length > KEPT) places.shift();
}

/** In the order in which calls are executed. */
function compare(a: CallPlace, b: CallPlace): number {
  return a.slot - b.slot || a.index - b.index;
}

function has(places: readonly CallPlace[], { slot, index }: CallPlace): boolean {
  return places.some((place) => place.slot === slot && place.index === index);
}
