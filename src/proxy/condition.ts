import { invoke, ObjectProxy } from '../client/index.ts';
import type { AcquireOptions, OwnerOptions, ReleaseOptions } from './lock.ts';
import type { CountOptions } from './semaphore.ts';

export interface WaitOptions extends OwnerOptions {
  /** ms for which the call waits at most; without it, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A replicated condition with a re-entrant lock (`concoord.object.condition.Condition`): who has the lock
 * waits until somebody notifies, and others can have it meanwhile.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Condition extends ObjectProxy {
  /**
   * Waits until it is yours. The lock, that is.
   *
   * @returns True; false where it must not wait, or its time is over.
   */
  acquire(options?: AcquireOptions): Promise<boolean> {
    return invoke(this, 'acquire', [options]);
  }

  /** Gives one level of the lock back. Rejects with a `RuntimeError` when it is not yours. */
  release(options?: ReleaseOptions): Promise<void> {
    return invoke(this, 'release', [options]);
  }

  /** Whether somebody has it. */
  locked(): Promise<boolean> {
    return invoke(this, 'locked', []);
  }

  /**
   * Gives up the lock, with all its levels, until somebody notifies. The caller has it back when the call
   * returns, also with false; a call that was aborted has lost it.
   *
   * @returns True; false when its time was over. Rejects with a `RuntimeError` without the lock.
   */
  wait(options?: WaitOptions): Promise<boolean> {
    return invoke(this, 'wait', [options]);
  }

  /** Wakes the first n who wait; 1 when left out. Rejects with a `RuntimeError` without the lock. */
  notify(n?: number | CountOptions): Promise<void> {
    return invoke(this, 'notify', [n]);
  }

  /** Wakes all who wait. Rejects with a `RuntimeError` without the lock. */
  notify_all(options?: OwnerOptions): Promise<void> {
    return invoke(this, 'notify_all', [options]);
  }

  /** The same. */
  notifyAll(options?: OwnerOptions): Promise<void> {
    return invoke(this, 'notifyAll', [options]);
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
