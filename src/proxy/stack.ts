import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.stack.Stack`). What came last leaves first.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Stack extends ObjectProxy {
  /** Puts an item on top. */
  append(item: unknown): Promise<void> {
    return invoke(this, 'append', [item]);
  }

  /** Removes and returns what came last. Rejects with `IndexError` when there is nothing. */
  pop(): Promise<unknown> {
    return invoke(this, 'pop', []);
  }

  /** What `pop` would return. Rejects with `IndexError` when there is nothing. */
  peek(): Promise<unknown> {
    return invoke(this, 'peek', []);
  }

  /** How many items there are. */
  get_size(): Promise<number> {
    return invoke(this, 'get_size', []);
  }

  /** All items, from the oldest to the newest. A large stack does not fit into one reply: see `slice`. */
  get_stack(): Promise<unknown[]> {
    return invoke(this, 'get_stack', []);
  }

  /** So many from that position; the oldest is at 0. */
  slice(start?: number, count?: number): Promise<unknown[]> {
    return invoke(this, 'slice', [start, count]);
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
