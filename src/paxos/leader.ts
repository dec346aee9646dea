import { assert, limits, present } from '../base/index.ts';
import type { Acceptor } from './acceptor.ts';
import { compareBallots, sameBallot, showBallot } from './ballot.ts';
import type { Ballot, ReplicaId, Slot } from './ballot.ts';
import type { Context } from './context.ts';
import { encodeBegin, endsAnotherView, isViewEntry, NOOP } from './entry.ts';
import type { Entry } from './entry.ts';
import { FirstAsked } from './first-asked.ts';
import { Heartbeats } from './heartbeats.ts';
import type { Log } from './log.ts';
import type { Message, MessageOf, PValue } from './message.ts';
import type { Peers } from './peers.ts';
import { isQuorum, memberOf, quorumSize } from './view.ts';
import type { View } from './view.ts';

/** A slot that this leader has proposed in its ballot and does not know to be decided. */
interface Proposal {
  readonly entry: Entry;
  readonly votes: Set<ReplicaId>;
  sentAt: number;
}

/** Slots sent again to one acceptor at a time: enough to fill a gap, no flood for one that is down. */
const RESEND_SLOTS = 16;

/**
 * A proposer and its ballot (Paxos Made Moderately Complex, 2.3: leader, scouts and commanders). It first
 * prepares: collects promises from a quorum of the view that governs the first open slot. Then it leads:
 * proposes what acceptors had accepted, a no-op of its own, and whatever clients ask. When a slot that it
 * proposed changes the view, it proposes nothing behind it before the slot is decided, and prepares again,
 * with the same ballot, in the new view (Safety 5).
 */
export class Leader {
  readonly ballot: Ballot;
  readonly #context: Context;
  readonly #log: Log;
  readonly #acceptor: Acceptor;
  readonly #peers: Peers;
  /** Undefined while leading. `from` is the first open slot when the round of promises began. */
  #preparing:
    | {
        from: Slot;
        promises: Map<ReplicaId, MessageOf<'promise'>>;
        sentAt: number;
        /** Until the prepare is repeated, ms. */
        pause: number;
      }
    | undefined;
  readonly #proposals = new Map<Slot, Proposal>();
  readonly #firstAsked = new FirstAsked();
  #openBytes = 0;
  #nextSlot: Slot = 0;
  /** A view change is proposed and not decided: it must stay the last proposal. */
  #stopped = false;
  /** The slot of the entry by which this ballot begins; reads are served after it is applied (Safety 8). */
  #ownSlot: Slot | undefined;
  readonly #heartbeats: Heartbeats;
  #learners: readonly ReplicaId[] = [];
  readonly #patience: number;
  /** When the campaign began, or later when it was won. */
  #since: number;

  /** @param patience How many times as long as a first campaign this one may take. */
  constructor(
    context: Context,
    log: Log,
    acceptor: Acceptor,
    peers: Peers,
    ballot: Ballot,
    patience = 1,
  ) {
    assert(ballot.leader === context.self.id, 'a leader uses ballots of its own');
    this.#context = context;
    this.#log = log;
    this.#acceptor = acceptor;
    this.#peers = peers;
    this.ballot = ballot;
    this.#patience = patience;
    this.#since = context.now;
    this.#heartbeats = new Heartbeats(context.timing.heartbeat);
  }

