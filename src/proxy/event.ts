import { invoke, ObjectProxy } from '../client/index.ts';
import type { WaitOptions } from './condition.ts';

/**
 * A replicated event (`concoord.object.event.Event`): callers wait until somebody sets it. It stays set until
 * it is cleared.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Event extends ObjectProxy {
  /** Wakes all who wait. Whoever comes does not wait. */
  set(): Promise<void> {
    return invoke(this, 'set', []);
  }

  /** Whoever comes from now on waits. */
  clear(): Promise<void> {
    return invoke(this, 'clear', []);
  }

  /** Whether it is set. */
  isSet(): Promise<boolean> {
    return invoke(this, 'isSet', []);
  }

  /** The same as `isSet`. */
  is_set(): Promise<boolean> {
    return invoke(this, 'is_set', []);
  }

  /** Waits until it is set. Returns true, or false when the time was over. */
  wait(options?: WaitOptions): Promise<boolean> {
    return invoke(this, 'wait', [options]);
  }

  /** Replaces the object by a fresh one on every replica; whoever waits gets an error. */
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
