import {
  compareBallots,
  decodeEntry,
  isQuorum,
  isViewEntry,
  memberOf,
  sameBallot,
  showBallot,
} from '../paxos/index.ts';
import type {
  Ballot,
  Entry,
  LogRecord,
  Message,
  MessageOf,
  ReplicaId,
  Slot,
  View,
} from '../paxos/index.ts';
import type { Directory } from './disk.ts';
import { sameBytes } from './judge-agreement.ts';
import type { AgreementJudge } from './judge-agreement.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';

/** A value proposed for a slot in one ballot, and who voted for it. */
interface Proposal {
  readonly ballot: Ballot;
  readonly voters: Set<ReplicaId>;
  /** Undefined while only votes for it were seen. */
  entry: Entry | undefined;
}

interface Delivered {
  readonly from: ReplicaId;
  readonly promise: MessageOf<'promise'>;
}

/**
 * The rules that agreement rests on, each checked where it is broken first, long before two replicas come
 * to differ (Paxos Made Simple, 2.2): a value is chosen by a quorum of the view of its slot; a leader
 * proposes only with the promises of such a quorum, and then what they make it propose.
 */
export class BallotJudge implements Observer {
  readonly #agreement: AgreementJudge;
  readonly #slots = new Map<Slot, Proposal[]>();
  /** The lowest ballot in which the value of a slot was chosen. */
  readonly #chosen = new Map<Slot, Ballot>();
  /** Promises that reached a leader, in the order in which they came; by ballot. */
  readonly #delivered = new Map<string, Delivered[]>();
  /** The slot of the last change of view that was proposed, by ballot. */
  readonly #changes = new Map<string, Slot>();

  constructor(agreement: AgreementJudge) {
    this.#agreement = agreement;
    agreement.onDecided((slot, entry) => this.#decided(slot, entry));
  }

  #proposal(slot: Slot, ballot: Ballot): Proposal {
    let proposals = this.#slots.get(slot);
    if (proposals === undefined) this.#slots.set(slot, (proposals = []));
    let proposal = proposals.find((other) => sameBallot(other.ballot, ballot));
    if (proposal === undefined) {
      proposals.push((proposal = { ballot, voters: new Set(), entry: undefined }));
    }
    return proposal;
  }

  /** What was being written when a machine went down may be on its disk, though no sync said so. */
  started({ directory }: ReplicaProcess): void {
    if (directory !== undefined) this.synced(directory, directory.read());
  }

  synced(directory: Directory, records: Iterable<LogRecord>): void {
    for (const record of records) {
      if (record.kind !== 'accepted') continue;
      this.#proposal(record.slot, record.ballot).voters.add(directory.id);
    }
  }

  received(_replica: ReplicaProcess, from: ReplicaId, message: Message): void {
    if (message.kind !== 'promise') return;
    const key = showBallot(message.ballot);
    const delivered = this.#delivered.get(key);
    if (delivered === undefined) this.#delivered.set(key, [{ from, promise: message }]);
    else delivered.push({ from, promise: message });
  }

  sent(replica: ReplicaProcess, _to: ReplicaId, message: Message): void {
    if (message.kind === 'accepted') {
      for (let slot = message.first; slot <= message.last; slot++) {
        this.#proposal(slot, message.ballot).voters.add(replica.id);
      }
    } else if (message.kind === 'accept') this.#proposed(replica, message);
  }

