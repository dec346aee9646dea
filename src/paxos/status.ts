import type { ReplicaId, Slot } from './ballot.ts';
import type { Member, View } from './view.ts';

/** A replica as it sees itself and the others. */
export interface ReplicaStatus {
  readonly id: ReplicaId;
  readonly address: string;
  readonly role: 'leader' | 'follower' | 'learner';
  /** Whom it follows, itself when it leads. */
  readonly leader: ReplicaId | undefined;
  readonly ballot: string;
  readonly view: View;
  readonly commit: Slot;
  readonly applied: Slot;
  /** The lowest slot whose entry is still kept. */
  readonly firstKept: Slot;
  readonly sessions: number;
  readonly queued: number;
  /** Sessions attached to this replica by a connection. */
  readonly clients: number;
  /** Its state differs from the majority's; it serves nobody. */
  readonly halted: boolean;
  readonly learners: readonly Member[];
  /** Members heard within an election time-out; meaningful at the leader. */
  readonly alive: readonly ReplicaId[];
  /** Applied index of each member and learner, as last heard. */
  readonly progress: ReadonlyMap<ReplicaId, Slot>;
}
