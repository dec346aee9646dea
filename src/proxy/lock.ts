import { hold, invoke, ObjectProxy } from '../client/index.ts';
import type { Held, HoldOptions } from '../client/index.ts';

export interface OwnerOptions {
  /** Tells flows of one program apart, which share a session: each owns for itself. */
  readonly owner?: string | undefined;
}

export interface ReleaseOptions extends OwnerOptions {
  /** The key of the call that acquired what is given back, of several that its owner has. */
  readonly call?: string | undefined;
}

export interface AcquireOptions extends OwnerOptions {
  /** False: the call does not wait. */
  readonly blocking?: boolean | undefined;
  /** ms for which the call waits at most, agreed in the log; without it, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A replicated lock (`concoord.object.lock.Lock`), which one owner has at a time: a session, or a flow of
 * one. Callers get it in the order in which they came. It is free again when its session ends.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Lock extends ObjectProxy {
  /**
   * Waits until it is yours. Who has it already waits as well.
   *
   * @returns True; false where it must not wait, or its time is over.
   */
  acquire(options?: AcquireOptions): Promise<boolean> {
    return invoke(this, 'acquire', [options]);
  }

  /** The next who waits has it then. Rejects with a `RuntimeError` when it is not yours. */
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
