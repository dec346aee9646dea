import { sameBallot } from './ballot.ts';
import type { Ballot, ReplicaId, Slot } from './ballot.ts';
import { encodeFirm, encodeSkip, readFate } from './entry.ts';
import type { CallPlace, Fate } from './entry.ts';
import type { Leader } from './leader.ts';
import type { Fates } from './membership.ts';
import type { MessageOf } from './message.ts';
import type { Replica } from './replica.ts';
import { memberOf, quorumOf, quorumSize } from './view.ts';
import type { Member } from './view.ts';

/**
 * ms until a replica that is stuck tries again, which may take twenty seconds in which it is not known to be:
 * at first, and at most, when it was in vain ever again.
 */
const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 300_000;
/** ms in which somebody who can execute a call has done so: a watchdog allows ten seconds, twice. */
const PATIENCE_MS = 20_000;

/**
 * What becomes of a call that some members cannot finish (docs/protocol.md, Safety 11): the log goes on
 * without it when a majority is stuck at it; else those who are stuck take the state of one that is not.
 */
export class Stuck {
  readonly #replica: Replica;
  /** Where members said that they are stuck, in this leadership. */
  readonly #reports = new Map<ReplicaId, CallPlace & { readonly round: number }>();
  /** Results of reads that nobody is told yet. */
  readonly #reads: { readonly batch: number; readonly results: readonly Uint8Array[] }[] = [];
  /** The last slot of what took so long here that it may be too much for others. */
  #heavy: Slot = 0;
  #newestSkip: Slot = 0;
  /** Who was asked to lead, and may have been unable to. */
  readonly #asked = new Set<ReplicaId>();
  #handedOverAt = Number.NEGATIVE_INFINITY;
  /** Where this replica was stuck last, since when, when for the first time, and how often in a row. */
  #last: CallPlace = { slot: 0, index: 0 };
  #since = 0;
  #began = 0;
  #times = 0;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  report(from: ReplicaId, { ballot, round, slot, index }: MessageOf<'stuck'>): void {
    const { leader, log } = this.#replica;
    if (leader?.leading !== true || !sameBallot(leader.ballot, ballot)) return;
    if (memberOf(log.view, from) !== undefined) this.#reports.set(from, { round, slot, index });
  }

  /**
   * Where this replica can go on from no more: at a call that it cannot finish, or at one that it should not
   * have executed. Undefined while a state is on its way here that may change that.
   */
  get #place(): CallPlace | undefined {
    const { applier, catchUp } = this.#replica;
    if (catchUp.transferring) return undefined;
    return applier.halted ? applier.contradicted : applier.stuckAt;
  }

  /** Tells the leader of that ballot. */
  tell(ballot: Ballot, round: number): void {
    const place = this.#place;
    if (place === undefined) return;
    this.#replica.context.send(ballot.leader, { kind: 'stuck', ballot, round, ...place });
  }

  /**
   * Whether a state must not be taken up: the leader counts on us not to get further. It must when there is
   * no other way to the log that follows: nobody might be able to lead without it.
   */
  refuses(from: ReplicaId, slot: Slot): boolean {
    const { applier, election, log } = this.#replica;
    if (applier.stuckAt === undefined || applier.halted || slot > log.commit) return false;
    return from !== election.officeHolder;
  }

  /**
   * How far this replica has executed the log rightly, as far as it knows: nothing counts of a state that
   * differs from others.
   */
  get standing(): Slot {
    const { applied, contradicted, halted } = this.#replica.applier;
    return halted ? Math.max(0, (contradicted?.slot ?? 1) - 1) : applied;
  }

  /** Whether a state must not be handed over: a call in it may be about to be taken out. */
  get disputes(): boolean {
    const { leader } = this.#replica;
    return leader !== undefined && fatesIn(leader).some(({ kind }) => kind === 'skip');
  }

  /**
   * Whether it is too early to give a state to those who wait for one with the whole log: what an earlier
   * leader has proposed may take out a call in it, until the own leadership has begun.
   */
  get isPremature(): boolean {
    return this.#replica.leader?.settled === false;
  }

  /** What a snapshot holds may have been heavy: it does not say. */
  installed(slot: Slot): void {
    this.#heavy = Math.max(this.#heavy, slot);
  }

  /** Its process may be another one when it comes back. */
  peerLost(id: ReplicaId): void {
    this.#reports.delete(id);
  }

  /** Reports are of one leadership: whoever restarts may get further another time. */
  clear(): void {
    // Also of those that are under way: behind something heavy they may see what is taken back.
    this.#replica.reads.giveUp();
    this.#reports.clear();
    this.#asked.clear();
  }

  /** The executor cannot finish a call. */
  onStuck({ slot, index }: CallPlace): void {
    const isSame = samePlace(this.#last, { slot, index });
    const { now } = this.#replica.context;
    this.#times = isSame ? this.#times + 1 : 1;
    this.#last = { slot, index };
    this.#since = now;
    if (!isSame) this.#began = now;
    this.onHeavy(slot - 1);
  }

  /** The machine may have been busy with something else; and what is firm, somebody has to finish. */
  get #isTimeToRetry(): boolean {
    const pause = Math.min(FIRST_RETRY_MS * 2 ** (this.#times - 1), LONGEST_RETRY_MS);
    return this.#replica.context.now - this.#since >= pause;
  }

  /** Everything up to this slot may be too much for others; it is about to be settled here. */
  onHeavy(last: Slot): void {
    const { leader } = this.#replica;
    this.#heavy = Math.max(this.#heavy, last);
    this.#withhold();
    // Others should say soon how far they are.
    if (leader?.leading === true) leader.sendHeartbeat();
  }

  endStep(): void {
    const { applier, desk, digests } = this.#replica;
    const { contradicted, skips } = applier;
    if (skips.newest > this.#newestSkip) {
      this.#newestSkip = skips.newest;
      // Whoever executed the call stops as soon as it learns of the entry: what it said before is void.
      digests.clear();
      desk.setSilent(false);
    }
    if (contradicted !== undefined && !applier.halted) this.#replica.halt(skips.newest);
    this.#withhold();
  }

  #withhold(): void {
    const { applier, desk, leader, reads } = this.#replica;
    const withholds = leader !== undefined && this.#heavy > applier.skips.firm;
    desk.setWithholding(withholds);
    if (withholds) this.#makeFirm(leader);
    if (desk.withholds || this.#reads.length === 0) return;
    for (const { batch, results } of this.#reads.splice(0)) reads.done(batch, results);
  }

  /** Reads that were under way may have seen what must not be told yet. */
  readDone(batch: number, results: readonly Uint8Array[]): void {
    const { desk, reads } = this.#replica;
    if (desk.withholds) this.#reads.push({ batch, results });
    else reads.done(batch, results);
  }

  /**
   * This leader executed something so heavy that it may be too much for others. Nobody is told what came of
   * it before the log says that it stands, and that is for when a majority has got as far.
   */
  #makeFirm(leader: Leader): void {
    const { log } = this.#replica;
    if (!leader.settled || this.#openFirm(leader) >= this.#heavy) return;
    if (!this.#haveApplied(leader, log.view.members, this.#heavy)) return;
    const entry = encodeFirm(this.#heavy);
    if (leader.hasRoom(entry.length)) leader.propose(entry);
  }

  /** Up to where calls are firm when what this leader has proposed is decided. */
  #openFirm(leader: Leader): Slot {
    return Math.max(0, ...fatesIn(leader).map((fate) => (fate.kind === 'firm' ? fate.through : 0)));
  }

  /** Whether a quorum of these members has applied the log up to that slot. */
  #haveApplied(leader: Leader, members: readonly Member[], slot: Slot): boolean {
    const having = members.filter(({ id }) => this.#applied(leader, id) >= slot);
    return having.length >= quorumOf(members.length);
  }

  /** What a change of view must heed: others may be unable to execute what is firm. */
  fates(leader: Leader): Fates {
    const firm = Math.max(this.#replica.applier.skips.firm, this.#openFirm(leader));
    return {
      open: this.#isOpen(leader),
      keeps: (members) => this.#haveApplied(leader, members, firm),
    };
  }

  /**
   * Whether nobody may leave the view: calls are under way that some may be unable to finish, or whose fate
   * a majority does not know. Whoever left now might be the only one who is right.
   */
  #isOpen(leader: Leader): boolean {
    const { applier, desk, log } = this.#replica;
    if (applier.stuckAt !== undefined || desk.withholds || leader.confirmedRound === 0) return true;
    const reported = log.view.members.some(({ id }) => this.#report(leader, id) !== undefined);
    const knowing = log.view.members.filter(
      ({ id }) => this.#applied(leader, id) >= applier.skips.newest,
    );
    return reported || knowing.length < quorumSize(log.view);
  }

  /** What a member said with its last answer to a heartbeat. */
  #report(leader: Leader, id: ReplicaId): CallPlace | undefined {
    const report = this.#reports.get(id);
    return report?.round === leader.lastRound(id) ? report : undefined;
  }

  /** How far a replica has applied the log rightly, as far as it has told this leader. */
  #applied(leader: Leader, id: ReplicaId): Slot {
    const { applier, context, peers } = this.#replica;
    if (id === context.self.id) return this.standing;
    // Who does not know of a skip may be wrong about the call that it takes out.
    const isCurrent = leader.lastRound(id) > 0 && peers.commit(id) >= applier.skips.newest;
    return isCurrent ? peers.applied(id) : 0;
  }

  tick(): void {
    const { applier, election, catchUp, leader } = this.#replica;
    const own = applier.stuckAt;
    if (own === undefined) return;
    // What the own skip takes out must not be executed while that is decided.
    if (this.#isTimeToRetry && !this.disputes) applier.tryAgain();
    else if (leader === undefined) {
      const { officeHolder } = election;
      if (officeHolder !== undefined) catchUp.rebuild(officeHolder);
    } else if (leader.leading) this.#lead(leader, own);
  }

  /**
   * A leader that is stuck itself takes a call out when the others are no quorum: who is stuck in front of
   * the call cannot execute it, either. Should others have executed it, and say so in the log first, that
   * counts.
   */
  #lead(leader: Leader, own: CallPlace): void {
    const { applier, context, log } = this.#replica;
    const isStuck = ({ id }: Member): boolean => {
      if (id === context.self.id) return true;
      const report = this.#report(leader, id);
      return report !== undefined && !isBehind(report, own);
    };
    const others = log.view.members.filter((member) => !isStuck(member));
    const isLost = own.slot > applier.skips.firm && others.length < quorumSize(log.view);
    if (isLost && !this.#mayBeAlone(leader, others)) this.#skip(leader, own);
    else this.#handOver(leader, own);
  }

  /**
   * Whether a skip would leave too few with a right state, while one of the others may execute the call: who
   * has stopped has none, and neither will those others.
   */
  #mayBeAlone(leader: Leader, others: readonly Member[]): boolean {
    const { applier, context, log, peers } = this.#replica;
    const { members } = log.view;
    const right = members.filter((member) => {
      if (others.includes(member)) return false;
      const report = this.#report(leader, member.id);
      return report === undefined || !applier.skips.takesOut(report);
    });
    if (right.length >= quorumOf(members.length)) return false;
    const { now, timing } = context;
    return (
      now - this.#began < PATIENCE_MS &&
      others.some(({ id }) => peers.isAlive(id, timing.electionMax))
    );
  }

  #skip(leader: Leader, place: CallPlace): void {
    // One of an earlier leader may say nothing, where the own leadership began in front of it.
    const { ballot } = leader;
    const isOpen = (fate: Fate): boolean =>
      fate.kind === 'skip' && samePlace(fate, place) && sameBallot(fate.ballot, ballot);
    if (fatesIn(leader).some(isOpen)) return;
    const entry = encodeSkip(ballot, place);
    if (leader.hasRoom(entry.length)) leader.propose(entry);
  }

  /** Somebody else could finish the call: it should lead, since a leader takes nobody's state. */
  #handOver(leader: Leader, own: CallPlace): void {
    const { context, log, peers } = this.#replica;
    const { now, timing } = context;
    if (now - this.#handedOverAt < timing.electionMax) return;
    let furthest = own;
    let successor: ReplicaId | undefined;
    for (const { id } of log.view.members) {
      const place = this.#placeOf(leader, id);
      const isCandidate = id !== context.self.id && !this.#asked.has(id);
      if (!isCandidate || !isBehind(place, furthest)) continue;
      if (!peers.isAlive(id, timing.electionMax)) continue;
      furthest = place;
      successor = id;
    }
    if (successor === undefined) return this.#asked.clear();
    this.#asked.add(successor);
    this.#handedOverAt = now;
    context.send(successor, { kind: 'campaign', ballot: leader.ballot });
  }

  /** The first call that a member has not executed, as far as is known here. */
  #placeOf(leader: Leader, id: ReplicaId): CallPlace {
    const report = this.#report(leader, id);
    return report ?? { slot: this.#applied(leader, id) + 1, index: 0 };
  }
}

/** Those of the entries which this leader has proposed and does not know to be decided. */
function fatesIn(leader: Leader): readonly Fate[] {
  return leader.open.flatMap((entry) => readFate(entry) ?? []);
}

/** Whether `a` comes after `b` in the log. */
function isBehind(a: CallPlace, b: CallPlace): boolean {
  return a.slot > b.slot || (a.slot === b.slot && a.index > b.index);
}

function samePlace(a: CallPlace, b: CallPlace): boolean {
  return a.slot === b.slot && a.index === b.index;
}
