import { invoke, ObjectProxy } from '../client/index.ts';
import type { WaitOptions } from './condition.ts';

/**
 * A replicated latch (`concoord.object.countdownlatch.CountdownLatch`): callers wait until it has been
 * counted down to 0. It never closes again.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class CountdownLatch extends ObjectProxy {
  /** Counts down by n, by 1 when it is left out, to 0 at most. Returns what is left. */
  countDown(n?: number): Promise<number> {
    return invoke(this, 'countDown', [n]);
  }

  /** Waits until it is at 0. Returns true, or false when the time was over. */
  wait(options?: WaitOptions): Promise<boolean> {
    return invoke(this, 'wait', [options]);
  }

  /** What is left. */
  count(): Promise<number> {
    return invoke(this, 'count', []);
  }

  /** Replaces the object by a fresh one on every replica; whoever waits gets an error. */
  __concoordinit__(count?: number): Promise<void> {
    return invoke(this, '__concoordinit__', [count]);
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
