import { MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import type { Slot } from './ballot.ts';
import { readFirm, readSkip } from './entry.ts';
import type { CallPlace, Entry } from './entry.ts';
import type { Log } from './log.ts';

/** They are few, and whoever tells of one again does so soon. */
const KEPT = 256;

/**
 * Calls that the log says are not executed, which it says behind them, and those of which it has said that
 * they stand: what it says first counts (docs/protocol.md, Safety 11).
 */
export class Skips {
  readonly #log: Log;
  /** Those that were decided, as far as the log was looked at here. */
  #places: CallPlace[] = [];
  /** Entries up to here were looked at. */
  #seen: Slot = 0;
  /** The newest entry that takes out a call. */
  #newest: Slot = 0;
  /** No later entry takes out a call up to this slot. */
  #firm: Slot = 0;
  /** The same, by what is applied here. */
  #firmApplied: Slot = 0;
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

  /** Calls up to this slot have the fate that they have by now. */
  get firm(): Slot {
    return this.#firm;
  }

  /** Takes up what has been decided since. */
  learn(): void {
    while (this.#seen < this.#log.commit) {
      const entry = this.#log.at(++this.#seen);
      if (entry === undefined) continue;
      this.#firm = Math.max(this.#firm, readFirm(entry) ?? 0);
      const place = readSkip(entry);
      if (place === undefined || place.slot <= this.#firm) continue;
      this.#newest = this.#seen;
      keep(this.#places, place);
      if (!has(this.#heeded, place)) keep(this.#open, place);
    }
  }

  /** This entry is applied: a snapshot must say what it makes firm, and nothing of later ones. */
  applied(entry: Entry): void {
    this.#firmApplied = Math.max(this.#firmApplied, readFirm(entry) ?? 0);
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

  /**
   * For a snapshot: whoever goes on from it must know which calls its state is without, and which of those
   * that it holds are not to be taken out. Either is left away where there is nothing to say.
   */
  write(writer: ByteWriter): void {
    if (this.#heeded.length === 0 && this.#firmApplied === 0) return;
    writer.varint(this.#heeded.length);
    for (const { slot, index } of this.#heeded) writer.varint(slot).varint(index);
    if (this.#firmApplied > 0) writer.varint(this.#firmApplied);
  }

  read(reader: ByteReader): void {
    this.#heeded = [];
    this.#firmApplied = 0;
    if (reader.remaining > 0) this.#read(reader);
    this.#firm = Math.max(this.#firm, this.#firmApplied);
    // Of what is older, nobody knows any more; nobody tells of it for the first time, either.
    const oldest = this.#heeded.length === KEPT ? (this.#heeded[0]?.slot ?? 0) : 0;
    this.#open = this.#places.filter((place) => place.slot >= oldest && !has(this.#heeded, place));
  }

  #read(reader: ByteReader): void {
    const count = reader.count(2);
    for (let left = count; left > 0; left--) {
      this.#heeded.push({ slot: reader.varint(), index: reader.varint() });
    }
    const saysMore = reader.remaining > 0;
    this.#firmApplied = saysMore ? reader.varint() : 0;
    // Else the same would have two forms, and snapshots of one slot could differ.
    if (this.#firmApplied === 0 && (saysMore || count === 0)) {
      throw new MalformedBytes('calls that are taken out or firm, of which there are none');
    }
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
