import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.idgenerator.IdGenerator`). Numbers that no other call ever gets,
 * each greater than those before.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class IdGenerator extends ObjectProxy {
  /** The next number. Rejects with `RangeError` when there are none any more. */
  next(): Promise<number> {
    return invoke(this, 'next', []);
  }

  /** So many at once: the first and the last of them, for one who gives them out by himself. */
  block(count: number): Promise<[first: number, last: number]> {
    return invoke(this, 'block', [count]);
  }

  /** What `next` would return. */
  peek(): Promise<number> {
    return invoke(this, 'peek', []);
  }

  /**
   * An id of 63 bits that tells when it was given: ms since the beginning of 2020, then 22 bits that count.
   * When one millisecond has used them up, ids run ahead of the time.
   */
  snowflake(): Promise<bigint> {
    return invoke(this, 'snowflake', []);
  }

  /** So many at once: the first and the last of them. */
  snowflakes(count: number): Promise<[first: bigint, last: bigint]> {
    return invoke(this, 'snowflakes', [count]);
  }

  /**
   * Replaces the object by a fresh one on every replica.
   *
   * @param first Where the numbers begin.
   */
  __concoordinit__(first?: number): Promise<void> {
    return invoke(this, '__concoordinit__', [first]);
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
