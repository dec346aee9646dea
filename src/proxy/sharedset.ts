import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.sharedset.SharedSet`). A set of texts, numbers, bigints, booleans,
 * null, and arrays of such, which count as equal by content.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class SharedSet extends ObjectProxy {
  /** Adds a value; false when it is there. */
  add(value: unknown): Promise<boolean> {
    return invoke(this, 'add', [value]);
  }

  /** Adds values; returns how many were not there. */
  addAll(values: readonly unknown[]): Promise<number> {
    return invoke(this, 'addAll', [values]);
  }

  /** Removes a value. Rejects with `KeyError` when it is not there. */
  remove(value: unknown): Promise<void> {
    return invoke(this, 'remove', [value]);
  }

  /** Removes a value; false when it is not there. */
  discard(value: unknown): Promise<boolean> {
    return invoke(this, 'discard', [value]);
  }

  /** Whether the value is there. */
  has(value: unknown): Promise<boolean> {
    return invoke(this, 'has', [value]);
  }

  /** Whether all of the values are there. */
  hasAll(values: readonly unknown[]): Promise<boolean> {
    return invoke(this, 'hasAll', [values]);
  }

  /** How many values there are. */
  size(): Promise<number> {
    return invoke(this, 'size', []);
  }

  /** All values, in the order in which they came. A large set does not fit into one reply: see `slice`. */
  members(): Promise<unknown[]> {
    return invoke(this, 'members', []);
  }

  /** So many from that position; the first that came is at 0. */
  slice(start?: number, count?: number): Promise<unknown[]> {
    return invoke(this, 'slice', [start, count]);
  }

  /** Removes all values. */
  clear(): Promise<void> {
    return invoke(this, 'clear', []);
  }

  /** Replaces the object by a fresh one on every replica. */
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
