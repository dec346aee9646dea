import type { ReplicaId, Slot } from './ballot.ts';
import type { Context } from './context.ts';
import { encodeView } from './entry.ts';
import type { Order } from './event.ts';
import type { Leader } from './leader.ts';
import type { Log } from './log.ts';
import type { MessageOf } from './message.ts';
import type { Peers } from './peers.ts';
import { failuresTolerated, isQuorum, makeView, memberOf, withKindOf } from './view.ts';
import type { Member, View } from './view.ts';
import { limits } from '../base/index.ts';

/** A replica that is being caught up, to become a member. */
interface Learner {
  member: Member;
  /** When it last asked to join; one that stops asking is forgotten. */
  asked: number;
  /** Answers in a row that showed it close behind. */
  close: number;
}

/** Answers in a row that a learner must give close behind the leader before it may vote. */
const CLOSE_ANSWERS = 2;
/** A learner that has not asked for this many election time-outs is forgotten. */
const LEARNER_PATIENCE = 10;

/** What calls that some cannot finish allow (docs/protocol.md, Safety 11). */
export interface Fates {
  /** Nobody may leave now, unless an operator insists. */
  readonly open: boolean;
  /** Whether enough of these members have executed what must not get lost. */
  keeps(members: readonly Member[]): boolean;
}

const SETTLED: Fates = { open: false, keeps: () => true };

/**
 * The leader's part in changes of view (docs/protocol.md, Safety 5): who joins, who is replaced, who goes.
 * One change at a time, each decided in a slot of the view that it ends. None takes away tolerance that
 * the instance has today, unless an operator insists.
 */
export class Membership {
  readonly #context: Context;
  readonly #log: Log;
  readonly #peers: Peers;
  readonly #learners = new Map<ReplicaId, Learner>();
  /** Who was met at the address of a member: a different life means that the member is dead. */
  readonly #met = new Map<string, ReplicaId>();
  /** Members whose present process is of another kind than the view says, as they say themselves. */
  readonly #otherKind = new Map<ReplicaId, Member>();
  /** Members that asked to be let go. */
  readonly #leaving = new Set<ReplicaId>();
  /** Former members, to be told once a majority of the view holds everything up to its begin. */
  readonly #departing = new Map<ReplicaId, { readonly member: Member; toldAt: number }>();
  /** The leader's commit index over time, to tell how late a learner is. */
  #history: { readonly at: number; readonly commit: Slot }[] = [];
  /** Counts changes of who is learning or departing. */
  #changes = 0;
  #removal:
    | {
        readonly id: ReplicaId;
        readonly force: boolean;
        readonly token: number;
        readonly since: number;
      }
    | undefined;

  constructor(context: Context, log: Log, peers: Peers) {
    this.#context = context;
    this.#log = log;
    this.#peers = peers;
  }

  get changes(): number {
    return this.#changes;
  }