  /** Begins with phase 1; the own acceptor has promised the ballot already. */
  start(): void {
    assert(
      sameBallot(this.#acceptor.promised, this.ballot),
      'a candidate has promised its own ballot',
    );
    this.#prepare();
  }

  get leading(): boolean {
    return this.#preparing === undefined;
  }

  get ownSlot(): Slot | undefined {
    return this.#ownSlot;
  }

  /** Its own entry is decided, so it does lead. */
  get settled(): boolean {
    return this.#ownSlot !== undefined && this.#ownSlot <= this.#log.commit;
  }

  /**
   * Whether to give up: no majority was heard, or none promises although it is heard. Until the own entry is
   * decided, what a campaign has asked for more than once may still be under way, in front of everything
   * else.
   *
   * @param learning What a promise calls decided is being fetched.
   */
  hopeless(learning: boolean): boolean {
    const { now, timing } = this.#context;
    const view = this.#log.view;
    const period = timing.electionMax * (this.settled ? 1 : this.#patience);
    const waited = now - this.#since;
    if (waited > period && !isQuorum(view, this.#peers.alive(view, period))) return true;
    return this.#ownSlot === undefined && !this.leading && !learning && waited > 2 * period;
  }

  get openSlots(): number {
    return this.#proposals.size;
  }

  /** Learners are sent what members are sent; their votes count for nothing until a view has them. */
  setLearners(learners: readonly ReplicaId[]): void {
    this.#learners = learners;
  }

  /** Opens phase 1 for all slots after the commit index, in the view that governs the first of them. */
  #prepare(): void {
    assert(this.#proposals.size === 0, 'a leader prepares with no slot open');
    const from = this.#log.commit + 1;
    const { now, timing } = this.#context;
    this.#preparing = { from, promises: new Map(), sentAt: now, pause: timing.resend };
    this.#sendPrepare();
  }

  #sendPrepare(): void {
    const preparing = present(this.#preparing, 'a prepare under way');
    preparing.sentAt = this.#context.now;
    const prepare: Message = { kind: 'prepare', ballot: this.ballot, from: preparing.from };
    for (const member of this.#log.view.members) {
      // Whoever lacked something before the view is asked again: it fetches that meanwhile.
      if (holdsStart(preparing.promises.get(member.id), this.#log.view)) continue;
      if (member.id === this.#context.self.id) this.#acceptor.prepare(member.id, prepare);
      // The own promise of this ballot must be durable before anybody hears of it (Safety 2).
      else this.#context.sendWhenDurable(member.id, prepare);
    }
  }

  onPromise(from: ReplicaId, message: MessageOf<'promise'>): void {
    const preparing = this.#preparing;
    if (preparing === undefined || message.from !== preparing.from) return;
    if (!sameBallot(message.ballot, this.ballot)) return;
    preparing.promises.set(from, message);
    // Whoever answers before it has everything is not slow: it may have it the next moment.
    if (!holdsStart(message, this.#log.view)) preparing.pause = this.#context.timing.resend;
    this.tryToLead();
  }

  /** The highest slot that any promise calls decided: what lies below must be learned first. */
  get behind(): { readonly commit: Slot; readonly holder: ReplicaId } | undefined {
    if (this.#preparing === undefined) return undefined;
    let best: { commit: Slot; holder: ReplicaId } | undefined;
    for (const [holder, promise] of this.#preparing.promises) {
      if (promise.commit <= this.#log.commit) continue;
      if (best === undefined || promise.commit > best.commit)
        best = { commit: promise.commit, holder };
    }
    return best;
  }

  /** Takes office when promises allow it; called again when the log has grown meanwhile. */
  tryToLead(): void {
    const preparing = this.#preparing;
    if (preparing === undefined) return;
    const view = this.#log.view;
    if (view.start > preparing.from) {
      // Catching up has crossed a change of view: the promises of the old one say nothing about it.
      this.#prepare();
      return;
    }
    const { promises } = preparing;
    // Whoever promises must hold everything before the view, so that each later majority does (Safety 5).
    const holders = new Set(
      [...promises.keys()].filter((id) => holdsStart(promises.get(id), view)),
    );
    if (!isQuorum(view, holders)) return;
    if (this.behind !== undefined) return;
    this.#preparing = undefined;
    this.#nextSlot = this.#log.commit + 1;
    this.#adopt([...promises.values()]);
    if (this.#ownSlot === undefined) {
      this.#context.notice({ kind: 'leading', ballot: showBallot(this.ballot) });
      this.#since = this.#context.now;
      if (!this.#stopped) {
        this.#ownSlot = this.#nextSlot;
        this.propose(encodeBegin(this.ballot));
      }
    }
    this.sendHeartbeat();
  }

  /**
   * Proposes for every open slot the accepted value of the highest ballot, a no-op where nobody accepted
   * any (Paxos Made Simple, 2.5). Behind a change of view it stops: those slots are the next view's.
   */
  #adopt(promises: readonly MessageOf<'promise'>[]): void {
    const highest = new Map<Slot, PValue>();
    for (const promise of promises) {
      for (const pvalue of promise.accepted) {
        if (pvalue.slot <= this.#log.commit || endsAnotherView(pvalue.entry, this.#log.view))
          continue;
        const known = highest.get(pvalue.slot);
        if (known === undefined || compareBallots(pvalue.ballot, known.ballot) > 0) {
          highest.set(pvalue.slot, pvalue);
        }
      }
    }
    const last = Math.max(this.#log.commit, ...highest.keys());
    while (this.#nextSlot <= last && !this.#stopped) {
      this.propose(highest.get(this.#nextSlot)?.entry ?? NOOP);
    }
  }

  /** Whether another entry of `bytes` may be proposed now. */
  hasRoom(bytes: number): boolean {
    if (!this.leading || this.#stopped) return false;
    if (this.#proposals.size >= limits.WINDOW_SLOTS) return false;
    return this.#proposals.size === 0 || this.#openBytes + bytes <= limits.WINDOW_BYTES;
  }

  get nextSlot(): Slot {
    return this.#nextSlot;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** What this leader has proposed, and does not know to be decided. */
  get open(): readonly Entry[] {
    return [...this.#proposals.values()].map(({ entry }) => entry);
  }

  /** Phase 2a for the next slot. A change of view stops the line until it is decided. */
  propose(entry: Entry): Slot {
    assert(this.leading, 'only a leader in office proposes');
    assert(!this.#stopped, 'nothing is proposed behind an undecided change of view');
    const slot = this.#nextSlot++;
    this.#proposals.set(slot, { entry, votes: new Set(), sentAt: this.#context.now });
    this.#openBytes += entry.length;
    if (isViewEntry(entry)) this.#stopped = true;
    const { id } = this.#context.self;
    const accept = this.#acceptOf(slot, entry);
    this.#heartbeats.told(this.#log.commit);
    this.#firstAsked.propose(this.#stopped ? Infinity : entry.length, this.#proposals.size);
    for (const target of this.#audience()) {
      if (this.#firstAsked.has(target)) this.#context.send(target, accept);
      else this.#context.sendLater(target, accept);
    }
    if (memberOf(this.#log.view, id) !== undefined) this.#acceptor.accept(id, accept);
    return slot;
  }

  #acceptOf(slot: Slot, entry: Entry): MessageOf<'accept'> {
    return { kind: 'accept', ballot: this.ballot, slot, entry, commit: this.#log.commit };
  }

  /** Everybody who is sent accepts and heartbeats, but not oneself. */
  #audience(): ReplicaId[] {
    const { id } = this.#context.self;
    const members = this.#log.view.members.map((member) => member.id).filter((peer) => peer !== id);
    return [...members, ...this.#learners.filter((peer) => !members.includes(peer))];
  }

  /** Phase 2b. Returns the views that began because slots were decided. */
  onAccepted(from: ReplicaId, message: MessageOf<'accepted'>): void {
    if (!sameBallot(message.ballot, this.ballot)) return;
    const first = Math.max(message.first, this.#log.commit + 1);
    const last = Math.min(message.last, this.#nextSlot - 1);
    for (let slot = first; slot <= last; slot++) this.#proposals.get(slot)?.votes.add(from);
    this.#decide();
  }

  /** Decides in slot order what a quorum of the governing view has voted for. */
  #decide(): void {
    for (;;) {
      const slot = this.#log.commit + 1;
      const proposal = this.#proposals.get(slot);
      if (proposal === undefined || !isQuorum(this.#log.view, proposal.votes)) return;
      this.#firstAsked.decided(proposal.votes, quorumSize(this.#log.view));
      this.#proposals.delete(slot);
      this.#openBytes -= proposal.entry.length;
      const epoch = this.#log.view.epoch;
      this.#acceptor.decide(proposal.entry);
      if (this.#log.view.epoch === epoch) continue;
      assert(this.#proposals.size === 0, 'nothing was proposed behind a change of view');
      this.#stopped = false;
      this.#heartbeats.forget();
      this.sendHeartbeat();
      this.#prepare();
      return;
    }
  }

  peerLost(id: ReplicaId): void {
    this.#firstAsked.lost(id);
  }

  /** Proves leadership: reads that arrived before this call may be served when it is acknowledged. */
  sendHeartbeat(): number {
    const { now, self } = this.#context;
    const { commit, view } = this.#log;
    const round = this.#heartbeats.begin(self.id, { now, commit });
    const { epoch } = view;
    const positions = this.#peers.positions(view);
    const { ballot } = this;
    const heartbeat: Message = { kind: 'heartbeat', ballot, commit, round, epoch, positions };
    for (const target of this.#audience()) this.#context.send(target, heartbeat);
    return round;
  }

  onAlive(from: ReplicaId, message: MessageOf<'alive'>): void {
    if (!sameBallot(message.ballot, this.ballot)) return;
    this.#heartbeats.acknowledge(from, message.round);
  }

  get round(): number {
    return this.#heartbeats.round;
  }

  /** The latest heartbeat round that this member has acknowledged. */
  lastRound(id: ReplicaId): number {
    return this.#heartbeats.last(id);
  }

  /** The latest heartbeat round that a quorum of the view has acknowledged, itself or by a later one. */
  get confirmedRound(): number {
    return this.#heartbeats.confirmed(this.#log.view);
  }

  /**
   * Each prepare is answered by all open pvalues, and a slow link brings one answer after the other: so it is
   * repeated ever more rarely, but often enough to keep those who have promised from another campaign.
   */
  #repeatPrepare(): void {
    const { now, timing } = this.#context;
    const preparing = present(this.#preparing, 'a prepare under way');
    if (now - preparing.sentAt < preparing.pause) return;
    const longest = Math.max(timing.resend, (timing.electionMin * this.#patience) / 2);
    preparing.pause = Math.min(2 * preparing.pause, longest);
    this.#sendPrepare();
  }

  /** Repeats what was not answered; everything sent here may have been lost. */
  tick(): void {
    const { now, timing } = this.#context;
    if (this.#preparing !== undefined) {
      this.#repeatPrepare();
      this.tryToLead();
    }
    const due = this.#heartbeats.isDue({ now, commit: this.#log.commit }, this.#proposals.size);
    // A candidate that never led stays silent: its heartbeats would keep followers from electing another.
    if (due && (this.leading || this.#ownSlot !== undefined)) this.sendHeartbeat();
    let resent = 0;
    for (const [slot, proposal] of this.#proposals) {
      if (now - proposal.sentAt < timing.resend) continue;
      if (++resent > RESEND_SLOTS) break;
      this.#resend(slot, proposal);
    }
  }

  #resend(slot: Slot, proposal: Proposal): void {
    proposal.sentAt = this.#context.now;
    const { entry } = proposal;
    const accept = this.#acceptOf(slot, entry);
    for (const target of this.#audience()) {
      if (!proposal.votes.has(target)) this.#context.send(target, accept);
    }
    const { id } = this.#context.self;
    if (!proposal.votes.has(id)) this.#acceptor.accept(id, accept);
  }
}

function holdsStart(promise: MessageOf<'promise'> | undefined, view: View): boolean {
  return promise !== undefined && promise.commit >= view.start - 1;
}
