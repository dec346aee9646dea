import { Digest } from '../../src/base/index.ts';
import { recover } from '../../src/host/index.ts';
import type { Inbox, LogPort, SnapshotPort } from '../../src/host/index.ts';
import { compareBallots, ZERO_BALLOT } from '../../src/paxos/index.ts';
import type { LogRecord, Recovered, Slot, SnapshotName } from '../../src/paxos/index.ts';

interface Snapshot {
  readonly name: SnapshotName;
  readonly header: Uint8Array;
  readonly state: Uint8Array;
}

interface Partial {
  readonly name: SnapshotName;
  readonly bytes: number[];
}

/** A directory as it would be found after a power failure, and what is not yet in it. */
export class Disk {
  /** The n-th record of a life has position n; `undefined` are those that are deleted. */
  readonly records: (LogRecord | undefined)[];
  /** Records up to here survive everything. */
  synced: number;
  snapshot: Snapshot | undefined;
  incarnation: number;

  constructor(from?: Disk) {
    this.records = [...(from?.records ?? [])];
    this.synced = from?.synced ?? 0;
    this.snapshot = from?.snapshot;
    this.incarnation = from?.incarnation ?? 0;
  }

  /** What a crash leaves: the records that were synced, or also those that were only written. */
  crash(unsynced: 'keep' | 'lose'): void {
    if (unsynced === 'keep') this.synced = this.records.length;
    else this.records.length = this.synced;
  }

  /** An older snapshot never takes the place of a newer one. */
  keep(snapshot: Snapshot): void {
    if (snapshot.name.slot >= (this.snapshot?.name.slot ?? 0)) this.snapshot = snapshot;
  }

  recover(): Recovered {
    const { snapshot } = this;
    return recover({
      records: this.records.filter((record) => record !== undefined),
      position: this.records.length,
      snapshot:
        snapshot === undefined
          ? undefined
          : { name: snapshot.name, header: snapshot.header, slot: snapshot.name.slot },
    });
  }
}

/** The log of a replica that runs on the disk. While `held`, what is written stays unsynced. */
export class DiskLog implements LogPort {
  held = false;
  readonly #disk: Disk;
  readonly #inbox: Inbox;
  readonly #wrote: (record: LogRecord) => void;

  constructor(disk: Disk, inbox: Inbox, wrote: (record: LogRecord) => void) {
    this.#disk = disk;
    this.#inbox = inbox;
    this.#wrote = wrote;
  }

  append(records: readonly LogRecord[]): void {
    for (const record of records) {
      this.#disk.records.push(record);
      this.#wrote(record);
    }
    if (!this.held) this.sync();
  }

  sync(): void {
    this.#disk.synced = this.#disk.records.length;
    this.#inbox.durable(this.#disk.synced);
  }

  /** Deletes entries; the promise that votes include stays. */
  truncate(through: Slot): void {
    const { records } = this.#disk;
    let promised = ZERO_BALLOT;
    let last: number | undefined;
    for (const [index, record] of records.entries()) {
      if (record === undefined || !('entry' in record) || record.slot > through) continue;
      records[index] = undefined;
      if (record.kind !== 'accepted') continue;
      if (compareBallots(record.ballot, promised) > 0) promised = record.ballot;
      last = index;
    }
    if (last !== undefined) records[last] = { kind: 'promised', ballot: promised };
  }
}

/** Snapshots on the disk. While `held`, one that is taken is not yet durable. */
export class DiskSnapshots implements SnapshotPort {
  held = false;
  readonly #disk: Disk;
  readonly #inbox: Inbox;
  readonly #chunkBytes: number;
  #unsynced: Snapshot[] = [];
  #partial: Partial | undefined;

  /** @param chunkBytes Longest part that is handed out at once. */
  constructor(disk: Disk, inbox: Inbox, chunkBytes: number) {
    this.#disk = disk;
    this.#inbox = inbox;
    this.#chunkBytes = chunkBytes;
  }

  save(slot: Slot, header: Uint8Array, state: Uint8Array): void {
    const hash = new Digest().bytes(header).bytes(state).hex();
    const name = { slot, bytes: 4 + header.length + state.length, hash };
    this.#unsynced.push({ name, header, state });
    if (!this.held) this.release();
  }

  release(): void {
    const snapshots = this.#unsynced;
    this.#unsynced = [];
    for (const snapshot of snapshots) {
      this.#disk.keep(snapshot);
      this.#inbox.push({ kind: 'snapshotTaken', snapshot: snapshot.name });
    }
  }

  readChunk(
    { hash }: SnapshotName,
    offset: number,
    length: number,
    done: (chunk: Uint8Array | undefined) => void,
  ): void {
    const { snapshot } = this.#disk;
    if (snapshot?.name.hash !== hash) return done(undefined);
    const bytes = bytesOf(snapshot);
    done(bytes.slice(offset, offset + Math.min(length, this.#chunkBytes)));
  }

  storeChunk(snapshot: SnapshotName, offset: number, chunk: Uint8Array): void {
    if (this.#partial?.name.hash !== snapshot.hash) this.#partial = { name: snapshot, bytes: [] };
    const { bytes } = this.#partial;
    if (offset === bytes.length) bytes.push(...chunk);
    this.#inbox.push({ kind: 'chunkStored', snapshot, offset: bytes.length });
  }

  complete(
    name: SnapshotName,
    done: (content: { readonly header: Uint8Array; readonly state: Uint8Array }) => void,
  ): void {
    const bytes = Uint8Array.from(this.#partial?.bytes ?? []);
    this.#partial = undefined;
    const headerEnd = 4 + new DataView(bytes.buffer).getUint32(0, true);
    const header = bytes.slice(4, headerEnd);
    const state = bytes.slice(headerEnd);
    this.#disk.keep({ name, header, state });
    done({ header, state });
  }
}

function bytesOf({ header, state }: Snapshot): Uint8Array {
  const bytes = new Uint8Array(4 + header.length + state.length);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  bytes.set(state, 4 + header.length);
  return bytes;
}
