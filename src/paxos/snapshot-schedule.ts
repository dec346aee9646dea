import { limits } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import type { Retention } from './log.ts';

/** When snapshots are due: a function of the decided log, so that replicas take them at common slots. */
export class SnapshotSchedule {
  readonly #retention: Retention;
  #bytes = 0;
  #slots = 0;
  /** How often a snapshot was due so far: a large one is taken only every so often. */
  #dues = 0;
  /** Size of the last snapshot. */
  #snapshotBytes = 0;

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  set snapshotBytes(bytes: number) {
    this.#snapshotBytes = bytes;
  }

  /** Whether one is due when entries of so many more bytes and slots are applied. */
  isDueAfter(bytes: number, slots: number): boolean {
    const { snapshotEveryBytes, snapshotEverySlots } = this.#retention;
    return this.#bytes + bytes >= snapshotEveryBytes || this.#slots + slots >= snapshotEverySlots;
  }

  applied(bytes: number): void {
    this.#bytes += bytes;
    this.#slots++;
  }

  /** Whether to take one now; begins to count anew when one is due. */
  take(): boolean {
    if (!this.isDueAfter(0, 0)) return false;
    this.#bytes = 0;
    this.#slots = 0;
    this.#dues++;
    return this.#dues % duesPerSnapshot(this.#snapshotBytes) === 0;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.#bytes).varint(this.#slots).varint(this.#dues);
  }

  read(reader: ByteReader): void {
    this.#bytes = reader.varint();
    this.#slots = reader.varint();
    this.#dues = reader.varint();
  }
}

/**
 * Of so many times that a snapshot is due one is taken: writing the state takes at most about twice what the
 * log takes. A power of two, so that replicas whose sizes differ by little still take them at common slots.
 */
export function duesPerSnapshot(bytes: number): number {
  let dues = 1;
  while (dues * 2 * limits.SNAPSHOT_EVERY_BYTES < bytes) dues *= 2;
  return dues;
}
