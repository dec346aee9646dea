import { BlockingReturn, roster, RuntimeError } from '../object/bundled.ts';
import type { CallerCommand, Place } from '../object/bundled.ts';
import { isCommand, readCall, readCount, readWait } from './arguments.ts';
import type {
  AcquireOptions,
  CountOptions,
  OwnerOptions,
  ReleaseOptions,
  WaitOptions,
} from './arguments.ts';
import { checkMethod, runFor } from './inside.ts';
import type { Method } from './inside.ts';
import { DRLock } from './lock.ts';
import { OwnedLock } from './owned-lock.ts';
import type { Hold, LockWaiter, Regain } from './owned-lock.ts';
import { Queue } from './queue.ts';

const PREDICATE = 'a predicate';

/** How somebody who waits at a condition gets its lock back. */
export class Return implements Regain {
  readonly condition: DCondition;
  readonly predicate: Method | undefined;
  holds: readonly Hold[];
  /** What a wait without predicate returns. */
  notified = false;
  /** Its time is over: it is woken whatever its predicate says. */
  isLate = false;
  /** It was chosen by a `notify` for so many: if it leaves, another one is chosen. */
  chosen = false;

  constructor(condition: DCondition, predicate: Method | undefined, holds: readonly Hold[]) {
    this.condition = condition;
    this.predicate = predicate;
    this.holds = holds;
  }

  regained(waiter: LockWaiter): void {
    this.condition.regained(waiter, this);
  }

  late(): void {
    this.isLate = true;
  }

  renounce(key: string): boolean {
    const kept = this.holds.filter(({ command }) => command.key !== key);
    // The last one stays: whoever waits has the lock when its call returns.
    if (kept.length === 0 || kept.length === this.holds.length) return false;
    this.holds = kept;
    return true;
  }

  left(): void {
    if (this.chosen) this.condition.move(1, true);
  }
}

interface Waiter extends LockWaiter {
  readonly regain: Return;
}

/**
 * Lets callers wait for something to become true that a lock protects. Who waits gives up the lock, with all
 * its levels, and has it back when its call returns.
 */
export class DCondition implements Place {
  readonly lock: OwnedLock;
  readonly line = new Queue<Waiter>();

  /** @param lock A `DLock` or `DRLock`, which others may have, too; a new `DRLock` when left out, or null. */
  constructor(lock?: OwnedLock | null) {
    const chosen = lock ?? new DRLock();
    if (!(chosen instanceof OwnedLock)) throw new TypeError('lock is a DLock or a DRLock');
    this.lock = chosen;
  }

  /** That of its lock. */
  acquire(command?: CallerCommand): boolean;
  acquire(options: AcquireOptions | undefined, command?: CallerCommand): boolean;
  acquire(first?: AcquireOptions | CallerCommand, second?: CallerCommand): boolean {
    return isCommand(first) && second === undefined
      ? this.lock.acquire(first)
      : this.lock.acquire(first as AcquireOptions | undefined, second);
  }

  /** That of its lock. */
  release(command?: CallerCommand): void;
  release(options: ReleaseOptions | undefined, command?: CallerCommand): void;
  release(first?: ReleaseOptions | CallerCommand, second?: CallerCommand): void {
    if (isCommand(first) && second === undefined) this.lock.release(first);
    else this.lock.release(first as ReleaseOptions | undefined, second);
  }

  /** That of its lock. */
  locked(): boolean {
    return this.lock.locked();
  }

  /**
   * Waits until somebody notifies.
   *
   * @returns True, or false when its time was over; the caller has the lock in both cases.
   * @throws RuntimeError when the lock is not the caller's.
   */
  wait(command?: CallerCommand): boolean;
  wait(options: WaitOptions | undefined, command?: CallerCommand): boolean;
  wait(first?: WaitOptions | CallerCommand, second?: CallerCommand): boolean {
    const { owner, timeoutMs } = readWait(first, second);
    this.mustOwn(owner, 'wait');
    if (timeoutMs !== 0) return this.enqueue(owner, undefined, timeoutMs);
    // Others may have the lock in between.
    if (this.lock.line.size === 0) return false;
    const parked = roster().park(this, false);
    const regain = new Return(this, undefined, this.lock.suspend());
    this.lock.line.push(parked.key, { command: parked, owner, regain });
    roster().move(parked, this.lock);
    this.lock.handOver();
    throw new BlockingReturn();
  }

