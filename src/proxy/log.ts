import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.log.Log`). Texts, one after another.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Log extends ObjectProxy {
  /** Replaces the whole log by this entry. */
  write(entry: string): Promise<void> {
    return invoke(this, 'write', [entry]);
  }

  /** Adds an entry at the end. */
  append(entry: string): Promise<void> {
    return invoke(this, 'append', [entry]);
  }

  /** All entries, joined by a space. A long log does not fit into one reply: see `slice`. */
  read(): Promise<string> {
    return invoke(this, 'read', []);
  }

  /** So many entries from that position, the first of which is 0. */
  slice(start?: number, count?: number): Promise<string[]> {
    return invoke(this, 'slice', [start, count]);
  }

  /** How many entries there are. */
  length(): Promise<number> {
    return invoke(this, 'length', []);
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
