import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.linkedlist.LinkedList`). A list that can be changed at any place
 * in the same time. Elements are named by numbers which never come again, and which hold whatever happens
 * around them.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class LinkedList extends ObjectProxy {
  /** Adds a value in front of all. Returns the number of the new element. */
  pushFront(value: unknown): Promise<number> {
    return invoke(this, 'pushFront', [value]);
  }

  /** Adds a value behind all. Returns the number of the new element. */
  pushBack(value: unknown): Promise<number> {
    return invoke(this, 'pushBack', [value]);
  }

  /**
   * Adds a value in front of an element. Returns the number of the new one. Rejects with `KeyError` when
   * there is none.
   */
  insertBefore(element: number, value: unknown): Promise<number> {
    return invoke(this, 'insertBefore', [element, value]);
  }

  /**
   * Adds a value behind an element. Returns the number of the new one. Rejects with `KeyError` when there is
   * none.
   */
  insertAfter(element: number, value: unknown): Promise<number> {
    return invoke(this, 'insertAfter', [element, value]);
  }

  /** Removes it and returns its value. Rejects with `KeyError` when there is no such element. */
  remove(element: number): Promise<unknown> {
    return invoke(this, 'remove', [element]);
  }

  /** Removes and returns the first value. Rejects with `IndexError` when there is none. */
  popFront(): Promise<unknown> {
    return invoke(this, 'popFront', []);
  }

  /** Removes and returns the last value. Rejects with `IndexError` when there is none. */
  popBack(): Promise<unknown> {
    return invoke(this, 'popBack', []);
  }

  /** The value of an element. Rejects with `KeyError` when there is no such element. */
  get(element: number): Promise<unknown> {
    return invoke(this, 'get', [element]);
  }

  /** Gives an element another value. Rejects with `KeyError` when there is no such element. */
  set(element: number, value: unknown): Promise<void> {
    return invoke(this, 'set', [element, value]);
  }

  /** Whether there is an element of that number. */
  has(element: number): Promise<boolean> {
    return invoke(this, 'has', [element]);
  }

  /** Number of the first element, if there is one. */
  first(): Promise<number | undefined> {
    return invoke(this, 'first', []);
  }

  /** Number of the last element, if there is one. */
  last(): Promise<number | undefined> {
    return invoke(this, 'last', []);
  }

  /** Number of the one behind it, if there is one. Rejects with `KeyError` when there is no such element. */
  next(element: number): Promise<number | undefined> {
    return invoke(this, 'next', [element]);
  }

  /** Number of the one before it, if there is one. Rejects with `KeyError` when there is no such element. */
  previous(element: number): Promise<number | undefined> {
    return invoke(this, 'previous', [element]);
  }

  /** Number of the first element with an equal value, if there is one. */
  find(value: unknown): Promise<number | undefined> {
    return invoke(this, 'find', [value]);
  }

  /** So many values from that position on; the first is at 0. */
  slice(start?: number, count?: number): Promise<unknown[]> {
    return invoke(this, 'slice', [start, count]);
  }

  /** How many elements there are. */
  size(): Promise<number> {
    return invoke(this, 'size', []);
  }

  /** Removes all. Their numbers do not come again. */
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
