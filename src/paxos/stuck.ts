import { sameBallot } from './ballot.ts';
import type { ReplicaId, Slot } from './ballot.ts';
import { encodeSkip } from './entry.ts';
import type { CallPlace } from './entry.ts';
import type { Leader } from './leader.ts';
import type { MessageOf } from './message.ts';
import type { Replica } from './replica.ts';
import { isQuorum, memberOf, quorumSize } from './view.ts';

/**
 * What becomes of a call that some members cannot finish (docs/protocol.md, Safety 11): the log goes on
 * without it when a majority is stuck at it; else those who are stuck take the state of one that is not.
 */
export class Stuck {
  readonly #replica: Replica;
  /** Where members said that they are stuck, in this leadership. */
  readonly #reports = new Map<ReplicaId, CallPlace>();
  /** The last call that this leadership proposed to skip. */
  #proposed: CallPlace | undefined;
  /** What was heavy up to here, a majority has executed. */
  #passed: Slot = 0;
  #handedOverAt = Number.NEGATIVE_INFINITY;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  report(from: ReplicaId, { ballot, slot, index }: MessageOf<'stuck'>): void {
    const { leader, log } = this.#replica;
    if (leader?.leading !== true || !sameBallot(leader.ballot, ballot)) return;
    if (memberOf(log.view, from) !== undefined) this.#reports.set(from, { slot, index });
  }

  /** Its process may be another one when it comes back. */
  peerLost(id: ReplicaId): void {
    this.#reports.delete(id);
  }

  /** Reports are of one leadership: whoever restarts may get further another time. */
  clear(): void {
    this.#reports.clear();
    this.#proposed = undefined;
  }

  /**
   * This leader executed something so heavy that it may be too much for others, and no majority has got as
   * far yet: until then nobody is told what came of it, or it might have to be taken back.
   */
  get withholds(): boolean {
    const { applier, leader, log, peers, context } = this.#replica;
    if (leader === undefined || applier.heavy <= this.#passed) return false;
    const applied = log.view.members
      .map(({ id }) => (id === context.self.id ? applier.applied : peers.applied(id)))
      .sort((a, b) => b - a);
    if ((applied[quorumSize(log.view) - 1] ?? 0) < applier.heavy) return true;
    this.#passed = applier.heavy;
    return false;
  }

  tick(): void {
    const { applier, election, catchUp, leader } = this.#replica;
    const own = applier.stuckAt;
    if (leader !== undefined) {
      if (leader.leading) this.#lead(leader, own);
    } else if (own !== undefined && election.leader !== undefined) {
      catchUp.rebuild(election.leader);
    }
  }

  #lead(leader: Leader, own: CallPlace | undefined): void {
    const { applier, context, log, peers } = this.#replica;
    for (const place of new Set([...(own === undefined ? [] : [own]), ...this.#reports.values()])) {
      // Whoever is stuck there takes the state from here.
      if (applier.applied >= place.slot) continue;
      const stuck = new Set<ReplicaId>();
      for (const [id, at] of this.#reports) {
        if (samePlace(at, place) && peers.applied(id) < place.slot) stuck.add(id);
      }
      if (own !== undefined && samePlace(own, place)) stuck.add(context.self.id);
      if (isQuorum(log.view, stuck)) this.#skip(leader, place);
      else if (stuck.has(context.self.id)) this.#handOver(leader, place.slot);
    }
  }

  #skip(leader: Leader, place: CallPlace): void {
    if (this.#proposed !== undefined && samePlace(this.#proposed, place)) return;
    const entry = encodeSkip(place);
    if (!leader.hasRoom(entry.length)) return;
    this.#proposed = place;
    leader.propose(entry);
  }

  /** Somebody else could finish the call: it should lead, since a leader takes nobody's state. */
  #handOver(leader: Leader, slot: Slot): void {
    const { context, log, peers } = this.#replica;
    const { now, timing } = context;
    if (now - this.#handedOverAt < timing.electionMax) return;
    const ahead = log.view.members.find(
      ({ id }) => peers.applied(id) >= slot && peers.isAlive(id, timing.electionMax),
    );
    if (ahead === undefined || ahead.id === context.self.id) return;
    this.#handedOverAt = now;
    context.send(ahead.id, { kind: 'campaign', ballot: leader.ballot });
  }
}

function samePlace(a: CallPlace, b: CallPlace): boolean {
  return a.slot === b.slot && a.index === b.index;
}
