import { BlockingReturn, roster, RuntimeError } from '../object/bundled.ts';
import type { CallerCommand, Place } from '../object/bundled.ts';
import { readAcquire, readRelease } from './arguments.ts';
import type { AcquireOptions, ReleaseOptions } from './arguments.ts';
import { Queue } from './queue.ts';

/** A call that has the lock, or waits for it. */
interface Share {
  readonly command: CallerCommand;
  readonly owner: string;
}

interface Waiter extends Share {
  readonly writes: boolean;
}

/**
 * Many read at a time, or one writes. It is given in the order in which callers came: whoever wants to read
 * waits behind a writer who waits, so that no stream of readers keeps writers out. Nobody has it twice: who
 * reads, and wants to write, releases first.
 */
export class DReadWriteLock implements Place {
  /** By the key of the call. */
  readonly reading = new Queue<Share>();
  writing: Share | null = null;
  readonly line = new Queue<Waiter>();

  /** How many have it to read. */
  get readers(): number {
    return this.reading.size;
  }

  /**
   * Waits until nobody writes, and nobody has come before to write.
   *
   * @returns True, or false where it must not wait or its time is over.
   */
  acquireRead(command?: CallerCommand): boolean;
  acquireRead(options: AcquireOptions | undefined, command?: CallerCommand): boolean;
  acquireRead(first?: AcquireOptions | CallerCommand, second?: CallerCommand): boolean {
    return this.acquire(first, second, false);
  }

  /**
   * Waits until nobody reads or writes.
   *
   * @returns True, or false where it must not wait or its time is over.
   */
  acquireWrite(command?: CallerCommand): boolean;
  acquireWrite(options: AcquireOptions | undefined, command?: CallerCommand): boolean;
  acquireWrite(first?: AcquireOptions | CallerCommand, second?: CallerCommand): boolean {
    return this.acquire(first, second, true);
  }

  /**
   * Gives back what its owner has to read: the latest, if that is more than one.
   *
   * @throws RuntimeError when the owner does not read.
   */
  releaseRead(command?: CallerCommand): void;
  releaseRead(options: ReleaseOptions | undefined, command?: CallerCommand): void;
  releaseRead(first?: ReleaseOptions | CallerCommand, second?: CallerCommand): void {
    const { of, owner } = readRelease(first, second);
    const share = of === undefined ? this.latestOf(owner) : this.reading.get(of);
    if (share === undefined) throw new RuntimeError('cannot release un-acquired read lock');
    this.giveUp(share.command);
  }

  /** @throws RuntimeError when the owner does not write. */
  releaseWrite(command?: CallerCommand): void;
  releaseWrite(options: ReleaseOptions | undefined, command?: CallerCommand): void;
  releaseWrite(first?: ReleaseOptions | CallerCommand, second?: CallerCommand): void {
    const { of, owner } = readRelease(first, second);
    const share = this.writing;
    const isIts = of === undefined ? share?.owner === owner : share?.command.key === of;
    if (share === null || !isIts) throw new RuntimeError('cannot release un-acquired write lock');
    this.giveUp(share.command);
  }

  __repr__(): string {
    const writer = this.writing?.owner ?? 'None';
    return `<DReadWriteLock writer=${writer} readers=${this.readers}>`;
  }

  toString(): string {
    return this.__repr__();
  }

  withdraw({ key }: CallerCommand): boolean {
    // Readers may have waited behind a writer who leaves.
    if (this.line.remove(key) !== undefined) this.handOver();
    return false;
  }

  timeOut(command: CallerCommand): void {
    this.line.remove(command.key);
    roster().wake(command, false);
    this.handOver();
  }

  forfeit({ key }: CallerCommand): void {
    this.drop(key);
    this.handOver();
  }

  acquire(first: unknown, second: unknown, writes: boolean): boolean {
    const call = readAcquire(first, second, "can't specify a timeout for a non-blocking call");
    const { command, owner, blocking, timeoutMs } = call;
    if (this.reading.get(command.key) !== undefined) {
      throw new RuntimeError('this call reads already');
    }
    if (this.line.size === 0 && this.isFree(writes)) {
      this.enter({ command, owner, writes });
      return true;
    }
    if (!blocking) return false;
    const parked = roster().park(this, false);
    this.line.push(parked.key, { command: parked, owner, writes });
    throw new BlockingReturn({ timeoutMs });
  }

  isFree(writes: boolean): boolean {
    return this.writing === null && (!writes || this.reading.size === 0);
  }

  enter({ command, owner, writes }: Waiter): void {
    if (writes) this.writing = { command, owner };
    else this.reading.push(command.key, { command, owner });
    roster().own(command, this);
  }

  /** To the next ones who still wait: a writer alone, or all readers before the next writer. */
  handOver(): void {
    for (let next = this.line.first(); next !== undefined; next = this.line.first()) {
      const waits = roster().isWaiting(next.command);
      if (waits && !this.isFree(next.writes)) return;
      this.line.remove(next.command.key);
      if (!waits) continue;
      this.enter(next);
      roster().wake(next.command, true);
    }
  }

  giveUp(command: CallerCommand): void {
    this.drop(command.key);
    roster().disown(command, this);
    this.handOver();
  }

  drop(key: string): void {
    if (this.writing?.command.key === key) this.writing = null;
    this.reading.remove(key);
  }

  latestOf(owner: string): Share | undefined {
    const { reading } = this;
    for (let key = reading.tail; key !== undefined; key = reading.nodeAt(key)?.before) {
      const share = reading.get(key);
      if (share?.owner === owner) return share;
    }
    return undefined;
  }
}
