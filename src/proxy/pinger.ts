import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.pinger.Pinger`). When members were last heard of, by the time that
 * the replicas agree upon. It sends nothing: whoever can reach a member, or is it, says so.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Pinger extends ObjectProxy {
  /** Adds a member, which counts as heard of now. Nothing happens when it is one. */
  add(member: unknown): Promise<void> {
    return invoke(this, 'add', [member]);
  }

  /** Removes a member. Rejects with `KeyError` when it is none. */
  remove(member: unknown): Promise<void> {
    return invoke(this, 'remove', [member]);
  }

  /** The member was heard of, now. Rejects with `KeyError` when it is none. */
  ping(member: unknown): Promise<void> {
    return invoke(this, 'ping', [member]);
  }

  /** When a member was last heard of, in ms since 1970. Rejects with `KeyError` when it is none. */
  last_heard(member: unknown): Promise<number> {
    return invoke(this, 'last_heard', [member]);
  }

  /** All members, in the order in which they came. */
  get_members(): Promise<unknown[]> {
    return invoke(this, 'get_members', []);
  }

  /** Members that were heard of in the last so many ms. */
  alive(withinMs: number): Promise<unknown[]> {
    return invoke(this, 'alive', [withinMs]);
  }

  /** Members that were not heard of for more than so many ms. */
  silent(forMs: number): Promise<unknown[]> {
    return invoke(this, 'silent', [forMs]);
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