  #proposed(replica: ReplicaProcess, message: MessageOf<'accept'>): void {
    const { ballot, commit, entry, slot } = message;
    const proposal = this.#proposal(slot, ballot);
    if (proposal.entry !== undefined) return;
    proposal.entry = entry;
    // One without a disk votes for itself at once; with a disk, when that is synced.
    if (replica.directory === undefined) proposal.voters.add(replica.id);
    const who = `${replica.process.name} proposed for slot ${slot} in ${showBallot(ballot)}`;
    const chosen = this.#chosen.get(slot);
    const decided = this.#agreement.entry(slot);
    if (chosen !== undefined && decided !== undefined && compareBallots(ballot, chosen) > 0) {
      if (sameBytes(decided, entry)) return;
      throw new Verdict(
        'agreement',
        `${who} something else than was chosen in ${showBallot(chosen)}`,
      );
    }
    const change = this.#changes.get(showBallot(ballot)) ?? 0;
    if (change > commit && change < slot) {
      throw new Verdict('agreement', `${who} behind its own change of view in slot ${change}`);
    }
    if (isViewEntry(entry)) this.#changes.set(showBallot(ballot), slot);
    this.#office(who, replica.id, message);
  }

  /** Some promises that have reached the leader allow what it does. */
  #office(who: string, leader: ReplicaId, message: MessageOf<'accept'>): void {
    const { ballot, slot } = message;
    // By all that it knows. One that was deposed unawares may miss a change of view; its proposals behind
    // that are in vain, because it cannot decide the slot of the change.
    const view = this.#agreement.viewOf(message.commit + 1);
    if (view === undefined || view.members.length === 1) return;
    const all = (this.#delivered.get(showBallot(ballot)) ?? []).filter(
      ({ promise }) => promise.from <= slot,
    );
    const from = Math.max(...all.map(({ promise }) => promise.from));
    const promises = new Map<ReplicaId, MessageOf<'promise'>>();
    let reason = 'without a quorum of promises';
    for (const delivered of all) {
      if (delivered.promise.from !== from) continue;
      promises.set(delivered.from, delivered.promise);
      if (!isQuorum(view, holders(view, leader, promises))) continue;
      const told = [...promises.values()];
      if (told.some(({ commit }) => commit >= slot)) reason = 'what it was told is decided';
      else if (this.#allows(view, told, leader, message)) return;
      else reason = 'something else than it was told';
    }
    throw new Verdict('agreement', `${who} ${reason}`);
  }

  /**
   * The value of the highest ballot among these promises and the leader's own votes, if there is any. A
   * change of an earlier view cannot have been chosen behind the change that ended that view: it binds
   * nobody.
   */
  #allows(
    view: View,
    promises: readonly MessageOf<'promise'>[],
    leader: ReplicaId,
    { ballot, entry, slot }: MessageOf<'accept'>,
  ): boolean {
    const own = (this.#slots.get(slot) ?? []).flatMap(
      ({ ballot: earlier, entry: value, voters }) => {
        const counts = voters.has(leader) && compareBallots(earlier, ballot) < 0;
        return counts && value !== undefined ? [{ ballot: earlier, entry: value }] : [];
      },
    );
    const told = promises.flatMap(({ accepted }) => accepted.filter((vote) => vote.slot === slot));
    const votes = [...own, ...told]
      .filter((vote) => !changesAnotherView(vote.entry, view))
      .sort((a, b) => compareBallots(b.ballot, a.ballot));
    const [highest] = votes;
    return highest === undefined || sameBytes(highest.entry, entry);
  }

  #decided(slot: Slot, entry: Entry): void {
    const view = this.#agreement.viewOf(slot);
    if (view === undefined || view.members.length === 1) return;
    for (const proposal of this.#slots.get(slot) ?? []) {
      if (proposal.entry === undefined || !sameBytes(proposal.entry, entry)) continue;
      if (!isQuorum(view, proposal.voters)) continue;
      const known = this.#chosen.get(slot);
      if (known === undefined || compareBallots(proposal.ballot, known) < 0) {
        this.#chosen.set(slot, proposal.ballot);
      }
    }
    if (this.#chosen.has(slot)) return;
    throw new Verdict('agreement', `slot ${slot} was decided without a quorum of its view`);
  }
}

function changesAnotherView(entry: Entry, view: View): boolean {
  if (!isViewEntry(entry)) return false;
  const content = decodeEntry(entry);
  return content.kind === 'view' && content.view.epoch !== view.epoch + 1;
}

/** Members that promised, and hold everything before the view; the leader does. */
function holders(
  view: View,
  leader: ReplicaId,
  promises: ReadonlyMap<ReplicaId, MessageOf<'promise'>>,
): ReadonlySet<ReplicaId> {
  const ids = new Set<ReplicaId>();
  if (memberOf(view, leader) !== undefined) ids.add(leader);
  for (const [id, { commit }] of promises) if (commit >= view.start - 1) ids.add(id);
  return ids;
}