  learners(): Member[] {
    return [...this.#learners.values()]
      .map((learner) => learner.member)
      .sort((a, b) => a.id - b.id);
  }

  departing(): Member[] {
    return [...this.#departing.values()].map(({ member }) => member).sort((a, b) => a.id - b.id);
  }

  /** Whether `id` is being caught up, or told to go. */
  names(id: ReplicaId): boolean {
    return this.#learners.has(id) || this.#departing.has(id);
  }

  met(id: ReplicaId, address: string): void {
    this.#met.set(address, id);
    if (this.#met.size > 4 * limits.MAX_MEMBERS)
      this.#met.delete(this.#met.keys().next().value as string);
  }

  /** A new leadership knows no learners: they ask again. */
  reset(): void {
    this.#changes++;
    this.#learners.clear();
    this.#leaving.clear();
    this.#otherKind.clear();
    this.#history = [];
    if (this.#removal !== undefined) this.#answer('leadership was lost; ask the new leader');
  }

  /** Returns whether the learner is new. */
  onJoin(from: ReplicaId, { member }: MessageOf<'join'>): boolean {
    if (member.id !== from) return false;
    if (memberOf(this.#log.view, from) !== undefined) {
      this.#otherKind.set(from, member);
      return false;
    }
    if (this.#departing.has(from)) return false;
    const known = this.#learners.get(from);
    if (known !== undefined) {
      known.asked = this.#context.now;
      known.member = withKindOf(known.member, member);
      return false;
    }
    if (this.#learners.size >= limits.MAX_MEMBERS) return false;
    this.#changes++;
    this.#learners.set(from, { member, asked: this.#context.now, close: 0 });
    return true;
  }

  /** A member wants to go, or a former one asks whether it may. */
  onLeave(from: ReplicaId, { member }: MessageOf<'leave'>): void {
    if (memberOf(this.#log.view, from) !== undefined) this.#leaving.add(from);
    else if (member.id === from && this.#departing.size < limits.MAX_MEMBERS) {
      // It asked to join before it learned that it had been a member: an id is never taken in again.
      if (this.#learners.delete(from)) this.#changes++;
      this.#departs(member);
    }
  }

  #departs(member: Member): void {
    if (this.#departing.has(member.id)) return;
    this.#changes++;
    this.#departing.set(member.id, { member, toldAt: Number.NEGATIVE_INFINITY });
  }

  /** Counts how often in a row a learner was at most an election time-out behind. */
  onAlive(from: ReplicaId, message: MessageOf<'alive'>): void {
    const learner = this.#learners.get(from);
    if (learner === undefined) return;
    const since = this.#context.now - this.#context.timing.electionMin;
    const then = this.#history.find((sample) => sample.at >= since)?.commit ?? this.#log.commit;
    learner.close = message.commit >= Math.min(then, this.#log.commit) ? learner.close + 1 : 0;
  }

  /** Takes an operator's order to remove a member; refused at once when it makes no sense. */
  remove(token: number, order: Extract<Order, { kind: 'remove' }>): void {
    if (this.#removal !== undefined) {
      const refusal = 'another removal is under way';
      this.#context.effect({ kind: 'ordered', token, refusal });
      return;
    }
    this.#removal = { id: order.id, force: order.force, token, since: this.#context.now };
    if (memberOf(this.#log.view, order.id) === undefined) this.#answer('it is not a member');
    else if (this.#log.view.members.length === 1) this.#answer('it is the last member');
  }

  #answer(refusal: string | undefined): void {
    if (this.#removal === undefined) return;
    this.#context.effect({ kind: 'ordered', token: this.#removal.token, refusal });
    this.#removal = undefined;
  }

  /** Proposes at most one change of view; called when no other is under way. */
  tick(leader: Leader, fates: Fates = SETTLED): void {
    this.#sample();
    this.#forgetLearners();
    this.#release(leader);
    if (!leader.leading || leader.stopped || leader.ownSlot === undefined) return;
    if (this.#log.commit < leader.ownSlot) return;
    const members = this.#nextMembers(fates);
    if (members === undefined) return;
    const { view } = this.#log;
    const slot = leader.nextSlot;
    leader.propose(encodeView(makeView(view.epoch + 1, slot + 1, members)));
  }

  #sample(): void {
    const { now, timing } = this.#context;
    const last = this.#history.at(-1);
    if (last === undefined || now - last.at >= timing.heartbeat) {
      this.#history.push({ at: now, commit: this.#log.commit });
    }
    while ((this.#history[0]?.at ?? now) < now - 2 * timing.electionMax) this.#history.shift();
  }

  #forgetLearners(): void {
    const { now, timing } = this.#context;
    for (const [id, learner] of this.#learners) {
      const late = now - learner.asked > LEARNER_PATIENCE * timing.electionMax;
      if (!late && memberOf(this.#log.view, id) === undefined) continue;
      this.#changes++;
      this.#learners.delete(id);
    }
  }

  /** The members of the next view, when some change is due and safe. */
  #nextMembers(fates: Fates): readonly Member[] | undefined {
    for (const { member, close } of this.#learners.values()) {
      // It may have died since it was close: a dead member only costs tolerance.
      const alive = this.#peers.isAlive(member.id, this.#context.timing.electionMin);
      if (close < CLOSE_ANSWERS || !alive) continue;
      const next = this.#withJoiner(member);
      if (next !== undefined && fates.keeps(next)) return next;
    }
    const removal = this.#removal;
    if (fates.open && removal?.force !== true) return undefined;
    if (removal !== undefined) {
      const next = this.#without(removal.id);
      if (removal.force ? this.#canServe(next) : this.#keepsTolerance(next)) {
        if (fates.keeps(next)) return next;
        const { now, timing } = this.#context;
        if (now - removal.since > 2 * timing.electionMax)
          this.#answer('others have to catch up first');
      } else this.#answer('fewer failures would be tolerated than now');
    }
    for (const id of this.#leaving) {
      const next = this.#without(id);
      // It goes in any case, so what remains must only be able to serve.
      const goes = next.length > 0 && next.length < this.#log.view.members.length;
      if (goes && this.#canServe(next) && fates.keeps(next)) return next;
    }
    return this.#withOtherKind();
  }

  /** Who votes stays the same, so this costs nothing; only what people and clients are told changes. */
  #withOtherKind(): readonly Member[] | undefined {
    const { self } = this.#context;
    const { members } = this.#log.view;
    const kinds = new Map(this.#otherKind).set(self.id, self);
    this.#otherKind.clear();
    const next = members.map((member) => withKindOf(member, kinds.get(member.id) ?? member));
    return next.some((member, at) => member.nameServer !== members[at]?.nameServer)
      ? next
      : undefined;
  }

  #without(id: ReplicaId): readonly Member[] {
    return this.#log.view.members.filter((member) => member.id !== id);
  }

  /** The joiner added, or put in the place of the dead member whose address it has. */
  #withJoiner(member: Member): readonly Member[] | undefined {
    const { members } = this.#log.view;
    const before = members.find((known) => known.address === member.address);
    if (before !== undefined) {
      // Only the new life at the address proves that the old one is gone (Safety 4).
      if (this.#met.get(member.address) !== member.id) return undefined;
      return [...members.filter((known) => known !== before), member];
    }
    if (members.length >= limits.MAX_MEMBERS) return undefined;
    const next = [...members, member];
    return this.#keepsTolerance(next) ? next : undefined;
  }

  #alive(): Set<ReplicaId> {
    const ids = [...this.#log.view.members.map((member) => member.id), ...this.#learners.keys()];
    return new Set(ids.filter((id) => this.#peers.isAlive(id, this.#context.timing.electionMax)));
  }

  #keepsTolerance(members: readonly Member[]): boolean {
    const alive = this.#alive();
    const { view } = this.#log;
    const next = { ...view, members };
    return failuresTolerated(next, alive) >= Math.max(0, failuresTolerated(view, alive));
  }

  #canServe(members: readonly Member[]): boolean {
    return members.length > 0 && isQuorum({ ...this.#log.view, members }, this.#alive());
  }

  /** A view was decided: who is in it leaves the waiting lists, who is not may soon go. */
  viewChanged(before: View, after: View): void {
    for (const member of before.members) {
      if (memberOf(after, member.id) === undefined) this.#departs(member);
    }
    this.#changes++;
    for (const member of after.members) this.#learners.delete(member.id);
    for (const id of this.#leaving) if (memberOf(after, id) === undefined) this.#leaving.delete(id);
    if (this.#removal !== undefined && memberOf(after, this.#removal.id) === undefined) {
      this.#answer(undefined);
    }
  }

  /**
   * Lets former members go. A leader in office has promises from a quorum of the present view that holds
   * every slot before it, durably, so nothing depends on those who are not in it any more (Safety 5).
   */
  #release(leader: Leader): void {
    // A change that is under way may take one of them in: what this view says may be over by then.
    if (!leader.leading || leader.stopped) return;
    const { view } = this.#log;
    const { now, timing } = this.#context;
    for (const [id, departing] of this.#departing) {
      if (memberOf(view, id) !== undefined) {
        this.#departing.delete(id);
        continue;
      }
      if (now - departing.toldAt < timing.resend) continue;
      departing.toldAt = now;
      this.#context.send(id, { kind: 'departed', view });
      if (this.#peers.isAlive(id, 2 * this.#context.timing.electionMax)) continue;
      this.#changes++;
      this.#departing.delete(id);
    }
  }
}
