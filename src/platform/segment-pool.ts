import { close, openSync } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskFull, syncDirectory, writeZeros } from './files.ts';
import type { Disk } from './files.ts';
import { DISK_RETRY_MS, MAX_SPARE_SEGMENTS } from './limits.ts';
import { segmentName } from './segment.ts';
import type { LogFile } from './wal-recovery.ts';

export interface PoolOptions {
  readonly directory: string;
  readonly segmentBytes: number;
  readonly disk: Disk;
  /** The highest generation that any file has. */
  readonly generation: number;
  readonly spares: readonly LogFile[];
  /** A spare cannot be prepared for lack of space, or could be again. */
  readonly report: (state: 'full' | 'free') => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Segment files prepared ahead: filled with zeros, or recycled, so that writing into them needs no
 * new space and a sync of data alone suffices. One spare always lies ready, and the segment in use
 * was such a spare: what is left of it is the space in which promises still fit when the disk is
 * full.
 */
export class SegmentPool {
  readonly #options: PoolOptions;
  readonly #spares: LogFile[];
  #generation: number;
  /** Jobs run one after the other: each syncs the directory before the next changes it. */
  #jobs: Promise<void> = Promise.resolve();
  #preparing = false;
  #retry: NodeJS.Timeout | undefined;
  #taker: ((file: LogFile | undefined) => void) | undefined;
  #state: 'open' | 'closed' = 'open';

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#spares = [...options.spares];
    this.#generation = options.generation;
    this.#refill();
  }

  /**
   * The next segment to write, as soon as there is one; undefined when the pool is closed instead.
   */
  take(): Promise<LogFile | undefined> {
    const spare = this.#spares.shift();
    if (this.#state === 'open') this.#refill();
    if (spare !== undefined || this.#state === 'closed') return Promise.resolve(spare);
    return new Promise((resolve) => {
      this.#taker = resolve;
    });
  }

  /** Takes back a segment that is not needed any more, for another use or to delete it. */
  recycle(file: LogFile): void {
    this.#enqueue(async () => {
      if (this.#spares.length < MAX_SPARE_SEGMENTS) {
        const fresh = this.#next();
        await rename(file.path, fresh.path);
        await syncDirectory(this.#options.directory, this.#options.disk);
        this.#add(fresh);
      } else {
        await unlink(file.path);
        await syncDirectory(this.#options.directory, this.#options.disk);
      }
    });
  }

  /** Resolves when nothing is under way any more. */
  close(): Promise<void> {
    this.#state = 'closed';
    clearTimeout(this.#retry);
    this.#taker?.(undefined);
    this.#taker = undefined;
    return this.#jobs;
  }

  #refill(): void {
    if (this.#preparing || this.#spares.length > 0) return;
    this.#preparing = true;
    this.#enqueue(() => this.#prepare());
  }

  async #prepare(): Promise<void> {
    const { directory, segmentBytes, disk } = this.#options;
    const file = this.#next();
    try {
      const fd = openSync(file.path, 'wx', 0o600);
      try {
        await writeZeros(disk, fd, 0, segmentBytes);
        await disk.sync(fd);
      } finally {
        close(fd);
      }
      await syncDirectory(directory, disk);
    } catch (error) {
      await unlink(file.path).catch(() => undefined);
      if (!isDiskFull(error)) throw error;
      this.#options.report('full');
      this.#retry = setTimeout(() => {
        this.#preparing = false;
        if (this.#state === 'open') this.#refill();
      }, DISK_RETRY_MS).unref();
      return;
    }
    this.#preparing = false;
    this.#add(file);
  }

  #add(file: LogFile): void {
    this.#options.report('free');
    const taker = this.#taker;
    this.#taker = undefined;
    if (taker === undefined) {
      this.#spares.push(file);
    } else {
      taker(file);
      this.#refill();
    }
  }

  #next(): LogFile {
    this.#generation += 1;
    const generation = this.#generation;
    return { generation, path: join(this.#options.directory, segmentName(generation)) };
  }

  #enqueue(job: () => Promise<void>): void {
    this.#jobs = this.#jobs.then(job).catch(this.#options.fail);
  }
}
