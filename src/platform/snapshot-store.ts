import { constants } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ConCoordError, limits } from '../base/index.ts';
import type { Inbox, SnapshotPort } from '../host/index.ts';
import type { Slot, SnapshotName } from '../paxos/index.ts';
import { isDiskFull, nodeDisk, syncDirectory, systemCode, writeZeros } from './files.ts';
import type { Disk } from './files.ts';
import {
  DISK_RETRY_MS,
  SNAPSHOT_RESERVE_BYTES,
  SNAPSHOT_SERVED_MS,
  SNAPSHOT_SYNC_BYTES,
} from './limits.ts';
import {
  deletePartials,
  fileOf,
  listSnapshots,
  loadSnapshot,
  partialOf,
  readVerified,
  RESERVE_FILE,
  SAVING_FILE,
  unlinkIfThere,
} from './snapshot-files.ts';
import type { StoredSnapshot } from './snapshot-files.ts';
import { sameSnapshot, SnapshotHash, snapshotParts, stepsOf } from './snapshot-format.ts';
import type { SnapshotContent } from './snapshot-format.ts';

export interface SnapshotStore {
  /** The newest snapshot at the start, verified. */
  readonly newest: StoredSnapshot | undefined;
  readonly port: SnapshotPort;
  /** Gives up what is under way. */
  close(): Promise<void>;
}

export interface SnapshotOptions {
  readonly disk?: Disk;
  readonly reserveBytes?: number;
}

/**
 * Opens the snapshots in `directory`, and creates it where there is none.
 *
 * @param fatal Called with a failure of the disk after which the process must end.
 */
export async function openSnapshots(
  directory: string,
  inbox: Inbox,
  fatal: (error: Error) => void,
  options: SnapshotOptions = {},
): Promise<SnapshotStore> {
  const { disk = nodeDisk, reserveBytes = SNAPSHOT_RESERVE_BYTES } = options;
  try {
    await mkdir(directory, { recursive: true });
    await unlinkIfThere(join(directory, SAVING_FILE));
    const kept = await listSnapshots(directory);
    const newest = kept[0] && (await loadSnapshot(directory, kept[0]));
    // Before anybody cuts the log behind it: the rename may have been the last thing before a kill.
    await syncDirectory(directory, disk);
    const files = new DiskSnapshots({ directory, inbox, fatal, disk, reserveBytes }, kept);
    return { newest, port: files, close: () => files.close() };
  } catch (error) {
    if (error instanceof ConCoordError) throw error;
    throw new ConCoordError(
      'DATA_DIRECTORY',
      `cannot read the snapshots at ${directory}: ${systemCode(error)}`,
      { cause: error, remedy: 'Check the permissions and the health of the disk.' },
    );
  }
}

interface StoreContext {
  readonly directory: string;
  readonly inbox: Inbox;
  readonly fatal: (error: Error) => void;
  readonly disk: Disk;
  readonly reserveBytes: number;
}

/** A snapshot that is being received. What was stored before a restart is continued. */
interface Received {
  readonly name: SnapshotName;
  readonly handle: FileHandle;
  bytes: number;
}

/**
 * Snapshots are written aside, synced and renamed, so that a file with the name of a snapshot is
 * whole. The one before the newest, and a file of zeros, occupy the space in which the next one is
 * written when the disk is full.
 */
class DiskSnapshots implements SnapshotPort {
  readonly #context: StoreContext;
  /** Newest first. */
  #kept: SnapshotName[];
  readonly #servedAt = new Map<string, number>();
  #received: Received | undefined;
  /** Jobs that write run one after the other. */
  #jobs: Promise<void> = Promise.resolve();
  #state: 'open' | 'closed' = 'open';

  constructor(context: StoreContext, kept: readonly SnapshotName[]) {
    this.#context = context;
    this.#kept = [...kept];
    this.#enqueue(() => this.#refillReserve());
  }

