import { BlockingReturn, roster, RuntimeError } from '../object/bundled.ts';
import type { CallerCommand, Place } from '../object/bundled.ts';
import { readAcquire, readRelease } from './arguments.ts';
import type { AcquireOptions, ReleaseOptions } from './arguments.ts';
import { Queue } from './queue.ts';

/** A call that owns the lock, and how often it has acquired it. */
export interface Hold {
  readonly command: CallerCommand;
  count: number;
}

/** Somebody who waits for the lock. */
export interface LockWaiter {
  readonly command: CallerCommand;
  readonly owner: string;
  /** It has owned the lock before, and gets it back after it has waited at a condition. */
  readonly regain: Regain | undefined;
}

export interface Regain {
  /** What it had given up. */
  holds: readonly Hold[];
  /** It owns the lock again. It may give it up once more, at once. */
  regained(waiter: LockWaiter): void;
  /** Its time is over: it still waits for the lock. */
  late(): void;
  /** It left before it had the lock. */
  left(): void;
  /** This call does not own the lock again, but another one does. */
  renounce(key: string): boolean;
}

/**
 * What `DLock` and `DRLock` have in common. A lock belongs to an owner, by one or more calls, and is handed
 * on directly: whoever comes later cannot get in between.
 */
export abstract class OwnedLock implements Place {
  /** A session, or a session and the name of a flow in it. Null: nobody waits. */
  owner: string | null = null;
  readonly holds = new Queue<Hold>();
  readonly line = new Queue<LockWaiter>();

  /** Whether the owner may acquire it again. */
  abstract reenters(): boolean;
  abstract __repr__(): string;

  /**
   * Waits until the lock is free, if need be, and then owns it.
   *
   * @returns True, or false where it must not wait or its time is over.
   * @throws ValueError for a time-out that is none, or of a call that does not wait.
   */
  acquire(command?: CallerCommand): boolean;
  acquire(options: AcquireOptions | undefined, command?: CallerCommand): boolean;
  acquire(first?: AcquireOptions | CallerCommand, second?: CallerCommand): boolean {
    const call = readAcquire(first, second, "can't specify a timeout for a non-blocking call");
    const { command, owner, blocking, timeoutMs } = call;
    if (this.owner === null || (this.owner === owner && this.reenters())) {
      this.enter(owner, command);
      return true;
    }
    if (!blocking) return false;
    const parked = roster().park(this, false);
    this.line.push(parked.key, { command: parked, owner, regain: undefined });
    throw new BlockingReturn({ timeoutMs });
  }

  /**
   * Gives it back, or one level of it; the next who waits owns it then.
   *
   * @throws RuntimeError when it is not the owner's.
   */
  release(command?: CallerCommand): void;
  release(options: ReleaseOptions | undefined, command?: CallerCommand): void;
  release(first?: ReleaseOptions | CallerCommand, second?: CallerCommand): void {
    const { of, owner } = readRelease(first, second);
    const ofOwner = this.owner === owner ? this.holds.last() : undefined;
    const latest = of === undefined ? ofOwner : this.holds.get(of);
    if (latest === undefined) throw new RuntimeError('cannot release un-acquired lock');
    latest.count--;
    if (latest.count > 0) return;
    this.holds.remove(latest.command.key);
    roster().disown(latest.command, this);
    if (this.holds.size === 0) this.handOver();
  }

  locked(): boolean {
    return this.owner !== null;
  }

  toString(): string {
    return this.__repr__();
  }

  withdraw({ key }: CallerCommand): boolean {
    const regain = this.line.remove(key)?.regain;
    regain?.left();
    return regain !== undefined;
  }

  timeOut(command: CallerCommand): void {
    const waiter = this.line.get(command.key);
    // Whoever waited at a condition owns the lock when its call ends, however late.
    if (waiter?.regain !== undefined) return waiter.regain.late();
    this.line.remove(command.key);
    roster().wake(command, false);
  }

  renounce(waiting: CallerCommand, key: string): boolean {
    return this.line.get(waiting.key)?.regain?.renounce(key) === true;
  }

  forfeit({ key }: CallerCommand): void {
    const hold = this.holds.remove(key);
    if (hold !== undefined && this.holds.size === 0) this.handOver();
  }

  /** Gives up all of it, whatever the number of levels; `handOver` must follow. */
  suspend(): readonly Hold[] {
    this.owner = null;
    const holds = this.holds.drain();
    for (const { command } of holds) roster().disown(command, this);
    return holds;
  }

  /** For one who had the lock before: it gets it when it is its turn. */
  queue(waiter: LockWaiter): void {
    roster().move(waiter.command, this);
    this.line.push(waiter.command.key, waiter);
    if (this.owner === null) this.handOver();
  }

  /** To the next who still waits. In a loop: whoever gets it may give it up again at once. */
  handOver(): void {
    this.owner = null;
    while (!this.locked()) {
      const next = this.line.shift();
      if (next === undefined) return;
      if (roster().isWaiting(next.command)) this.admit(next);
    }
  }

  admit(waiter: LockWaiter): void {
    const { command, owner, regain } = waiter;
    if (regain === undefined) {
      this.enter(owner, command);
      roster().wake(command, true);
      return;
    }
    for (const hold of regain.holds) this.enter(owner, hold.command, hold.count);
    regain.regained(waiter);
  }

  enter(owner: string, command: CallerCommand, levels = 1): void {
    this.owner = owner;
    const again = this.holds.get(command.key);
    if (again !== undefined) {
      again.count += levels;
      return;
    }
    const first = this.holds.first();
    this.holds.push(command.key, { command, count: levels });
    roster().own(command, this, first?.command);
  }
}
