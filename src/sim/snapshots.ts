import { ByteReader, ByteWriter, Digest, limits } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import type { Inbox, SnapshotPort } from '../host/index.ts';
import type { Slot, SnapshotName } from '../paxos/index.ts';
import type { VirtualProcess } from './process.ts';
import { MS } from './world.ts';

/** Snapshots kept beside the newest, as a store does for those that are being read. */
const OLDER_KEPT = 3;

/** A complete snapshot: the length of its header, header, state. */
export interface StoredSnapshot {
  readonly name: SnapshotName;
  readonly bytes: Uint8Array;
}

export interface SnapshotContent {
  readonly header: Uint8Array;
  readonly state: Uint8Array;
}

/** Where the newest snapshot of a replica lives: its directory, or its memory. */
export interface SnapshotShelf {
  snapshot: StoredSnapshot | undefined;
}

export interface SnapshotParts {
  readonly process: VirtualProcess;
  readonly shelf: SnapshotShelf;
  readonly inbox: Inbox;
  readonly random: Random;
  /** Longest part that is handed out at once. */
  readonly chunkBytes: number;
  /** Some of what is received is damaged. */
  readonly damaged: boolean;
  /** µs until a snapshot is durable. */
  readonly writeUs: number;
  /** Told of every snapshot that is taken. */
  readonly taken: (snapshot: SnapshotName) => void;
}

/** Snapshots on a virtual disk, or in the memory of a virtual process. */
export class VirtualSnapshots implements SnapshotPort {
  readonly #parts: SnapshotParts;
  /** Some before the newest, which somebody may still be reading. */
  #older: StoredSnapshot[] = [];
  #partial: { readonly name: SnapshotName; readonly bytes: Uint8Array; filled: number } | undefined;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
  }

  save(slot: Slot, header: Uint8Array, state: Uint8Array): void {
    const { inbox, taken } = this.#parts;
    const bytes = join({ header, state });
    const name = { slot, bytes: bytes.length, hash: hashOf(bytes) };
    taken(name);
    this.#later(() => {
      this.#keep({ name, bytes });
      inbox.push({ kind: 'snapshotTaken', snapshot: name });
    });
  }

  #later(run: () => void): void {
    const { process, random, writeUs } = this.#parts;
    process.after(random.between(0, 2 * writeUs), 'disk', run);
  }

  #keep(snapshot: StoredSnapshot): void {
    const { shelf } = this.#parts;
    const before = shelf.snapshot;
    if (before !== undefined && before.name.slot > snapshot.name.slot) {
      this.#older.push(snapshot);
    } else {
      if (before !== undefined) this.#older.push(before);
      shelf.snapshot = snapshot;
    }
    if (this.#older.length > OLDER_KEPT) this.#older.shift();
  }

  readChunk(
    snapshot: SnapshotName,
    offset: number,
    length: number,
    done: (chunk: Uint8Array | undefined) => void,
  ): void {
    const { chunkBytes, process, random, shelf } = this.#parts;
    process.after(random.between(0, MS), 'disk', () => {
      const kept = [shelf.snapshot, ...this.#older].find(
        (candidate) => candidate !== undefined && sameSnapshot(candidate.name, snapshot),
      );
      if (kept === undefined || offset > kept.bytes.length) return done(undefined);
      done(kept.bytes.subarray(offset, offset + Math.min(length, chunkBytes)));
    });
  }

  storeChunk(snapshot: SnapshotName, offset: number, chunk: Uint8Array): void {
    let damages = false;
    if (this.#partial === undefined || !sameSnapshot(this.#partial.name, snapshot)) {
      this.#partial = { name: snapshot, bytes: new Uint8Array(snapshot.bytes), filled: 0 };
      // One transfer in so many, however many parts it has: a later one must succeed.
      const { damaged, random } = this.#parts;
      damages = damaged && random.chance(1, 4);
    }
    const partial = this.#partial;
    if (offset === partial.filled && offset + chunk.length <= snapshot.bytes) {
      partial.bytes.set(chunk, offset);
      partial.filled += chunk.length;
      if (damages) partial.bytes[offset] = ~(chunk[0] ?? 0);
    }
    const { filled } = partial;
    this.#later(() => {
      this.#parts.inbox.push({ kind: 'chunkStored', snapshot, offset: filled });
    });
  }

  complete(snapshot: SnapshotName, done: (content: SnapshotContent | undefined) => void): void {
    const partial = this.#partial;
    this.#partial = undefined;
    this.#later(() => {
      const whole = partial !== undefined && sameSnapshot(partial.name, snapshot);
      if (!whole || partial.filled < snapshot.bytes || hashOf(partial.bytes) !== snapshot.hash) {
        return done(undefined);
      }
      this.#keep({ name: snapshot, bytes: partial.bytes });
      done(parseSnapshot(partial.bytes));
    });
  }
}

function join({ header, state }: SnapshotContent): Uint8Array {
  const writer = new ByteWriter(4 + header.length + state.length).u32(header.length);
  return writer.raw(header).raw(state).finish();
}

/** Views into `bytes`. */
export function parseSnapshot(bytes: Uint8Array): SnapshotContent {
  const reader = new ByteReader(bytes);
  const header = reader.raw(Math.min(reader.u32(), limits.MAX_STATE_BYTES));
  return { header, state: reader.rest() };
}

function hashOf(bytes: Uint8Array): string {
  return new Digest().bytes(bytes).hex();
}

function sameSnapshot(a: SnapshotName, b: SnapshotName): boolean {
  return a.slot === b.slot && a.bytes === b.bytes && a.hash === b.hash;
}
