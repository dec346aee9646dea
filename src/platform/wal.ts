import { randomInt } from 'node:crypto';
import { close, openSync } from 'node:fs';
import { assert, ByteWriter, ConCoordError, limits, present } from '../base/index.ts';
import type { Inbox, LogPort } from '../host/index.ts';
import type { LogRecord, Slot } from '../paxos/index.ts';
import { isDiskFull, nodeDisk, systemCode } from './files.ts';
import type { Disk } from './files.ts';
import { BLOCK_TARGET_BYTES, DISK_RETRY_MS, SEGMENT_BYTES, WAIT_FOR_BYTES } from './limits.ts';
import {
  blockBound,
  HEADER_BYTES,
  recordBound,
  writeBlock,
  writeSegmentHeader,
} from './segment.ts';
import { SegmentPool } from './segment-pool.ts';
import { SyncPace } from './sync-pace.ts';
import type { Pace } from './sync-pace.ts';
import { recoverLog, vowsAfter } from './wal-recovery.ts';
import type { Recovery, Segment } from './wal-recovery.ts';

assert(
  blockBound(limits.MAX_ENTRY_BYTES + 1024) + HEADER_BYTES < SEGMENT_BYTES,
  'the largest record fits a segment',
);

export interface Wal {
  readonly recovered: {
    /** In the order in which they were appended. */
    readonly records: readonly LogRecord[];
    /** How many records were ever persisted in this directory. */
    readonly position: number;
  };
  readonly port: LogPort;
  /** Writes what is queued, unless the disk is full, and releases the files. */
  close(): Promise<void>;
}

export interface WalOptions {
  /** Slot of the durable snapshot: records up to there are not read into memory. */
  readonly above?: Slot;
  readonly segmentBytes?: number;
  readonly disk?: Disk;
  readonly pace?: Pace;
  /** Lets out what is about to leave: the event loop is going to wait for the disk, or has waited. */
  readonly flush?: () => void;
}

/**
 * Opens the write-ahead log in `directory`, and creates it where there is none.
 *
 * @param fatal Called at most once, with a failure after which nothing may be believed durable: the
 *   process must end. A failed sync is never tried again, because the kernel may have dropped the
 *   data.
 */
export function openWal(
  directory: string,
  inbox: Inbox,
  fatal: (error: Error) => void,
  options: WalOptions = {},
): Wal {
  const { above = 0, segmentBytes = SEGMENT_BYTES, disk = nodeDisk } = options;
  const { pace = new SyncPace(() => performance.now()), flush = (): void => undefined } = options;
  const recovery = recover(directory, segmentBytes, above);
  const context = { directory, inbox, fatal, segmentBytes, disk, pace, flush };
  const log = new DiskLog(context, recovery);
  return {
    recovered: { records: recovery.records, position: recovery.position },
    port: log,
    close: () => log.close(),
  };
}

function recover(directory: string, segmentBytes: number, above: Slot): Recovery {
  try {
    return recoverLog(directory, segmentBytes, above);
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof ConCoordError || code === '') throw error;
    if (isDiskFull(error)) throw new ConCoordError('DISK_FULL', `no space left at ${directory}`);
    throw new ConCoordError('DATA_DIRECTORY', `cannot read the log at ${directory}: ${code}`, {
      cause: error,
      remedy: 'Check the permissions and the health of the disk.',
    });
  }
}

interface LogContext {
  readonly directory: string;
  readonly inbox: Inbox;
  readonly fatal: (error: Error) => void;
  readonly segmentBytes: number;
  readonly disk: Disk;
  readonly pace: Pace;
  readonly flush: () => void;
}

/** The segment that is written. */
interface Active extends Segment {
  readonly fd: number;
}

/**
 * Appends in blocks: one write and one sync at a time, each for everything queued meanwhile. The
 * vows, position and block number below are those of what is durable.
 */
