import {
  BlockingReturn,
  checkOptions,
  roster,
  RuntimeError,
  ValueError,
} from '../object/bundled.ts';
import type { CallerCommand, Place } from '../object/bundled.ts';
import { checkWhole, readAcquire, readPermits } from './arguments.ts';
import type { AcquireOptions, PermitOptions } from './arguments.ts';
import { Queue } from './queue.ts';

export interface SemaphoreOptions {
  /**
   * Whether a permit comes back by itself when the session that acquired it ends: true when left out, so
   * that none is lost with a client. False where permits are signals, acquired to be used up.
   */
  readonly leased?: boolean | undefined;
}

/** The permits that a call has acquired. */
interface Permit {
  readonly command: CallerCommand;
  readonly owner: string;
  count: number;
}

interface Waiter {
  readonly command: CallerCommand;
  readonly owner: string;
}

/**
 * Gives permits, as many as there are, in the order in which callers came.
 *
 * Anybody may release, as in Python. A release gives back the oldest permit of the owner that releases; one
 * who has none gives back the oldest of all. So a permit that was released by somebody does not come back a
 * second time when the session ends that had acquired it. Where none is out, there is one more.
 */
export class DSemaphore implements Place {
  /** Permits to be had. While somebody waits there are none. */
  count: number;
  readonly leased: boolean;
  readonly line = new Queue<Waiter>();
  /** Those that are out; none if they are not leased. */
  readonly permits = new Queue<Permit>();
  readonly byOwner = new Map<string, Queue<Permit>>();

  /** @throws ValueError for a count below 0. */
  constructor(count = 1, options: SemaphoreOptions = {}) {
    this.count = checkWhole(count, 'count', 0, 'semaphore initial value must be >= 0');
    const { leased = true } = checkOptions(options, ['leased']) as SemaphoreOptions;
    if (typeof leased !== 'boolean') throw new TypeError('leased is true or false');
    this.leased = leased;
  }

  /**
   * Takes a permit, and waits for one if need be.
   *
   * @returns True, or false where it must not wait or its time is over.
   */
  acquire(command?: CallerCommand): boolean;
  acquire(options: AcquireOptions | undefined, command?: CallerCommand): boolean;
  acquire(first?: AcquireOptions | CallerCommand, second?: CallerCommand): boolean {
    const call = readAcquire(first, second, "can't specify timeout for non-blocking acquire");
    const { command, owner, blocking, timeoutMs } = call;
    if (this.count > 0) {
      this.take(command, owner);
      return true;
    }
    if (!blocking) return false;
    const parked = roster().park(this, false);
    this.line.push(parked.key, { command: parked, owner });
    throw new BlockingReturn({ timeoutMs });
  }

  /**
   * Gives n permits: to those who wait, in their order, and the rest to whoever comes.
   *
   * @throws ValueError for less than one, or more than can be counted.
   */
  release(command?: CallerCommand): void;
  release(n: number | PermitOptions | undefined, command?: CallerCommand): void;
  release(first?: number | PermitOptions | CallerCommand, second?: CallerCommand): void {
    const { n, of, owner } = readPermits(first, second);
    if (of !== undefined && this.permits.get(of) === undefined) {
      throw new RuntimeError('that call has no permit');
    }
    this.checkRelease(n);
    for (let left = n; left > 0 && this.permits.size > 0; left--) this.returnOne(owner, of);
    this.count += n;
    this.handOut();
  }

  __repr__(): string {
    return `<DSemaphore count=${this.count}>`;
  }

  toString(): string {
    return this.__repr__();
  }

  withdraw({ key }: CallerCommand): boolean {
    this.line.remove(key);
    return false;
  }

  timeOut(command: CallerCommand): void {
    this.line.remove(command.key);
    roster().wake(command, false);
  }

  forfeit({ key }: CallerCommand): void {
    const permit = this.permits.get(key);
    if (permit === undefined) return;
    this.drop(permit);
    this.count += permit.count;
    this.handOut();
  }

  checkRelease(n: number): void {
    if (this.count + n <= Number.MAX_SAFE_INTEGER) return;
    throw new ValueError(`a semaphore has at most ${Number.MAX_SAFE_INTEGER} permits`);
  }

  handOut(): void {
    while (this.count > 0) {
      const next = this.line.shift();
      if (next === undefined) return;
      if (!roster().wake(next.command, true)) continue;
      this.take(next.command, next.owner);
    }
  }

  take(command: CallerCommand, owner: string): void {
    this.count--;
    if (!this.leased) return;
    const again = this.permits.get(command.key);
    if (again !== undefined) {
      again.count++;
      return;
    }
    const permit = { command, owner, count: 1 };
    this.permits.push(command.key, permit);
    let own = this.byOwner.get(owner);
    if (own === undefined) this.byOwner.set(owner, (own = new Queue()));
    own.push(command.key, permit);
    roster().own(command, this);
  }

  returnOne(owner: string, of: string | undefined): void {
    const named = of === undefined ? undefined : this.permits.get(of);
    const permit = named ?? this.byOwner.get(owner)?.first() ?? this.permits.first();
    if (permit === undefined) return;
    permit.count--;
    if (permit.count > 0) return;
    this.drop(permit);
    roster().disown(permit.command, this);
  }

  drop({ command: { key }, owner }: Permit): void {
    this.permits.remove(key);
    const own = this.byOwner.get(owner);
    own?.remove(key);
    if (own?.size === 0) this.byOwner.delete(owner);
  }
}

/** A semaphore that never has more permits than it began with: one release too many is a mistake. */
export class DBoundedSemaphore extends DSemaphore {
  readonly initial: number;

  constructor(count = 1, options: SemaphoreOptions = {}) {
    super(count, options);
    this.initial = count;
  }

  override checkRelease(n: number): void {
    if (this.count + n > this.initial) throw new ValueError('Semaphore released too many times');
  }

  override __repr__(): string {
    return `<DBoundedSemaphore count=${this.count} init=${this.initial}>`;
  }
}
