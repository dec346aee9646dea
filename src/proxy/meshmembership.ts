import { invoke, ObjectProxy } from '../client/index.ts';

/** Members with the times that others took each for failed, and the epoch of the group. */
export type GroupState = [members: unknown[], epoch: number];

/** How a call waits. */
export interface GroupWaitOptions {
  /** ms for which it waits at most, agreed in the log; without it, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A replicated object (`concoord.object.meshmembership.MeshMembership`). Groups of nodes that watch one
 * another.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class MeshMembership extends ObjectProxy {
  /** Begins a group. Nothing happens when there is one of that name. */
  add_group(name: string, minsize: number): Promise<void> {
    return invoke(this, 'add_group', [name, minsize]);
  }

  /** Ends a group; whoever waits gets a KeyError. Rejects with `KeyError` when there is none. */
  remove_group(name: string): Promise<void> {
    return invoke(this, 'remove_group', [name]);
  }

  /** The names of all groups. */
  get_groups(): Promise<string[]> {
    return invoke(this, 'get_groups', []);
  }

  /** The members, in the order in which they joined. Rejects with `KeyError` when there is no such group. */
  get_group_members(name: string): Promise<unknown[]> {
    return invoke(this, 'get_group_members', [name]);
  }

  /**
   * It begins with 1, and grows whenever a member joins or is removed. Rejects with `KeyError` when there is
   * no such group.
   */
  get_group_epoch(name: string): Promise<number> {
    return invoke(this, 'get_group_epoch', [name]);
  }

  /** Members and epoch of the same moment. Rejects with `KeyError` when there is no such group. */
  get_group_state(name: string): Promise<GroupState> {
    return invoke(this, 'get_group_state', [name]);
  }

  /**
   * A node joins, if it knows the present epoch: `[true, the new one]`; else `[false, the present one]`. For
   * a member nothing changes.
   */
  approve_join(
    name: string,
    node: unknown,
    epoch: number,
  ): Promise<[joined: boolean, epoch: number]> {
    return invoke(this, 'approve_join', [name, node, epoch]);
  }

  /** Whether the node is a member, and the epoch. */
  check_member(name: string, node: unknown): Promise<[member: boolean, epoch: number]> {
    return invoke(this, 'check_member', [name, node]);
  }

  /**
   * Somebody takes a member for failed. With the present epoch that is a strike against it; when the strikes
   * are half of the group or more, it is removed, and an epoch begins. Returns the strikes of all members,
   * and the epoch. Rejects with `KeyError` for what is no member.
   */
  notify_failure(
    name: string,
    epoch: number,
    node: unknown,
  ): Promise<[strikes: Map<unknown, number>, epoch: number]> {
    return invoke(this, 'notify_failure', [name, epoch, node]);
  }

  /**
   * Waits for the next epoch of a group: its members and that epoch, or false when the time is over. With an
   * epoch that is not the present one any more, it answers at once: so nobody misses what happened between
   * two calls. Rejects with `KeyError` when there is no such group, also when it ends meanwhile.
   */
  wait(name: string, epoch?: number, options?: GroupWaitOptions): Promise<GroupState | false> {
    return invoke(this, 'wait', [name, epoch, options]);
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
