import { checkOptions } from '../object/bundled.ts';
import { blocking, KeyError } from '../object/index.ts';
import type { CallerCommand } from '../object/index.ts';
import { checkInteger, checkName, checkRoom } from './checks.ts';
import { identify, show } from './plain-values.ts';

/** Members with the times that others took each for failed, and the epoch of the group. */
export type GroupState = [members: unknown[], epoch: number];

interface GroupMember {
  readonly node: unknown;
  strikes: number;
}

/** What a group is made of. */
interface GroupRecord {
  minsize: number;
  epoch: number;
  /** By what identifies them, in the order in which they came. */
  members: Map<string, GroupMember>;
  /** Calls that wait for the next epoch; some of them may have given up since. */
  waiters: CallerCommand[];
}

/** How a call waits. */
export interface GroupWaitOptions {
  /** ms for which it waits at most, agreed in the log; without it, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

/** A group of nodes. Its epoch grows with every change of who belongs to it. */
export class Group {
  record: GroupRecord;

  constructor(minsize: number, record?: GroupRecord) {
    checkInteger(minsize, 'minsize', 0);
    this.record = record ?? { minsize, epoch: 1, members: new Map(), waiters: [] };
  }

  /** False when it is a member. */
  add_member(node: unknown): boolean {
    const { members } = this.record;
    const key = identify(node, NODE);
    if (members.has(key)) return false;
    checkRoom(members.size);
    members.set(key, { node, strikes: 0 });
    return true;
  }

  /** Throws KeyError when it is none. */
  remove_member(node: unknown): void {
    if (!this.record.members.delete(identify(node, NODE))) throw new KeyError(show(node, NODE));
  }

  get_size(): number {
    return this.record.members.size;
  }

  get_epoch(): number {
    return this.record.epoch;
  }

  get_members(): unknown[] {
    return Array.from(this.record.members.values(), ({ node }) => node);
  }

  inc_epoch(): void {
    this.record.epoch += 1;
  }

  toString(): string {
    const { epoch, minsize } = this.record;
    const members = this.get_members().map((node) => show(node, NODE));
    return `Epoch: ${epoch} Minimum Size: ${minsize} Members: ${members.join(' ')}`;
  }
}

/** Groups of nodes that watch one another. */
export class MeshMembership {
  groups = new Map<string, GroupRecord>();

  /** Begins a group. Nothing happens when there is one of that name. */
  add_group(name: string, minsize: number): void {
    checkName(name, GROUP);
    const { record } = new Group(minsize);
    if (this.groups.has(name)) return;
    checkRoom(this.groups.size);
    this.groups.set(name, record);
  }

  /** Ends a group; whoever waits gets a KeyError. Throws KeyError when there is none. */
  remove_group(name: string): void {
    const { record } = find(this, name);
    this.groups.delete(name);
    for (const command of record.waiters.splice(0)) {
      blocking.roster().fail(command, new KeyError(name));
    }
  }

  /** The names of all groups. */
  get_groups(): string[] {
    return [...this.groups.keys()];
  }

  /** The members, in the order in which they joined. Throws KeyError when there is no such group. */
  get_group_members(name: string): unknown[] {
    return find(this, name).get_members();
  }

  /**
   * It begins with 1, and grows whenever a member joins or is removed. Throws KeyError when there is no such
   * group.
   */
  get_group_epoch(name: string): number {
    return find(this, name).get_epoch();
  }

  /** Members and epoch of the same moment. Throws KeyError when there is no such group. */
  get_group_state(name: string): GroupState {
    return stateOf(find(this, name));
  }

  /**
   * A node joins, if it knows the present epoch: `[true, the new one]`; else `[false, the present one]`. For
   * a member nothing changes.
   */
  approve_join(name: string, node: unknown, epoch: number): [joined: boolean, epoch: number] {
    const group = find(this, name);
    checkInteger(epoch, 'an epoch', 0);
    identify(node, NODE);
    if (epoch !== group.get_epoch()) return [false, group.get_epoch()];
    if (group.add_member(node)) beginEpoch(group);
    return [true, group.get_epoch()];
  }

  /** Whether the node is a member, and the epoch. */
  check_member(name: string, node: unknown): [member: boolean, epoch: number] {
    const { members, epoch } = find(this, name).record;
    return [members.has(identify(node, NODE)), epoch];
  }

  /**
   * Somebody takes a member for failed. With the present epoch that is a strike against it; when the strikes
   * are half of the group or more, it is removed, and an epoch begins. Returns the strikes of all members,
   * and the epoch. Throws KeyError for what is no member.
   */
  notify_failure(
    name: string,
    epoch: number,
    node: unknown,
  ): [strikes: Map<unknown, number>, epoch: number] {
    const group = find(this, name);
    const { members } = group.record;
    const key = identify(node, NODE);
    if (checkInteger(epoch, 'an epoch', 0) === group.get_epoch()) {
      const member = members.get(key);
      if (member === undefined) throw new KeyError(show(node, NODE));
      member.strikes += 1;
      if (2 * member.strikes >= members.size) {
        members.delete(key);
        beginEpoch(group);
      }
    }
    const strikes = Array.from(members.values(), (one) => [one.node, one.strikes] as const);
    return [new Map(strikes), group.get_epoch()];
  }

  /**
   * Waits for the next epoch of a group: its members and that epoch, or false when the time is over. With an
   * epoch that is not the present one any more, it answers at once: so nobody misses what happened between
   * two calls. Throws KeyError when there is no such group, also when it ends meanwhile.
   */
  wait(
    name: string,
    epoch?: number,
    options?: GroupWaitOptions,
    _concoord_command?: CallerCommand,
  ): GroupState | false {
    const group = find(this, name);
    if (epoch !== undefined) checkInteger(epoch, 'an epoch', 0);
    const timeoutMs = timeoutOf(options);
    if (epoch !== undefined && epoch !== group.get_epoch()) return stateOf(group);
    const roster = blocking.roster();
    const { record } = group;
    if (record.waiters.length % LOOKED_THROUGH === 0) {
      record.waiters = record.waiters.filter((command) => roster.isWaiting(command));
    }
    record.waiters.push(roster.park(undefined, false));
    throw new blocking.BlockingReturn({ timeoutMs });
  }

  /** A line for each group. */
  toString(): string {
    return Array.from(
      this.groups,
      ([name, record]) => `${name}: ${new Group(record.minsize, record).toString()}`,
    ).join('\n');
  }

  __repr__(): string {
    return `<MeshMembership groups=${this.groups.size}>`;
  }
}

const NODE = 'a node';
const GROUP = 'the name of a group';
/** How many may come until those are let go who have given up. */
const LOOKED_THROUGH = 64;

function stateOf(group: Group): GroupState {
  return [group.get_members(), group.get_epoch()];
}

/** Whoever waits is told. */
function beginEpoch(group: Group): void {
  group.inc_epoch();
  for (const command of group.record.waiters.splice(0)) {
    blocking.roster().wake(command, stateOf(group));
  }
}

function timeoutOf(options: unknown): number | undefined {
  if (options === undefined || options === null) return undefined;
  const { timeoutMs } = checkOptions(options, ['timeoutMs']) as GroupWaitOptions;
  return timeoutMs === undefined ? undefined : checkInteger(timeoutMs, 'timeoutMs', 1);
}

function find({ groups }: MeshMembership, name: string): Group {
  const record = groups.get(checkName(name, GROUP));
  if (record === undefined) throw new KeyError(name);
  return new Group(record.minsize, record);
}
