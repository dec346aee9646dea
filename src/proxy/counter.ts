import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated counter (`concoord.object.counter.Counter`).
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the counter itself throws arrives as it is.
 */
export class Counter extends ObjectProxy {
  /** Adds 1. Rejects with a `RangeError` where the count would not be exact any more, beyond 2 ** 53. */
  increment(): Promise<void> {
    return invoke(this, 'increment', []);
  }

  /** Takes 1 away. Rejects with a `RangeError` where the count would not be exact any more. */
  decrement(): Promise<void> {
    return invoke(this, 'decrement', []);
  }

  /** The count, with every call that has returned anywhere; `with({ read: 'stale' })` may be older. */
  getvalue(): Promise<number> {
    return invoke(this, 'getvalue', []);
  }

  /**
   * Replaces the object by a fresh one on every replica.
   *
   * @param value Where the count begins; 0 when left out. A `TypeError` for what is no finite number.
   */
  __concoordinit__(value?: number): Promise<void> {
    return invoke(this, '__concoordinit__', value === undefined ? [] : [value]);
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
