import { BlockingReturn, roster } from '../object/bundled.ts';
import type { CallerCommand, Place } from '../object/bundled.ts';
import { checkCount, readCount, readWait } from './arguments.ts';
import type { CountOptions, WaitOptions } from './arguments.ts';
import { Queue } from './queue.ts';

/** Callers who wait for one and the same thing, which nobody owns. All of them are woken together. */
export abstract class Crowd implements Place {
  readonly line = new Queue<CallerCommand>();

  /** Whether nobody has to wait any more. */
  abstract isOpen(): boolean;
  abstract __repr__(): string;

  /**
   * Waits until it is open.
   *
   * @returns True, or false when its time was over.
   */
  wait(command?: CallerCommand): boolean;
  wait(options: WaitOptions | undefined, command?: CallerCommand): boolean;
  wait(first?: WaitOptions | CallerCommand, second?: CallerCommand): boolean {
    const { timeoutMs } = readWait(first, second);
    if (this.isOpen()) return true;
    if (timeoutMs === 0) return false;
    const parked = roster().park(this, false);
    this.line.push(parked.key, parked);
    throw new BlockingReturn({ timeoutMs });
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

  forfeit(_command: CallerCommand): void {}

  letAllGo(): void {
    for (const command of this.line.drain()) roster().wake(command, true);
  }
}

/** Callers wait until somebody sets it. It stays set until it is cleared. */
export class DEvent extends Crowd {
  flag = false;

  isOpen(): boolean {
    return this.flag;
  }

  is_set(): boolean {
    return this.flag;
  }

  isSet(): boolean {
    return this.flag;
  }

  /** Wakes all who wait. */
  set(): void {
    this.flag = true;
    this.letAllGo();
  }

  /** Whoever comes from now on waits. */
  clear(): void {
    this.flag = false;
  }

  __repr__(): string {
    return `<DEvent ${this.flag ? 'set' : 'unset'} waiting=${this.line.size}>`;
  }
}

/** Callers wait until it has been counted down to 0. It never closes again. */
export class DCountdownLatch extends Crowd {
  count: number;

  /** @throws ValueError for a count below 0. */
  constructor(count = 1) {
    super();
    this.count = checkCount(count, 'count');
  }

  isOpen(): boolean {
    return this.count === 0;
  }

  /**
   * Counts down by n, to 0 at most; then all who wait go on.
   *
   * @returns What is left.
   */
  countDown(command?: CallerCommand): number;
  countDown(n: number | CountOptions | undefined, command?: CallerCommand): number;
  countDown(first?: number | CountOptions | CallerCommand, second?: CallerCommand): number {
    const { n } = readCount(first, second, 1);
    this.count = Math.max(0, this.count - n);
    if (this.count === 0) this.letAllGo();
    return this.count;
  }

  __repr__(): string {
    return `<DCountdownLatch count=${this.count} waiting=${this.line.size}>`;
  }
}