  /**
   * Waits until a method of the object returns something true, which is asked now, and whenever the caller
   * has been notified and has the lock again. It runs in the object, as if this caller had called it.
   *
   * @param object Whose method it is: `this`.
   * @returns What the method returned; when the time is over, also what is not true.
   */
  wait_for<T extends object>(
    object: T,
    predicate: keyof T & string,
    first?: WaitOptions | CallerCommand,
    second?: CallerCommand,
  ): unknown {
    const method = checkMethod(object, predicate, PREDICATE);
    const { command, owner, timeoutMs } = readWait(first, second);
    this.mustOwn(owner, 'wait');
    const asked = runFor(command, method, PREDICATE);
    if ('error' in asked) throw asked.error;
    if (Boolean(asked.value) || timeoutMs === 0) return asked.value;
    // The predicate can have released it.
    this.mustOwn(owner, 'wait');
    return this.enqueue(owner, method, timeoutMs);
  }

  waitFor<T extends object>(
    object: T,
    predicate: keyof T & string,
    first?: WaitOptions | CallerCommand,
    second?: CallerCommand,
  ): unknown {
    return this.wait_for(object, predicate, first, second);
  }

  /**
   * Wakes the first n who wait: each returns when it has the lock back, in the order in which they waited.
   *
   * @throws RuntimeError when the lock is not the caller's.
   */
  notify(command?: CallerCommand): void;
  notify(n: number | CountOptions | undefined, command?: CallerCommand): void;
  notify(first?: number | CountOptions | CallerCommand, second?: CallerCommand): void {
    const { n, owner } = readCount(first, second, 0);
    this.mustOwn(owner, 'notify');
    this.move(n, true);
  }

  /** Wakes all who wait now. */
  notify_all(command?: CallerCommand): void;
  notify_all(options: OwnerOptions | undefined, command?: CallerCommand): void;
  notify_all(first?: OwnerOptions | CallerCommand, second?: CallerCommand): void {
    const { owner } = readCall(first, second);
    this.mustOwn(owner, 'notify');
    this.move(this.line.size, false);
  }

  notifyAll(command?: CallerCommand): void;
  notifyAll(options: OwnerOptions | undefined, command?: CallerCommand): void;
  notifyAll(first?: OwnerOptions | CallerCommand, second?: CallerCommand): void {
    this.notify_all(first as OwnerOptions | undefined, second);
  }

  __repr__(): string {
    return `<DCondition(${this.lock.__repr__()}, ${this.line.size})>`;
  }

  toString(): string {
    return this.__repr__();
  }

  /** The lock that it gave up to wait here is not its any more, also when `move` was here before. */
  withdraw({ key }: CallerCommand): boolean {
    this.line.remove(key);
    return true;
  }

  renounce(waiting: CallerCommand, key: string): boolean {
    return this.line.get(waiting.key)?.regain.renounce(key) === true;
  }

  timeOut({ key }: CallerCommand): void {
    const waiter = this.line.remove(key);
    if (waiter === undefined) return;
    waiter.regain.isLate = true;
    this.lock.queue(waiter);
  }

  /** Nobody owns anything here, but in its lock. */
  forfeit(_command: CallerCommand): void {}

  /** From here to the lock, where they wait on. */
  move(most: number, chosen: boolean): void {
    for (let left = Math.min(most, this.line.size); left > 0; left--) {
      let next = this.line.shift();
      while (next !== undefined && !roster().isWaiting(next.command)) next = this.line.shift();
      if (next === undefined) return;
      next.regain.notified = true;
      next.regain.chosen = chosen;
      this.lock.queue(next);
    }
  }

  /** A waiter has the lock back: either its call returns, or it waits on. */
  regained(waiter: LockWaiter, regain: Return): void {
    const { command, owner } = waiter;
    regain.holds = [];
    if (regain.predicate === undefined) return void roster().wake(command, regain.notified);
    const asked = runFor(command, regain.predicate, PREDICATE);
    if ('error' in asked) return void roster().fail(command, asked.error);
    if (Boolean(asked.value) || regain.isLate) return void roster().wake(command, asked.value);
    if (this.lock.owner !== owner) {
      const message = 'cannot wait on un-acquired lock: the predicate has released it';
      return void roster().fail(command, new RuntimeError(message));
    }
    regain.holds = this.lock.suspend();
    regain.chosen = false;
    this.line.push(command.key, { command, owner, regain });
    roster().move(command, this);
  }

  enqueue(owner: string, predicate: Method | undefined, timeoutMs: number | undefined): never {
    const command = roster().park(this, false);
    const regain = new Return(this, predicate, this.lock.suspend());
    this.line.push(command.key, { command, owner, regain });
    this.lock.handOver();
    throw new BlockingReturn({ timeoutMs });
  }

  mustOwn(owner: string, what: string): void {
    if (this.lock.owner === owner) return;
    throw new RuntimeError(`cannot ${what} on un-acquired lock`);
  }
}
