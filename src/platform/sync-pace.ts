import { DEFAULT_TIMING } from '../paxos/index.ts';
import { nodeDisk } from './files.ts';
import type { Disk } from './files.ts';

/** The way to a thread and back costs more than a disk takes that is as quick as this, on average. */
const QUICK_MS = 2;
/** Weight of the newest sync in the average. */
const NEWEST = 1 / 16;
/** Nothing is known of a disk at first. */
const UNKNOWN_MS = 10 * QUICK_MS;
/** Shorter ones are no longer than what a busy machine does to any process. */
const PAUSE_MS = 50;
/** After a pause, threads for so many times as long: the loop stands still 5 % of the time at most. */
const SPARED_TIMES = 20;
/** Half of what others take for the death of a leader: 200 ms. */
const STALL_MS = DEFAULT_TIMING.electionMin / 2;
const FIRST_BAN_MS = 30_000;
const LONGEST_BAN_MS = 3_600_000;

export interface Pace {
  /** Monotonic ms. */
  readonly now: number;
  /** The event loop may wait for the next sync. */
  readonly isQuick: boolean;
  /** A sync, in the loop with its write, has been waited for since `began`. */
  took(where: 'loop' | 'thread', began: number): void;
}

/**
 * Where a sync is waited for: in a thread, or in the event loop, where nothing else happens meanwhile. While
 * calls are few there is nothing else to do, and a quick disk is ready before a thread would be. Every disk
 * has pauses: they are sat out in threads, and so is the time in which other files are synced beside the log.
 * One that makes the loop stand still until others could take it for dead is left to threads twice as long
 * every time, until it has been well for the longest of these times.
 */
export class SyncPace implements Pace {
  readonly #now: () => number;
  #averageMs = UNKNOWN_MS;
  #banMs = FIRST_BAN_MS;
  #banEnds = Number.NEGATIVE_INFINITY;
  #threadsUntil = Number.NEGATIVE_INFINITY;
  #beside = 0;

  /** @param now Monotonic ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now();
  }

  get isQuick(): boolean {
    return this.#beside === 0 && this.#averageMs < QUICK_MS && this.#now() >= this.#threadsUntil;
  }

  /** A sync of another file: the next one of the log may have to wait for all of its bytes. */
  async beside(sync: Promise<void>): Promise<void> {
    this.#beside += 1;
    try {
      await sync;
    } finally {
      this.#beside -= 1;
    }
  }

  took(where: 'loop' | 'thread', began: number): void {
    const now = this.#now();
    const ms = now - began;
    this.#averageMs += (ms - this.#averageMs) * NEWEST;
    if (where === 'thread' || ms < PAUSE_MS) return;
    this.#threadsUntil = now + (ms < STALL_MS ? ms * SPARED_TIMES : this.#banned(now));
  }

  /** How long the ban lasts that begins now, ms. */
  #banned(now: number): number {
    if (now - this.#banEnds > LONGEST_BAN_MS) this.#banMs = FIRST_BAN_MS;
    const ms = this.#banMs;
    this.#banEnds = now + ms;
    this.#banMs = Math.min(LONGEST_BAN_MS, ms * 2);
    return ms;
  }
}

/** A disk, and the pace of a log on it, which knows of the other files that are synced there. */
export function pacedDisk(
  disk: Disk = nodeDisk,
  now: () => number = () => performance.now(),
): { readonly disk: Disk; readonly pace: SyncPace } {
  const pace = new SyncPace(now);
  return { disk: { ...disk, sync: (fd) => pace.beside(disk.sync(fd)) }, pace };
}
