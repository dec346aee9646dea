import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.membership.Membership`). Who belongs to something: texts, numbers,
 * or arrays of such, like an address and a port.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Membership extends ObjectProxy {
  /** Adds a member. Nothing happens when it is one. */
  add(member: unknown): Promise<void> {
    return invoke(this, 'add', [member]);
  }

  /** Removes a member. Rejects with `KeyError` when it is none. */
  remove(member: unknown): Promise<void> {
    return invoke(this, 'remove', [member]);
  }

  /** Whether it is a member. */
  has(member: unknown): Promise<boolean> {
    return invoke(this, 'has', [member]);
  }

  /** All members, in the order in which they came. */
  members(): Promise<unknown[]> {
    return invoke(this, 'members', []);
  }

  /** How many members there are. */
  size(): Promise<number> {
    return invoke(this, 'size', []);
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
