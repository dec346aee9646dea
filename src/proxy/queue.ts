import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.queue.Queue`). What came first leaves first. Nobody waits: a full
 * queue refuses, an empty one has nothing.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Queue extends ObjectProxy {
  /** How many items there are. */
  qsize(): Promise<number> {
    return invoke(this, 'qsize', []);
  }

  /** Whether there is no item. */
  empty(): Promise<boolean> {
    return invoke(this, 'empty', []);
  }

  /** Whether `put` would be refused. */
  full(): Promise<boolean> {
    return invoke(this, 'full', []);
  }

  /** Adds an item at the end. Rejects with `RuntimeError` when the queue is full. */
  put(item: unknown): Promise<void> {
    return invoke(this, 'put', [item]);
  }

  /** Removes and returns what came first. Rejects with `IndexError` when there is nothing. */
  get(): Promise<unknown> {
    return invoke(this, 'get', []);
  }

  /** What `get` would return. Rejects with `IndexError` when there is nothing. */
  peek(): Promise<unknown> {
    return invoke(this, 'peek', []);
  }

  /** The same as `put`. */
  append(item: unknown): Promise<void> {
    return invoke(this, 'append', [item]);
  }

  /** The same as `get`. */
  remove(): Promise<unknown> {
    return invoke(this, 'remove', []);
  }

  /** The same as `qsize`. */
  get_size(): Promise<number> {
    return invoke(this, 'get_size', []);
  }

  /** All, in their order. A long queue does not fit into one reply: see `slice`. */
  get_queue(): Promise<unknown[]> {
    return invoke(this, 'get_queue', []);
  }

  /** So many from that position; what leaves next is at 0. */
  slice(start?: number, count?: number): Promise<unknown[]> {
    return invoke(this, 'slice', [start, count]);
  }

  /**
   * Replaces the object by a fresh one on every replica.
   *
   * @param maxsize How many it holds; 0 for as many as come.
   */
  __concoordinit__(maxsize?: number): Promise<void> {
    return invoke(this, '__concoordinit__', [maxsize]);
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
