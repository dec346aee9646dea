import { limits } from '../base/index.ts';
import type { Inbox, SnapshotPort } from '../host/index.ts';
import type { Slot, SnapshotName } from '../paxos/index.ts';
import { SNAPSHOT_SERVED_MS } from './limits.ts';
import {
  parseSnapshot,
  sameSnapshot,
  SnapshotHash,
  snapshotParts,
  stepsOf,
} from './snapshot-format.ts';
import type { SnapshotContent } from './snapshot-format.ts';

interface Kept {
  readonly name: SnapshotName;
  readonly parts: readonly Uint8Array[];
  servedAt: number;
}

interface Partial {
  readonly name: SnapshotName;
  readonly chunks: Uint8Array[];
  bytes: number;
}

/** The snapshots of a replica without a disk. */
export class MemorySnapshots implements SnapshotPort {
  readonly #inbox: Inbox;
  readonly #fatal: (error: Error) => void;
  /** Newest first. */
  #kept: Kept[] = [];
  #partial: Partial | undefined;

  constructor(inbox: Inbox, fatal: (error: Error) => void) {
    this.#inbox = inbox;
    this.#fatal = fatal;
  }

  save(slot: Slot, header: Uint8Array, state: Uint8Array): void {
    const parts = snapshotParts({ header, state });
    this.#start(async () => {
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      const name = { slot, bytes, hash: await hashOf(parts) };
      this.#keep(name, parts);
      this.#inbox.push({ kind: 'snapshotTaken', snapshot: name });
    });
  }

  readChunk(
    snapshot: SnapshotName,
    offset: number,
    length: number,
    done: (chunk: Uint8Array | undefined) => void,
  ): void {
    const kept = this.#kept.find(({ name }) => sameSnapshot(name, snapshot));
    if (kept === undefined) return done(undefined);
    kept.servedAt = performance.now();
    done(slice(kept.parts, offset, length));
  }

  storeChunk(snapshot: SnapshotName, offset: number, chunk: Uint8Array): void {
    if (snapshot.bytes > limits.MAX_SNAPSHOT_BYTES) return;
    if (this.#partial === undefined || !sameSnapshot(this.#partial.name, snapshot)) {
      this.#partial = { name: snapshot, chunks: [], bytes: 0 };
    }
    const partial = this.#partial;
    if (offset === partial.bytes && offset + chunk.length <= snapshot.bytes) {
      // A copy, because the chunk is a view into what the network delivered.
      partial.chunks.push(chunk.slice());
      partial.bytes += chunk.length;
    }
    this.#inbox.push({ kind: 'chunkStored', snapshot, offset: partial.bytes });
  }

  complete(snapshot: SnapshotName, done: (content: SnapshotContent | undefined) => void): void {
    const partial = this.#partial;
    if (partial === undefined || !sameSnapshot(partial.name, snapshot)) return done(undefined);
    this.#partial = undefined;
    this.#start(async () => {
      const content = await joined(partial);
      if (content !== undefined) {
        // Whoever takes up another's state gives up the own one, also a later one (Safety 9).
        this.#kept = [];
        this.#keep(snapshot, snapshotParts(content));
      }
      done(content);
    });
  }

  #keep(name: SnapshotName, parts: readonly Uint8Array[]): void {
    const others = this.#kept.filter((kept) => !sameSnapshot(kept.name, name));
    const all = [{ name, parts, servedAt: -Infinity }, ...others].sort(
      (a, b) => b.name.slot - a.name.slot,
    );
    const since = performance.now() - SNAPSHOT_SERVED_MS;
    this.#kept = all.filter((kept, at) => at === 0 || kept.servedAt > since);
  }

  #start(job: () => Promise<void>): void {
    job().catch((error: unknown) => {
      this.#fatal(error instanceof Error ? error : new Error(String(error)));
    });
  }
}

/** The bytes as one piece, when they are all there and are what the name says. */
async function joined(partial: Partial): Promise<SnapshotContent | undefined> {
  if (partial.bytes !== partial.name.bytes) return undefined;
  if ((await hashOf(partial.chunks)) !== partial.name.hash) return undefined;
  const bytes = new Uint8Array(partial.bytes);
  let at = 0;
  for (const step of stepsOf(partial.chunks)) {
    bytes.set(step, at);
    at += step.length;
    await turn();
  }
  return parseSnapshot(bytes);
}

async function hashOf(parts: readonly Uint8Array[]): Promise<string> {
  const hash = new SnapshotHash();
  for (const step of stepsOf(parts)) {
    hash.update(step);
    await turn();
  }
  return hash.hex();
}

/** Lets everything else run that has become due. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Up to `length` bytes from `offset` on, of the parts put together; undefined beyond the end. */
function slice(
  parts: readonly Uint8Array[],
  offset: number,
  length: number,
): Uint8Array | undefined {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  if (offset > total) return undefined;
  const result = new Uint8Array(Math.min(length, total - offset));
  let start = 0;
  let filled = 0;
  for (const part of parts) {
    const from = Math.max(0, offset + filled - start);
    const piece = part.subarray(from, from + result.length - filled);
    result.set(piece, filled);
    filled += piece.length;
    start += part.length;
  }
  return result;
}
