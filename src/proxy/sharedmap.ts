import { invoke, ObjectProxy } from '../client/index.ts';

/** How an entry is kept. */
export interface EntryOptions {
  /** For how long, by the time that the replicas agree upon; for ever when left out. */
  readonly ttlMs?: number | undefined;
}

/** An entry as it is at one moment. */
export interface MapEntry {
  readonly value: unknown;
  readonly version: number;
  /** ms since 1970; undefined when it does not end. */
  readonly expires: number | undefined;
}

/**
 * A replicated object (`concoord.object.sharedmap.SharedMap`). Values by key. Keys are texts, numbers,
 * bigints, booleans, null, and arrays of such, which count as equal by content. Each change of an entry
 * gives it a version that no entry of this map had before: who has read one can make sure that nobody else
 * has changed it since, deleted and made again included.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class SharedMap extends ObjectProxy {
  /** Sets the value of a key. Returns its version. */
  set(key: unknown, value: unknown, options?: EntryOptions): Promise<number> {
    return invoke(this, 'set', [key, value, options]);
  }

  /** The value of a key; undefined when it is not there. */
  get(key: unknown): Promise<unknown> {
    return invoke(this, 'get', [key]);
  }

  /** Whether the key is there. */
  has(key: unknown): Promise<boolean> {
    return invoke(this, 'has', [key]);
  }

  /** Value, version and end of the same moment; undefined when it is not there. */
  entry(key: unknown): Promise<MapEntry | undefined> {
    return invoke(this, 'entry', [key]);
  }

  /** Removes a key; false when it is not there. */
  delete(key: unknown): Promise<boolean> {
    return invoke(this, 'delete', [key]);
  }

  /** Sets the value unless there is one: returns its version. Undefined if there is. */
  setIfAbsent(key: unknown, value: unknown, options?: EntryOptions): Promise<number | undefined> {
    return invoke(this, 'setIfAbsent', [key, value, options]);
  }

  /**
   * Sets the value if the version is still this one, 0 for none: returns the new version. Undefined if not.
   */
  compareAndSet(
    key: unknown,
    version: number,
    value: unknown,
    options?: EntryOptions,
  ): Promise<number | undefined> {
    return invoke(this, 'compareAndSet', [key, version, value, options]);
  }

  /** Deletes the entry if the version is still this one. */
  compareAndDelete(key: unknown, version: number): Promise<boolean> {
    return invoke(this, 'compareAndDelete', [key, version]);
  }

  /** Adds to a number; what is not there is 0. Returns the sum. Rejects with `TypeError` for other values. */
  increment(key: unknown, by?: number): Promise<number> {
    return invoke(this, 'increment', [key, by]);
  }

  /** Gives an entry another end, or none. Rejects with `KeyError` when it is not there. */
  expire(key: unknown, ttlMs?: number): Promise<void> {
    return invoke(this, 'expire', [key, ttlMs]);
  }

  /** How many keys there are. */
  size(): Promise<number> {
    return invoke(this, 'size', []);
  }

  /** All keys, in the order in which they came. A large map does not fit into one reply: see `slice`. */
  keys(): Promise<unknown[]> {
    return invoke(this, 'keys', []);
  }

  /** So many keys and values from that position; the first that came is at 0. */
  slice(start?: number, count?: number): Promise<[key: unknown, value: unknown][]> {
    return invoke(this, 'slice', [start, count]);
  }

  /** Removes all entries. Their versions do not come again. */
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
