import { assert, limits } from '../base/index.ts';
import type { ReplicaId } from './ballot.ts';

export interface Member {
  readonly id: ReplicaId;
  /** `host:port`, IPv6 as `[::1]:14000`: where it listens for replicas and clients alike. */
  readonly address: string;
  /** Keeps its votes on disk (`-w`). */
  readonly durable: boolean;
  /** Its present process answers for the domain of the instance (`-n`); never false, but absent. */
  readonly nameServer?: true;
}

/** The members from one slot on. Quorums are sets of ids of a view, never counters. */
export interface View {
  /** Grows by one with each change; the founding view is 1. */
  readonly epoch: number;
  /** The first slot that this view governs: one after the slot that decided it. */
  readonly start: number;
  /** Sorted by id, ids and addresses distinct. */
  readonly members: readonly Member[];
}

export function makeView(epoch: number, start: number, members: readonly Member[]): View {
  assert(epoch >= 1, 'epochs start at 1');
  assert(members.length >= 1, 'a view has a member');
  assert(members.length <= limits.MAX_MEMBERS, 'a view has at most MAX_MEMBERS members');
  const sorted = [...members].sort((a, b) => a.id - b.id);
  assert(new Set(sorted.map((m) => m.id)).size === sorted.length, 'ids in a view are distinct');
  assert(
    new Set(sorted.map((m) => m.address)).size === sorted.length,
    'addresses in a view are distinct',
  );
  return { epoch, start, members: sorted };
}

/** The size of every quorum of `view`: any two quorums share a member. */
export function quorumSize(view: View): number {
  return quorumOf(view.members.length);
}

/** So many of so many members. */
export function quorumOf(members: number): number {
  return Math.floor(members / 2) + 1;
}

/** Whether the members of `view` among `ids` are a quorum; ids outside the view count for nothing. */
export function isQuorum(view: View, ids: { has(id: ReplicaId): boolean }): boolean {
  let count = 0;
  for (const member of view.members) if (ids.has(member.id)) count++;
  return count >= quorumSize(view);
}

/** The same member, answering for the domain or not: what `other` is now. */
export function withKindOf(member: Member, other: Member): Member {
  const { id, address, durable } = member;
  return { id, address, durable, ...(other.nameServer === true ? { nameServer: true } : {}) };
}

/** Of a member as it is encoded: everything but its id and address, in one byte. */
const TRAITS = { durable: 1, nameServer: 2 } as const;

export function traitsOf(member: Member): number {
  return (
    (member.durable ? TRAITS.durable : 0) + (member.nameServer === true ? TRAITS.nameServer : 0)
  );
}

/** Undefined for a byte that `traitsOf` would not give. */
export function readTraits(byte: number): Pick<Member, 'durable' | 'nameServer'> | undefined {
  if (byte > TRAITS.durable + TRAITS.nameServer) return undefined;
  const durable = (byte & TRAITS.durable) !== 0;
  return (byte & TRAITS.nameServer) === 0 ? { durable } : { durable, nameServer: true };
}

export function memberOf(view: View, id: ReplicaId): Member | undefined {
  return view.members.find((member) => member.id === id);
}

/** How many more members may fail, given those alive now; negative when calls have stopped. */
export function failuresTolerated(view: View, alive: { has(id: ReplicaId): boolean }): number {
  let count = 0;
  for (const member of view.members) if (alive.has(member.id)) count++;
  return count - quorumSize(view);
}
