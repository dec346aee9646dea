import { invoke, ObjectProxy } from '../client/index.ts';

/** What has an order: numbers among numbers, texts among texts (by code units, not by a locale). */
export type Ordered = string | number | bigint;

/**
 * A replicated object (`concoord.object.orderedmap.OrderedMap`). Values by key, in the order of the keys,
 * kept in a red-black tree: each call takes a time that grows with the logarithm of the size. The keys are
 * all numbers, all texts (ordered by code units) or all bigints.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class OrderedMap extends ObjectProxy {
  /** Sets the value of a key. Returns whether the key is new. */
  set(key: Ordered, value: unknown): Promise<boolean> {
    return invoke(this, 'set', [key, value]);
  }

  /** The value of a key; undefined when it is not there. */
  get(key: Ordered): Promise<unknown> {
    return invoke(this, 'get', [key]);
  }

  /** Whether the key is there. */
  has(key: Ordered): Promise<boolean> {
    return invoke(this, 'has', [key]);
  }

  /** Removes a key; false when it is not there. */
  delete(key: Ordered): Promise<boolean> {
    return invoke(this, 'delete', [key]);
  }

  /** How many keys there are. */
  size(): Promise<number> {
    return invoke(this, 'size', []);
  }

  /** The least key and its value, if there is any. */
  first(): Promise<[key: Ordered, value: unknown] | undefined> {
    return invoke(this, 'first', []);
  }

  /** The greatest key and its value, if there is any. */
  last(): Promise<[key: Ordered, value: unknown] | undefined> {
    return invoke(this, 'last', []);
  }

  /** The greatest key that is not above that one, with its value. */
  floor(key: Ordered): Promise<[key: Ordered, value: unknown] | undefined> {
    return invoke(this, 'floor', [key]);
  }

  /** The least key that is not below that one, with its value. */
  ceiling(key: Ordered): Promise<[key: Ordered, value: unknown] | undefined> {
    return invoke(this, 'ceiling', [key]);
  }

  /**
   * At most so many entries in the order of the keys.
   *
   * @param from The first key is this one or above; undefined for the least.
   * @param before The last key is below this one; undefined for the greatest.
   */
  range(
    from?: Ordered,
    before?: Ordered,
    count?: number,
  ): Promise<[key: Ordered, value: unknown][]> {
    return invoke(this, 'range', [from, before, count]);
  }

  /** Removes all keys. */
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
