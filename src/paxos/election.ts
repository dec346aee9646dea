import type { ReplicaId, Slot } from './ballot.ts';
import type { Context } from './context.ts';
import type { Log } from './log.ts';
import type { MessageOf } from './message.ts';
import type { Peers } from './peers.ts';
import { isQuorum, memberOf } from './view.ts';

/** Doublings of the patience with campaigns: a promise may take half a minute on its way. */
const MAX_DOUBLINGS = 5;

/**
 * When to campaign. A follower that does not hear a leader for a random time first asks whether a quorum
 * would promise (pre-vote), so that a replica that was cut off, paused or restarted does not disturb a
 * leader that serves the others. Safety rests on ballots alone; this is about progress.
 */
export class Election {
  readonly #context: Context;
  readonly #log: Log;
  readonly #peers: Peers;
  #deadline = Number.POSITIVE_INFINITY;
  /** When a leader was last heard, monotonic ms. */
  #leaderHeard = Number.NEGATIVE_INFINITY;
  #leader: ReplicaId | undefined;
  #preVote: { readonly round: number; readonly granted: Set<ReplicaId> } | undefined;
  /** The highest round that anybody was seen to use. */
  #highestRound = 0;
  /** Campaigns, own and others', since somebody led. */
  #campaigns = 0;

  /** See `officeHolder`. */
  #inOffice = false;

  constructor(context: Context, log: Log, peers: Peers) {
    this.#context = context;
    this.#log = log;
    this.#peers = peers;
  }

  /** The leader that is followed, as far as known. */
  get leader(): ReplicaId | undefined {
    return this.#leader;
  }

  /** The same, when it was heard as a leader in office and not as a candidate alone. */
  get officeHolder(): ReplicaId | undefined {
    return this.#inOffice ? this.#leader : undefined;
  }

  /** The round for a campaign: above every round seen and above `promised`. */
  nextRound(promised: number): number {
    return Math.max(this.#highestRound, promised) + 1;
  }

  sawRound(round: number): void {
    this.#highestRound = Math.max(this.#highestRound, round);
  }

  /**
   * How many times as long as the first a campaign may take. It doubles with each campaign after which nobody
   * led: a promise carries every open pvalue, and on a slow link it may be longer under way than a time-out.
   */
  get patience(): number {
    return 2 ** Math.min(Math.max(0, this.#campaigns - 1), MAX_DOUBLINGS);
  }

  /** A leader in office gave a sign of life. */
  follow(leader: ReplicaId): void {
    this.ledAgain();
    this.#heard(leader, 1);
    this.#inOffice = true;
  }

  /**
   * A candidate was granted a promise, for the first time or again: it is given time, as a leader is, and as
   * much as it gives itself.
   */
  support(candidate: ReplicaId, which: 'first' | 'again'): void {
    if (which === 'first') this.#campaigns++;
    if (which === 'first' || candidate !== this.#leader) this.#inOffice = false;
    this.#heard(candidate, this.patience);
  }

  /** Somebody leads, maybe this replica: the next campaign is a first one. */
  ledAgain(): void {
    this.#campaigns = 0;
  }

  #heard(leader: ReplicaId, patience: number): void {
    this.#leader = leader;
    this.#leaderHeard = this.#context.now;
    this.#preVote = undefined;
    this.#restartTimer(patience);
  }

  /** Nobody leads, as far as known. */
  leaderGone(): void {
    this.#leader = undefined;
    this.#inOffice = false;
    this.#preVote = undefined;
    this.#restartTimer();
  }

  /** The connection to the leader broke, as it does when its process dies: campaign soon. */
  leaderLost(): void {
    const { now, random, timing } = this.#context;
    this.#deadline = Math.min(this.#deadline, now + random.between(0, timing.heartbeat));
  }

  #restartTimer(patience = 1): void {
    const { now, random, timing } = this.#context;
    this.#deadline = now + patience * random.between(timing.electionMin, timing.electionMax);
  }

  /** Starts a timer that does not run yet. A sole member has nobody to wait for. */
  arm(): void {
    if (this.#deadline !== Number.POSITIVE_INFINITY) return;
    this.#restartTimer();
    if (this.#log.view.members.length === 1) this.#deadline = this.#context.now;
  }

  /** Whether a live leader is known: then nobody else is granted a pre-vote. */
  get leaderServes(): boolean {
    if (this.#leader === undefined || this.#peers.isLost(this.#leader)) return false;
    return this.#context.now - this.#leaderHeard < this.#context.timing.electionMin;
  }

  /** Asks for pre-votes when the time has come. Returns true when this replica may campaign at once. */
  tick(promised: number): boolean {
    if (this.#context.now < this.#deadline) return false;
    this.#restartTimer();
    const { self } = this.#context;
    if (memberOf(this.#log.view, self.id) === undefined) return false;
    const round = this.nextRound(promised);
    this.#preVote = { round, granted: new Set([self.id]) };
    const question = {
      kind: 'preVote',
      round,
      commit: this.#log.commit,
      epoch: this.#log.view.epoch,
    } as const;
    for (const member of this.#log.view.members) {
      if (member.id !== self.id) this.#context.send(member.id, question);
    }
    return this.#won();
  }

  #won(): boolean {
    return this.#preVote !== undefined && isQuorum(this.#log.view, this.#preVote.granted);
  }

  /**
   * Answers a pre-vote. Refused while a leader serves, to a replica whose view is old, and to one that
   * needs a snapshot from here: it could not take office before it has one.
   */
  answer(from: ReplicaId, message: MessageOf<'preVote'>, promised: number, iLead: boolean): void {
    this.sawRound(message.round - 1);
    const granted =
      !iLead &&
      !this.leaderServes &&
      message.round > promised &&
      // Whoever knows a later view may be a member of it: the own one is then out of date.
      (message.epoch > this.#log.view.epoch || this.#isPeer(from, message.epoch)) &&
      message.commit + 1 >= this.#log.first;
    const commit: Slot = this.#log.commit;
    this.#context.send(from, {
      kind: 'preVoteReply',
      round: message.round,
      granted,
      promised,
      commit,
    });
  }

  #isPeer(from: ReplicaId, epoch: number): boolean {
    return epoch === this.#log.view.epoch && memberOf(this.#log.view, from) !== undefined;
  }

  /** Counts an answer. Returns true when a quorum would promise. */
  onReply(from: ReplicaId, message: MessageOf<'preVoteReply'>): boolean {
    this.sawRound(message.promised);
    const preVote = this.#preVote;
    if (preVote === undefined || preVote.round !== message.round || !message.granted) return false;
    preVote.granted.add(from);
    return this.#won();
  }

  /** A campaign begins: old pre-votes count no more. */
  campaigned(): void {
    this.#campaigns++;
    this.#preVote = undefined;
    this.#restartTimer();
  }
}
