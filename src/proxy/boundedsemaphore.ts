import { hold, invoke, ObjectProxy } from '../client/index.ts';
import type { Held, HoldOptions } from '../client/index.ts';
import type { AcquireOptions } from './lock.ts';
import type { PermitOptions, SemaphoreOptions } from './semaphore.ts';

/**
 * A replicated semaphore (`concoord.object.boundedsemaphore.BoundedSemaphore`) that never has more
 * permits than it began with.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class BoundedSemaphore extends ObjectProxy {
  /**
   * Takes a permit, and waits for one if there is none.
   *
   * @returns True; false where it must not wait, or its time is over.
   */
  acquire(options?: AcquireOptions): Promise<boolean> {
    return invoke(this, 'acquire', [options]);
  }

  /** Gives n permits; 1 when left out. Rejects with a `ValueError` for more than were acquired. */
  release(n?: number | PermitOptions): Promise<void> {
    return invoke(this, 'release', [n]);
  }

  /**
   * Waits until you have a permit, and keeps it alive. `await using` gives it back at the end of the block.
   *
   * Rejects with `TIMEOUT` when it was not to be had in time, with an AbortError when the signal was aborted.
   */
  hold(options?: HoldOptions): Promise<Held> {
    return hold(this, options, { exact: true });
  }

  /**
   * Replaces the object by a fresh one on every replica; whoever waits gets an error.
   *
   * @param count How many permits there are; 1 when left out.
   */
  __concoordinit__(count?: number, options?: SemaphoreOptions): Promise<void> {
    return invoke(this, '__concoordinit__', [count, options]);
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
