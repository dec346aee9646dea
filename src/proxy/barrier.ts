import { invoke, ObjectProxy } from '../client/index.ts';
import type { WaitOptions } from './condition.ts';

/**
 * A replicated barrier (`concoord.object.barrier.Barrier`): callers wait until so many have come, and
 * then all go on. When one of them gives up, is late, or its session ends, it is broken until it is reset.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Barrier extends ObjectProxy {
  /**
   * Waits for the others. Rejects with a `BrokenBarrierError` when the barrier is broken, or breaks.
   *
   * @returns The place of the caller by arrival: from 0 to `parties - 1`.
   */
  wait(options?: WaitOptions): Promise<number> {
    return invoke(this, 'wait', [options]);
  }

  /** Makes it as new; whoever waits gets a `BrokenBarrierError`. */
  reset(): Promise<void> {
    return invoke(this, 'reset', []);
  }

  /** Breaks it: whoever waits, or comes, gets a `BrokenBarrierError`. */
  abort(): Promise<void> {
    return invoke(this, 'abort', []);
  }

  get broken(): Promise<boolean> {
    return invoke(this, 'broken', []);
  }

  /** How many wait. */
  get n_waiting(): Promise<number> {
    return invoke(this, 'n_waiting', []);
  }

  get parties(): Promise<number> {
    return invoke(this, 'parties', []);
  }

  /**
   * Replaces the object by a fresh one on every replica; whoever waits gets an error.
   *
   * @param parties How many have to come; 1 when left out.
   * @param timeoutMs For every `wait` that has no time-out of its own.
   */
  __concoordinit__(parties?: number, timeoutMs?: number): Promise<void> {
    return invoke(this, '__concoordinit__', [parties, timeoutMs]);
  }

  /** The object's `toString()`. */
  __str__(): Promise<string> {
    return invoke(this, '__str__', []);
  }

  /** The object's `__repr__()`. */
  __repr__(): Promise<string> {
    return invoke(this, '__repr__', []);
  }
}
