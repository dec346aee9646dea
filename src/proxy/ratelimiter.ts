import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.ratelimiter.RateLimiter`). Token buckets: each key has one, which
 * begins full. A call takes tokens out or is refused; time puts tokens in, evenly, up to the capacity. The
 * time is agreed, so all clients have one rate between them.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class RateLimiter extends ObjectProxy {
  /** Takes so many tokens, or none. Rejects with `ValueError` for more than a bucket holds. */
  tryAcquire(count?: number, key?: unknown): Promise<boolean> {
    return invoke(this, 'tryAcquire', [count, key]);
  }

  /** Whole tokens that are there now. */
  available(key?: unknown): Promise<number> {
    return invoke(this, 'available', [key]);
  }

  /** ms until so many tokens are there, if nobody takes any; 0 when they are there. */
  waitMs(count?: number, key?: unknown): Promise<number> {
    return invoke(this, 'waitMs', [count, key]);
  }

  /** Fills the bucket. */
  reset(key?: unknown): Promise<void> {
    return invoke(this, 'reset', [key]);
  }

  /**
   * Replaces the object by a fresh one on every replica.
   *
   * @param capacity Tokens that a bucket holds.
   * @param refill Tokens that come in `everyMs`.
   */
  __concoordinit__(capacity?: number, refill?: number, everyMs?: number): Promise<void> {
    return invoke(this, '__concoordinit__', [capacity, refill, everyMs]);
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
