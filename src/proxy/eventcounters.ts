import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.eventcounters.EventCounters`). Counts how often each of many
 * events happened.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class EventCounters extends ObjectProxy {
  /**
   * Counts an event, once or more often; returns its count. Rejects with `RangeError` where all counts
   * together would not be exact any more.
   */
  increment(event: string, by?: number): Promise<number> {
    return invoke(this, 'increment', [event, by]);
  }

  /** The count of an event; 0 for what never happened. */
  get(event: string): Promise<number> {
    return invoke(this, 'get', [event]);
  }

  /** All counts together. */
  total(): Promise<number> {
    return invoke(this, 'total', []);
  }

  /** All counts, in the order in which they first happened. Many do not fit into one reply: see `top`. */
  all(): Promise<Map<string, number>> {
    return invoke(this, 'all', []);
  }

  /** The most frequent ones, at most 1,000; those of equal counts by their names. */
  top(count?: number): Promise<[event: string, count: number][]> {
    return invoke(this, 'top', [count]);
  }

  /** Forgets an event; returns what its count was. */
  reset(event: string): Promise<number> {
    return invoke(this, 'reset', [event]);
  }

  /** Forgets all events. */
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
