import { MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import { compareBallots, ZERO_BALLOT } from './ballot.ts';
import type { Ballot, Slot } from './ballot.ts';
import { readBallot, writeBallot } from './ballot-format.ts';
import { readFate } from './entry.ts';
import type { CallPlace, Entry } from './entry.ts';
import type { Log } from './log.ts';

/** A snapshot says so many: whoever has it not in mind that one was taken out learns of it soon. */
const KEPT = 256;

/** What the log has said so far, for later words about the fate of calls. */
interface Said {
  /** No later entry takes out a call up to this slot. */
  firm: Slot;
  /** The latest leadership that has begun: an earlier one takes out nothing any more. */
  begun: Ballot;
}

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
  /** By what was looked at. */
  readonly #said: Said = { firm: 0, begun: ZERO_BALLOT };
  /** By what is applied here. */
  readonly #applied: Said = { firm: 0, begun: ZERO_BALLOT };
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
    return this.#said.firm;
  }

  /** The latest leadership that has begun: no skip of an earlier one counts. */
  get begun(): Ballot {
    return this.#said.begun;
  }

  /** Takes up what has been decided since. */
  learn(): void {
    const { commit, first } = this.#log;
    if (this.#seen >= commit) return;
    // What lies behind a snapshot is gone, and so are its calls.
    this.#seen = Math.max(this.#seen, first - 1);
    if ((this.#places[0]?.slot ?? first) < first) {
      this.#places = this.#places.filter(({ slot }) => slot >= first);
    }
    while (this.#seen < commit) {
      const entry = this.#log.at(++this.#seen);
      if (entry !== undefined) this.#learn(entry);
    }
  }

  #learn(entry: Entry): void {
    const place = hear(this.#said, entry);
    if (place === undefined) return;
    this.#newest = this.#seen;
    insert(this.#places, place);
    if (!has(this.#heeded, place)) insert(this.#open, place);
  }

  /** This entry is applied: a snapshot must tell what it says, and nothing of later ones. */
  applied(entry: Entry): void {
    hear(this.#applied, entry);
  }

  /** Whether a call that is about to be executed must not be. */
  heed(call: CallPlace): boolean {
    if (!has(this.#places, call)) return false;
    const { slot, index } = call;
    insert(this.#heeded, { slot, index });
    if (this.#heeded.length > KEPT) this.#heeded.shift();
    this.#open = this.#open.filter((place) => place.slot !== slot || place.index !== index);
    return true;
  }

  /** Whether the log has taken out a call, as far as is known here. */
  takesOut(call: CallPlace): boolean {
    return has(this.#places, call) || has(this.#heeded, call);
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
   * For a snapshot: whoever goes on from it must know which calls its state is without, and what the log has
   * said of those that it holds. Left away where there is nothing to say.
   */
  write(writer: ByteWriter): void {
    const { begun, firm } = this.#applied;
    if (isNothing(this.#heeded, this.#applied)) return;
    writer.varint(this.#heeded.length);
    for (const { slot, index } of this.#heeded) writer.varint(slot).varint(index);
    writer.varint(firm).varint(begun.round === 0 ? 0 : 1);
    if (begun.round > 0) writeBallot(writer, begun);
  }

  /** @param slot Of the snapshot. */
  read(reader: ByteReader, slot: Slot): void {
    this.#heeded = [];
    Object.assign(this.#applied, { firm: 0, begun: ZERO_BALLOT });
    if (reader.remaining > 0) this.#read(reader);
    raise(this.#said, this.#applied);
    // Which entry took them out, it does not say.
    if (this.#heeded.length > 0) this.#newest = Math.max(this.#newest, slot);
    // Of what is older, nobody knows any more; nobody tells of it for the first time, either.
    const oldest = this.#heeded.length === KEPT ? this.#heeded[0] : undefined;
    this.#open = this.#places.filter((place) => {
      return (oldest === undefined || compare(place, oldest) > 0) && !has(this.#heeded, place);
    });
  }

  #read(reader: ByteReader): void {
    for (let left = reader.count(2); left > 0; left--) {
      this.#heeded.push({ slot: reader.varint(), index: reader.varint() });
    }
    // As it was written before there was more to say.
    if (this.#heeded.length > 0 && reader.remaining === 0) return;
    this.#applied.firm = reader.varint();
    const hasBegun = reader.varint();
    if (hasBegun > 1) throw new MalformedBytes('a leadership that has begun or not');
    if (hasBegun === 1) this.#applied.begun = readBallot(reader);
    // Else the same would have two forms, and snapshots of one slot could differ.
    if (isNothing(this.#heeded, this.#applied)) {
      throw new MalformedBytes('a word about the fate of calls that says nothing');
    }
  }
}

function isNothing(heeded: readonly CallPlace[], { begun, firm }: Said): boolean {
  return heeded.length === 0 && firm === 0 && begun.round === 0;
}

function raise(said: Said, { begun, firm }: Said): void {
  said.firm = Math.max(said.firm, firm);
  if (compareBallots(begun, said.begun) > 0) said.begun = begun;
}

/** Takes up what an entry says. Returns the call that it takes out, if it does. */
function hear(said: Said, entry: Entry): CallPlace | undefined {
  const fate = readFate(entry);
  if (fate === undefined) return undefined;
  if (fate.kind === 'firm') raise(said, { ...said, firm: fate.through });
  else if (fate.kind === 'begin') raise(said, { ...said, begun: fate.ballot });
  else if (fate.slot > said.firm && compareBallots(fate.ballot, said.begun) >= 0) {
    return { slot: fate.slot, index: fate.index };
  }
  return undefined;
}

function insert(places: CallPlace[], place: CallPlace): void {
  if (has(places, place)) return;
  const at = places.findIndex((other) => compare(place, other) < 0);
  places.splice(at < 0 ? places.length : at, 0, place);
}

/** In the order in which calls are executed. */
function compare(a: CallPlace, b: CallPlace): number {
  return a.slot - b.slot || a.index - b.index;
}

function has(places: readonly CallPlace[], { slot, index }: CallPlace): boolean {
  return places.some((place) => place.slot === slot && place.index === index);
}