class DiskLog implements LogPort {
  readonly #context: LogContext;
  readonly #pool: SegmentPool;
  readonly #writer = new ByteWriter(64 * 1024);
  #queue: LogRecord[] = [];
  #position: number;
  #lastBlock: number;
  #vows: Recovery['vows'];
  /** Segments behind the active one, oldest first. */
  readonly #closed: Segment[];
  #active: Active | undefined;
  /**
   * The active segment was synced since it was begun or read, so it carries the vows of those
   * before it.
   */
  #activeSynced = false;
  /** Nothing but seals was written by this process. */
  #sealed = true;
  #through: Slot = 0;
  #state: 'open' | 'closing' | 'failed' = 'open';
  #running: Promise<void> | undefined;
  #full = { log: false, pool: false };
  #wake: (() => void) | undefined;

  constructor(context: LogContext, recovery: Recovery) {
    this.#context = context;
    this.#position = recovery.position;
    this.#lastBlock = recovery.lastBlock;
    this.#vows = recovery.vows;
    this.#closed = recovery.segments;
    const newest = this.#closed.pop();
    if (newest !== undefined) {
      this.#active = { ...newest, fd: openSync(newest.path, 'r+') };
      this.#activeSynced = true;
    }
    const highest = recovery.spares.at(-1) ?? newest;
    this.#pool = new SegmentPool({
      directory: context.directory,
      segmentBytes: context.segmentBytes,
      disk: context.disk,
      generation: highest?.generation ?? 0,
      spares: recovery.spares,
      report: (state) => this.#report('pool', state),
      fail: (error) => this.#fail(error),
    });
  }

  append(records: readonly LogRecord[], position: number): void {
    assert(this.#state !== 'closing', 'nothing is appended to a closed log');
    for (const record of records) this.#queue.push(record);
    const queued = this.#position + this.#queue.length;
    assert(position === queued, `positions have no gap: ${position} follows ${queued}`);
    if (this.#running !== undefined || this.#appendNow()) return;
    this.#running = this.#run();
  }

  truncate(through: Slot): void {
    this.#through = Math.max(this.#through, through);
    this.#reclaim();
  }

  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing';
    this.#wake?.();
    if (this.#full.log || this.#full.pool) await this.#pool.close();
    await this.#running;
    await this.#seal();
    await this.#pool.close();
    if (this.#active !== undefined) close(this.#active.fd);
    this.#active = undefined;
  }

  /** Starts behind the turn that appends, so that all of the turn shares one sync. */
  async #run(): Promise<void> {
    try {
      await Promise.resolve();
      while (this.#queue.length > 0 && this.#state !== 'failed') {
        const active = await this.#withRoom();
        if (active === undefined) return;
        await this.#writeBlock(active);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#running = undefined;
    }
  }

  /**
   * The segment that has room for the next record; undefined when the log is closed on a full disk.
   */
  async #withRoom(): Promise<Active | undefined> {
    const first = present(this.#queue[0], 'a record to write');
    const needed = blockBound(recordBound(first));
    assert(HEADER_BYTES + needed <= this.#context.segmentBytes, 'a record fits a segment');
    const active = this.#active;
    if (active !== undefined && active.end + needed <= this.#context.segmentBytes) return active;
    const file = await this.#pool.take();
    if (file === undefined) return undefined;
    if (active !== undefined) {
      this.#closed.push(active);
      close(active.fd);
    }
    const fd = openSync(file.path, 'r+');
    this.#activeSynced = false;
    this.#active = { ...file, fd, salt: randomInt(2 ** 32), end: 0, maxSlot: 0 };
    return this.#active;
  }

  /** A few records, to a quick disk, while everything else waits; false when that cannot be. */
  #appendNow(): boolean {
    const active = this.#active;
    const { disk, flush, pace, segmentBytes } = this.#context;
    if (active === undefined || this.#state !== 'open' || !pace.isQuick) return false;
    const records = this.#queue;
    const needed = blockBound(records.reduce((sum, record) => sum + recordBound(record), 0));
    if (needed > WAIT_FOR_BYTES || active.end + needed > segmentBytes) return false;
    flush();
    const bytes = this.#encode(active, records);
    const began = pace.now;
    try {
      disk.writeNow(active.fd, bytes, active.end);
    } catch (error) {
      // Whoever waits for space comes upon the same.
      if (isDiskFull(error)) return false;
      this.#fail(error);
      return true;
    }
    try {
      disk.syncDataNow(active.fd);
    } catch (error) {
      this.#fail(error);
      return true;
    }
    pace.took('loop', began);
    this.#written(active, records.length, bytes.length);
    flush();
    return true;
  }

  async #writeBlock(active: Active): Promise<void> {
    const { disk, pace } = this.#context;
    const records = this.#queue.slice(0, this.#countThatFits(active));
    const bytes = this.#encode(active, records);
    try {
      await disk.write(active.fd, bytes, active.end);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#report('log', 'full');
      await this.#pause();
      return;
    }
    const began = pace.now;
    await disk.syncData(active.fd);
    pace.took('thread', began);
    this.#report('log', 'free');
    this.#written(active, records.length, bytes.length);
  }

  /** The next block is durable, with so many records and bytes. */
  #written(active: Active, count: number, bytes: number): void {
    const records = this.#queue.splice(0, count);
    this.#position += count;
    this.#lastBlock += 1;
    this.#activeSynced = true;
    active.end += bytes;
    for (const record of records) {
      this.#vows = vowsAfter(this.#vows, record);
      if ('entry' in record) active.maxSlot = Math.max(active.maxSlot, record.slot);
    }
    this.#reclaim();
    this.#sealed = count === 0;
    if (!this.#sealed) this.#context.inbox.durable(this.#position);
  }

  #countThatFits(active: Active): number {
    const room = this.#context.segmentBytes - Math.max(active.end, HEADER_BYTES);
    let bytes = 0;
    let count = 0;
    for (const record of this.#queue) {
      bytes += recordBound(record);
      if (count > 0 && (bytes > BLOCK_TARGET_BYTES || blockBound(bytes) > room)) break;
      count += 1;
    }
    return count;
  }

  /** The next block, behind the header when it is the first of its segment. */
  #encode(active: Active, records: readonly LogRecord[]): Uint8Array {
    const writer = this.#writer;
    writer.clear();
    const lastBlock = this.#lastBlock;
    if (active.end === 0) {
      const { generation, salt } = active;
      const header = { generation, salt, lastBlock, position: this.#position, vows: this.#vows };
      writeSegmentHeader(writer, header);
    }
    writeBlock(writer, active, { number: lastBlock + 1, synced: lastBlock, records });
    return writer.finish();
  }

  /** Proves that the last block was synced, so that damage to it cannot pass for a torn tail. */
  async #seal(): Promise<void> {
    const active = this.#active;
    if (active === undefined || this.#state !== 'closing' || this.#sealed) return;
    if (active.end + blockBound(0) > this.#context.segmentBytes) return;
    try {
      await this.#writeBlock(active);
    } catch (error) {
      this.#fail(error);
    }
  }

  #reclaim(): void {
    if (!this.#activeSynced) return;
    while (this.#closed[0] !== undefined && this.#closed[0].maxSlot <= this.#through) {
      this.#pool.recycle(present(this.#closed.shift(), 'the oldest segment'));
    }
  }

  #report(source: 'log' | 'pool', state: 'full' | 'free'): void {
    if (this.#full[source] === (state === 'full')) return;
    const before = this.#full.log || this.#full.pool;
    this.#full = { ...this.#full, [source]: state === 'full' };
    const after = this.#full.log || this.#full.pool;
    if (before === after) return;
    this.#context.inbox.push({ kind: 'disk', state: after ? 'full' : 'free' });
    if (after && this.#state === 'closing') void this.#pool.close();
  }

  /** Until the disk may have space again, or the log is closed. */
  #pause(): Promise<void> {
    if (this.#state === 'closing') {
      this.#queue = [];
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), DISK_RETRY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #fail(error: unknown): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.#context.fatal(error instanceof Error ? error : new Error(String(error)));
  }
}
