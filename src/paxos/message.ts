import type { Ballot, ReplicaId, Slot } from './ballot.ts';
import type { Entry } from './entry.ts';
import type { Member, View } from './view.ts';

/** A value that an acceptor accepted in a ballot, for a slot (Paxos Made Moderately Complex, 2.2). */
export interface PValue {
  readonly slot: Slot;
  readonly ballot: Ballot;
  readonly entry: Entry;
}

/** Names a snapshot: replicas that took it at the same slot hold the same bytes. */
export interface SnapshotName {
  readonly slot: Slot;
  readonly bytes: number;
  /** Digest over all bytes, hexadecimal. */
  readonly hash: string;
}

/** The rolling digest after a slot (docs/protocol.md, Safety 9). */
export interface Checkpoint {
  readonly slot: Slot;
  /** Empty when no majority of members has the same: then everybody stops. */
  readonly digest: string;
}

/** The verdict that no majority of members had the same state after `slot`. */
export function allDiffer(slot: Slot): Checkpoint {
  return { slot, digest: '' };
}

/**
 * Every message between replicas. All may be lost, repeated, delayed and reordered; each is either repeated
 * by its sender until it is answered, or replaced by a later one. Sender and its life are known from the
 * connection, and are handed over with the message.
 */
export type Message =
  /** Phase 1a: asks for a promise for all slots from `from` on. */
  | { readonly kind: 'prepare'; readonly ballot: Ballot; readonly from: Slot }
  /** Phase 1b: promised durably. All slots up to `commit` are decided; `accepted` covers those after. */
  | {
      readonly kind: 'promise';
      readonly ballot: Ballot;
      /** The `from` of the prepare that this answers. */
      readonly from: Slot;
      readonly commit: Slot;
      readonly accepted: readonly PValue[];
      /** Durable records of the sender; see below. */
      readonly position: number;
    }
  /** Phase 2a. `commit` is the leader's commit index. */
  | {
      readonly kind: 'accept';
      readonly ballot: Ballot;
      readonly slot: Slot;
      readonly entry: Entry;
      readonly commit: Slot;
    }
  /** Phase 2b: accepted durably, for every slot of the range, both ends inclusive. */
  | {
      readonly kind: 'accepted';
      readonly ballot: Ballot;
      readonly first: Slot;
      readonly last: Slot;
      readonly position: number;
    }
  /** The sender has promised `ballot`, which is above the one that it was asked for. */
  | { readonly kind: 'preempted'; readonly ballot: Ballot }
  /** The leader of `ballot` is alive. */
  | {
      readonly kind: 'heartbeat';
      readonly ballot: Ballot;
      readonly commit: Slot;
      /** Counts up within a ballot; an acknowledgement of it proves leadership at the time it was sent. */
      readonly round: number;
      readonly epoch: number;
      /** Highest durable positions that the leader has seen acknowledged, by replica: finds stale disks. */
      readonly positions: readonly (readonly [ReplicaId, number])[];
    }
  /** Answers a heartbeat of a ballot that the sender has not promised to ignore. */
  | {
      readonly kind: 'alive';
      readonly ballot: Ballot;
      readonly round: number;
      /** The sender knows every slot up to here to be decided, and holds its entry. */
      readonly commit: Slot;
      /** It has executed the log rightly up to here, as far as it knows. */
      readonly applied: Slot;
      readonly checkpoint: Checkpoint | undefined;
    }
  /** Asks the leader for a commit index that covers whatever was acknowledged before this was sent. */
  | { readonly kind: 'readIndex'; readonly token: number }
  /** `index` was noted behind the question, by a leader that a quorum has confirmed since. */
  | { readonly kind: 'readIndexReply'; readonly token: number; readonly index: Slot }
  /** Would you promise `round`? Asked before a campaign, so that nobody disturbs a leader that serves. */
  | {
      readonly kind: 'preVote';
      readonly round: number;
      readonly commit: Slot;
      readonly epoch: number;
    }
  /** `round` echoes the question; `promised` is the round that the sender has promised. */
  | {
      readonly kind: 'preVoteReply';
      readonly round: number;
      readonly granted: boolean;
      readonly promised: number;
      readonly commit: Slot;
    }
  /** Asks for decided entries from `from` on. */
  | { readonly kind: 'fetch'; readonly from: Slot }
  /** Decided entries of consecutive slots from `from` on; `commit` is the sender's commit index. */
  | {
      readonly kind: 'decided';
      readonly from: Slot;
      readonly entries: readonly Entry[];
      readonly commit: Slot;
    }
  /** The slots asked for are gone; fetch this snapshot instead. */
  | { readonly kind: 'snapshotOffer'; readonly snapshot: SnapshotName }
  | { readonly kind: 'snapshotFetch'; readonly snapshot: SnapshotName; readonly offset: number }
  | {
      readonly kind: 'snapshotChunk';
      readonly snapshot: SnapshotName;
      readonly offset: number;
      readonly chunk: Uint8Array;
    }
  /**
   * Asks the leader to be caught up as a learner and then made a member. Repeated until in a view, and as the
   * kind of member that the sender is now.
   */
  | { readonly kind: 'join'; readonly member: Member; readonly commit: Slot }
  /** A member without a disk, or one that its operator removes, asks the leader to let it go. */
  | { readonly kind: 'leave'; readonly member: Member }
  /** The receiver is not in this view, and a majority of it durably holds everything before it. */
  | { readonly kind: 'departed'; readonly view: View }
  /** The leader asks the receiver to campaign at once: hand-over on request. */
  | { readonly kind: 'campaign'; readonly ballot: Ballot }
  /** Another leads, or leads no more; answers whatever a non-leader cannot do. */
  | { readonly kind: 'follow'; readonly leader: Member | undefined; readonly view: View }
  /**
   * A majority computed this state: a receiver that differs must rebuild. Or none did: everybody stops, and
   * who has stopped repeats it to everybody, as long as that stands.
   */
  | { readonly kind: 'diverged'; readonly checkpoint: Checkpoint }
  /** The sender cannot finish this call, tells the leader so with each answer to a heartbeat, and waits. */
  | {
      readonly kind: 'stuck';
      readonly ballot: Ballot;
      /** Of the heartbeat that was answered. */
      readonly round: number;
      readonly slot: Slot;
      readonly index: number;
    };

/**
 * `position` counts the records that a replica has made durable in its life. It comes with every vote, its
 * peers remember the highest, and a directory that is behind what it once acknowledged is refused
 * (docs/protocol.md, Safety 3).
 */
export type MessageOf<K extends Message['kind']> = Extract<Message, { kind: K }>;
