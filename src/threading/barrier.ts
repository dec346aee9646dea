import { BlockingReturn, BrokenBarrierError, roster, RuntimeError } from '../object/bundled.ts';
import type { CallerCommand, Place } from '../object/bundled.ts';
import { checkWhole, readTimeout, readWait } from './arguments.ts';
import type { WaitOptions } from './arguments.ts';
import { checkMethod, runFor } from './inside.ts';
import type { Method } from './inside.ts';
import { Queue } from './queue.ts';

const ACTION = 'the action of a barrier';

interface Party {
  readonly command: CallerCommand;
  readonly index: number;
}

/**
 * Callers wait until as many have come as it has parties; then all go on, and it can be used again. Whoever
 * comes later belongs to the next round. When one gives up, is late, or its session ends, the barrier is
 * broken: nobody can ever meet there until it is reset.
 */
export class DBarrier implements Place {
  readonly parties: number;
  readonly action: Method | undefined;
  /** For every `wait` that has no time-out of its own. */
  readonly timeoutMs: number | undefined;
  readonly line = new Queue<Party>();
  broken = false;
  /** The action runs. */
  releasing = false;

  /**
   * @param action Name of a method, which the last one who comes runs before the others go on.
   * @param object Whose method it is: `this`.
   * @throws ValueError for less than one party.
   */
  constructor(
    parties: number,
    action?: string | null,
    object?: object | null,
    timeoutMs?: number | null,
  ) {
    this.parties = checkWhole(parties, 'parties', 1, 'parties must be >= 1');
    // Null passes over an argument, as None does in Python.
    const hasAction = action !== undefined && action !== null;
    this.action = hasAction ? checkMethod(object, action, ACTION) : undefined;
    this.timeoutMs = readTimeout({ timeoutMs: timeoutMs ?? undefined });
  }

  /** How many wait. */
  get n_waiting(): number {
    return this.line.size;
  }

  /**
   * Waits for the others.
   *
   * @returns The place of the caller among those of its round, by arrival: from 0 to `parties - 1`.
   * @throws BrokenBarrierError if the barrier is broken, or breaks meanwhile.
   */
  wait(command?: CallerCommand): number;
  wait(options: WaitOptions | undefined, command?: CallerCommand): number;
  wait(first?: WaitOptions | CallerCommand, second?: CallerCommand): number {
    const { command, timeoutMs = this.timeoutMs } = readWait(first, second);
    if (this.broken) throw new BrokenBarrierError('the barrier is broken: reset it');
    if (this.releasing) throw new RuntimeError(`${ACTION} cannot wait at it`);
    const index = this.line.size;
    if (index === this.parties - 1) return this.open(command, index);
    if (timeoutMs === 0) {
      this.abort();
      throw new BrokenBarrierError('the others were not there in time');
    }
    const parked = roster().park(this, false);
    this.line.push(parked.key, { command: parked, index });
    throw new BlockingReturn({ timeoutMs });
  }

  /** Makes it as new. Those who wait get a `BrokenBarrierError`. */
  reset(): void {
    this.broken = false;
    this.failAll('the barrier was reset');
  }

  /** Breaks it: those who wait, and whoever comes, get a `BrokenBarrierError` until it is reset. */
  abort(): void {
    this.breakFor('the barrier was aborted');
  }

  __repr__(): string {
    return `<DBarrier parties=${this.parties} waiting=${this.line.size}>`;
  }

  toString(): string {
    return this.__repr__();
  }

  /** Of several who leave at once, the first has broken it for all: each of them would have. */
  withdraw({ key }: CallerCommand): boolean {
    if (this.line.remove(key) !== undefined) this.breakFor('one of those who waited is gone');
    return true;
  }

  timeOut({ key }: CallerCommand): void {
    if (this.line.get(key) !== undefined) this.breakFor('the others were not there in time');
  }

  /** Nobody owns a barrier. */
  forfeit(_command: CallerCommand): void {}

  open(command: CallerCommand, index: number): number {
    if (this.action !== undefined) this.act(command, this.action);
    for (const party of this.line.drain()) roster().wake(party.command, party.index);
    return index;
  }

  act(command: CallerCommand, action: Method): void {
    this.releasing = true;
    const ran = runFor(command, action, ACTION);
    this.releasing = false;
    if ('error' in ran) {
      this.breakFor(`${ACTION} failed`);
      throw ran.error;
    }
    if (this.broken) throw new BrokenBarrierError(`${ACTION} has aborted it`);
  }

  breakFor(reason: string): void {
    this.broken = true;
    this.failAll(reason);
  }

  failAll(reason: string): void {
    for (const { command } of this.line.drain()) {
      roster().fail(command, new BrokenBarrierError(reason));
    }
  }
}