  save(slot: Slot, header: Uint8Array, state: Uint8Array): void {
    const parts = snapshotParts({ header, state });
    this.#enqueue(async () => {
      const written = await this.#untilThereIsSpace(() => this.#write(slot, parts));
      if (written === undefined) return;
      await this.#keep(SAVING_FILE, written, this.#kept);
      this.#context.inbox.push({ kind: 'snapshotTaken', snapshot: written });
    });
  }

  readChunk(
    snapshot: SnapshotName,
    offset: number,
    length: number,
    done: (chunk: Uint8Array | undefined) => void,
  ): void {
    this.#readChunk(snapshot, offset, length)
      .then(done)
      .catch((error) => this.#fail(error));
  }

  storeChunk(snapshot: SnapshotName, offset: number, chunk: Uint8Array): void {
    if (snapshot.bytes > limits.MAX_SNAPSHOT_BYTES) return;
    // A copy, because the chunk is a view into what the network delivered.
    const bytes = chunk.slice();
    this.#enqueue(async () => {
      const stored = await this.#untilThereIsSpace(() => this.#store(snapshot, offset, bytes));
      if (stored === undefined) return;
      this.#context.inbox.push({ kind: 'chunkStored', snapshot, offset: stored });
    });
  }

  complete(snapshot: SnapshotName, done: (content: SnapshotContent | undefined) => void): void {
    this.#enqueue(async () => done(await this.#complete(snapshot)));
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    await this.#jobs;
    await this.#received?.handle.close();
    this.#received = undefined;
  }

  async #write(slot: Slot, parts: readonly Uint8Array[]): Promise<SnapshotName | undefined> {
    const { disk } = this.#context;
    const handle = await open(this.#path(SAVING_FILE), 'w', 0o600);
    try {
      const hash = new SnapshotHash();
      let bytes = 0;
      let unsynced = 0;
      for (const step of stepsOf(parts)) {
        if (this.#state === 'closed') return undefined;
        hash.update(step);
        await disk.write(handle.fd, step, bytes);
        bytes += step.length;
        unsynced += step.length;
        // One sync of everything at the end would hold up the log behind it.
        if (unsynced >= SNAPSHOT_SYNC_BYTES) {
          await this.#sync(handle);
          unsynced = 0;
        }
      }
      await this.#sync(handle);
      return { slot, bytes, hash: hash.hex() };
    } finally {
      await handle.close();
    }
  }

  /**
   * A failed sync is fatal even for lack of space, unlike a failed write: it is never tried again.
   */
  async #sync(handle: FileHandle): Promise<void> {
    try {
      await this.#context.disk.sync(handle.fd);
    } catch (error) {
      throw new Error('cannot make a snapshot durable', { cause: error });
    }
  }

  async #readChunk(
    snapshot: SnapshotName,
    offset: number,
    length: number,
  ): Promise<Uint8Array | undefined> {
    if (!this.#kept.some((name) => sameSnapshot(name, snapshot))) return undefined;
    if (offset > snapshot.bytes) return undefined;
    this.#servedAt.set(snapshot.hash, performance.now());
    let handle: FileHandle | undefined;
    try {
      handle = await open(this.#path(fileOf(snapshot)), 'r');
      const chunk = new Uint8Array(Math.min(length, snapshot.bytes - offset));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset);
      return bytesRead === chunk.length ? chunk : undefined;
    } catch (error) {
      if (systemCode(error) === '') throw error;
      return undefined;
    } finally {
      await handle?.close();
    }
  }

  /** Returns how much of the snapshot is there without a gap. */
  async #store(snapshot: SnapshotName, offset: number, chunk: Uint8Array): Promise<number> {
    const received = await this.#receiving(snapshot);
    const end = offset + chunk.length;
    if (offset === received.bytes && end <= snapshot.bytes) {
      await this.#context.disk.write(received.handle.fd, chunk, offset);
      received.bytes = end;
      const synced = Math.floor(offset / SNAPSHOT_SYNC_BYTES);
      if (Math.floor(end / SNAPSHOT_SYNC_BYTES) > synced) await this.#sync(received.handle);
    }
    return received.bytes;
  }

  async #receiving(snapshot: SnapshotName): Promise<Received> {
    if (this.#received !== undefined && sameSnapshot(this.#received.name, snapshot)) {
      return this.#received;
    }
    await this.#received?.handle.close();
    this.#received = undefined;
    const partial = partialOf(snapshot);
    await deletePartials(this.#context.directory, partial);
    const flags = constants.O_RDWR | constants.O_CREAT;
    const handle = await open(this.#path(partial), flags, 0o600);
    const { size } = await handle.stat();
    this.#received = { name: snapshot, handle, bytes: size };
    return this.#received;
  }

  async #complete(snapshot: SnapshotName): Promise<SnapshotContent | undefined> {
    const received = await this.#receiving(snapshot);
    this.#received = undefined;
    let content: SnapshotContent | undefined;
    try {
      if (received.bytes === snapshot.bytes) {
        content = await readVerified(received.handle, snapshot);
      }
      if (content !== undefined) await this.#sync(received.handle);
    } finally {
      await received.handle.close();
    }
    const partial = partialOf(snapshot);
    if (content === undefined) await unlinkIfThere(this.#path(partial));
    // Whoever takes up another's state gives up the own one, also a later one: it may be wrong (Safety 9).
    else await this.#keep(partial, snapshot, []);
    return content;
  }

  /** Gives the synced file its name, and drops what is not needed any more beside `candidates`. */
  async #keep(
    file: string,
    name: SnapshotName,
    candidates: readonly SnapshotName[],
  ): Promise<void> {
    const { directory, disk } = this.#context;
    await rename(this.#path(file), this.#path(fileOf(name)));
    await syncDirectory(directory, disk);
    const before = this.#kept.filter((kept) => !sameSnapshot(kept, name));
    const others = candidates.filter((kept) => !sameSnapshot(kept, name));
    const since = performance.now() - SNAPSHOT_SERVED_MS;
    this.#kept = [name, ...others]
      .sort((a, b) => b.slot - a.slot)
      .filter((kept, at) => at < 2 || (this.#servedAt.get(kept.hash) ?? -Infinity) > since);
    for (const old of before) {
      if (this.#kept.includes(old)) continue;
      this.#servedAt.delete(old.hash);
      await unlinkIfThere(this.#path(fileOf(old)));
    }
    if (this.#received === undefined) await deletePartials(directory, undefined);
    this.#enqueue(() => this.#refillReserve());
  }

  /** Undefined when the store is closed before there is space. */
  async #untilThereIsSpace<T>(write: () => Promise<T>): Promise<T | undefined> {
    while (this.#state === 'open') {
      try {
        return await write();
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        if (!(await this.#makeRoom())) await pause(DISK_RETRY_MS);
      }
    }
    return undefined;
  }

  /** Gives up reserved space: the file of zeros, then every snapshot but the newest. */
  async #makeRoom(): Promise<boolean> {
    if (await unlinkIfThere(this.#path(RESERVE_FILE))) return true;
    if (this.#kept.length < 2) return false;
    const oldest = this.#kept.pop() as SnapshotName;
    await unlinkIfThere(this.#path(fileOf(oldest)));
    return true;
  }

  async #refillReserve(): Promise<void> {
    if (this.#state === 'closed') return;
    const wanted = Math.max(this.#context.reserveBytes, Math.ceil((this.#kept[0]?.bytes ?? 0) / 4));
    const handle = await open(this.#path(RESERVE_FILE), 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      // Opened for appending, so that the offsets do not count and what is there is not touched.
      await writeZeros(this.#context.disk, handle.fd, size, wanted);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    } finally {
      await handle.close();
    }
  }

  #path(file: string): string {
    return join(this.#context.directory, file);
  }

  #enqueue(job: () => Promise<void>): void {
    this.#jobs = this.#jobs.then(job).catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#state = 'closed';
    this.#context.fatal(error instanceof Error ? error : new Error(String(error)));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
