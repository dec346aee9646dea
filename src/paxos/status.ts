import { showBallot } from './ballot.ts';
import type { ReplicaId, Slot } from './ballot.ts';
import type { Replica } from './replica.ts';
import { memberOf } from './view.ts';
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
  /** Calls that wait to be proposed. */
  readonly queued: number;
  /** So many slots behind `commit` are proposed here and not decided; 0 unless it leads. */
  readonly proposed: number;
  /** Slots that it has accepted and does not know to be decided, in no order. */
  readonly accepted: readonly Slot[];
  /** Sessions attached to this replica by a connection. */
  readonly clients: number;
  /** Its state differs from the majority's, or no majority has the same: it serves nobody. */
  readonly halted: boolean;
  readonly learners: readonly Member[];
  /** Members heard within an election time-out; meaningful at the leader. */
  readonly alive: readonly ReplicaId[];
  /** Applied index of each member and learner, as last heard. */
  readonly progress: ReadonlyMap<ReplicaId, Slot>;
}

export function statusOf(replica: Replica): ReplicaStatus {
  const { acceptor, applier, context, desk, election, leader, log, membership, peers } = replica;
  const { self, timing } = context;
  const { view } = log;
  const leads = leader?.leading === true;
  const learners = membership.learners();
  const follower = memberOf(view, self.id) === undefined ? 'learner' : 'follower';
  return {
    id: self.id,
    address: self.address,
    role: leads ? 'leader' : follower,
    leader: leads ? self.id : leader === undefined ? election.leader : undefined,
    ballot: showBallot(acceptor.promised),
    view,
    commit: log.commit,
    applied: applier.applied,
    firstKept: log.first,
    sessions: applier.sessions.count,
    queued: desk.queued,
    proposed: leader?.openSlots ?? 0,
    accepted: acceptor.open,
    clients: desk.clients,
    halted: applier.halted,
    learners,
    alive: [...peers.alive(view, timing.electionMax)],
    progress: new Map(
      [...view.members, ...learners].map(({ id }) => [
        id,
        id === self.id ? applier.applied : peers.applied(id),
      ]),
    ),
  };
}
