import { hold, invoke, ObjectProxy } from '../client/index.ts';
import type { Held, HoldOptions } from '../client/index.ts';
import type { AcquireOptions, ReleaseOptions } from './lock.ts';

/**
 * A replicated re-entrant lock (`concoord.object.rlock.RLock`): its owner may acquire it again, and has to
 * release it as often. It is free again when its session ends.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class RLock extends ObjectProxy {
  /**
   * Waits until it is yours.
   *
   * @returns True; false where it must not wait, or its time is over.
   */
  acquire(options?: AcquireOptions): Promise<boolean> {
    return invoke(this, 'acquire', [options]);
  }

  /**
   * Gives one level back; with the last one, the next who waits has it. Rejects with a `RuntimeError` when it
   * is not yours.
   */
  release(options?: ReleaseOptions): Promise<void> {
    return invoke(this, 'release', [options]);
  }

  /** Whether somebody has it. */
  locked(): Promise<boolean> {
    return invoke(this, 'locked', []);
  }

  /**
   * Waits until it is yours, and keeps it alive. `await using` gives it back at the end of the block.
   *
   * Rejects with `TIMEOUT` when it was not to be had in time, with an AbortError when the signal was aborted.
   */
  hold(options?: HoldOptions): Promise<Held> {
    return hold(this, options, { exact: true });
  }

  /** Replaces the object by a fresh one on every replica; whoever waits gets an error. */
  __concoordinit__(): Promise<void> {
    return invoke(this, '__concoordinit__', []);
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
