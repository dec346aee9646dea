import type { ReplicaId } from './ballot.ts';
import type { Order } from './event.ts';
import type { Replica } from './replica.ts';
import { memberOf } from './view.ts';
import type { View } from './view.ts';

/** For so many election time-outs office is not given back to whoever gave it away. */
const UNWILLING_TIMEOUTS = 10;

interface HandOver {
  readonly token: number | undefined;
  readonly to: ReplicaId;
  readonly until: number;
  asked: boolean;
}

/** What operators ask for: hand over leadership, remove a member, or stop this replica in good order. */
export class Orders {
  readonly #replica: Replica;
  #handOver: HandOver | undefined;
  #retiring: { readonly token: number } | undefined;
  #diskFull = false;
  /**
   * Until then it keeps office though its disk is full: it has given it away before. Each of three full disks
   * knows only from whom it has office, so it would go round for as long as there is no space.
   */
  #keepsUntil = Number.NEGATIVE_INFINITY;
  #departed = false;
  /** Who gave office away or did not take it, and until when it is not offered again: they have a reason. */
  readonly #unwilling = new Map<ReplicaId, number>();
  /** A former member asks to be let go, of whoever may lead. */
  #leaveAskedAt = Number.NEGATIVE_INFINITY;
  #leaveTurn = 0;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** No new entries are proposed while leadership is being handed over. */
  get handingOver(): boolean {
    return this.#handOver !== undefined;
  }

  setDisk(state: 'full' | 'free'): void {
    this.#diskFull = state === 'full';
    if (state === 'free') this.#keepsUntil = Number.NEGATIVE_INFINITY;
  }

  take(token: number, order: Order): void {
    switch (order.kind) {
      case 'transfer':
        this.#transfer(token, order.to);
        return;
      case 'remove':
        if (this.#replica.leader?.leading === true) this.#replica.membership.remove(token, order);
        else this.#refuse(token, 'this replica does not lead');
        return;
      case 'retire':
        this.#retiring = { token };
        this.tick();
    }
  }

  #refuse(token: number | undefined, refusal: string | undefined): void {
    if (token !== undefined) this.#replica.context.effect({ kind: 'ordered', token, refusal });
  }

  #transfer(token: number | undefined, wanted: ReplicaId | undefined): void {
    const { context, leader, log } = this.#replica;
    if (leader?.leading !== true) return this.#refuse(token, 'this replica does not lead');
    if (wanted === context.self.id) return this.#refuse(token, undefined);
    if (this.#handOver !== undefined) return this.#refuse(token, 'a hand-over is under way');
    if (wanted !== undefined && memberOf(log.view, wanted) === undefined) {
      return this.#refuse(token, 'it is not a member');
    }
    const to = wanted ?? this.#mostAdvanced();
    if (to === undefined) return this.#refuse(token, 'no other member is alive');
    this.#handOver = {
      token,
      to,
      until: context.now + 2 * context.timing.electionMax,
      asked: false,
    };
    this.#pursue();
  }

  /** `from` asks this replica to take office. */
  wasGivenOffice(from: ReplicaId): void {
    this.#passOver(from);
  }

  /** Office is not offered to `id` for a while. */
  #passOver(id: ReplicaId): void {
    this.#unwilling.set(id, this.#afterUnwillingness());
  }

  #afterUnwillingness(): number {
    const { now, timing } = this.#replica.context;
    return now + UNWILLING_TIMEOUTS * timing.electionMax;
  }

  /** The live member that knows most, so that it can take office at once. */
  #mostAdvanced(): ReplicaId | undefined {
    const { log, peers, context } = this.#replica;
    const alive = log.view.members
      .map((member) => member.id)
      .filter((id) => id !== context.self.id && peers.isAlive(id, context.timing.electionMin))
      .filter((id) => (this.#unwilling.get(id) ?? 0) < context.now);
    return alive.sort((a, b) => peers.commit(b) - peers.commit(a) || a - b)[0];
  }

  /** Asks the successor to campaign as soon as it knows every decided slot. */
  #pursue(): void {
    const handOver = this.#handOver;
    const { leader, context, log, peers } = this.#replica;
    if (handOver === undefined || leader === undefined) return;
    if (context.now > handOver.until) {
      this.#handOver = undefined;
      // The next attempt goes to another, or the instance would serve nobody for as long as this one fails.
      this.#passOver(handOver.to);
      this.#refuse(handOver.token, 'the other member did not take over in time');
      return;
    }
    if (handOver.asked || leader.openSlots > 0 || peers.commit(handOver.to) < log.commit) return;
    handOver.asked = true;
    context.send(handOver.to, { kind: 'campaign', ballot: leader.ballot });
  }

  /** Another leads: whoever asked for that has it. */
  leadershipLost(): void {
    const handOver = this.#handOver;
    this.#handOver = undefined;
    if (handOver === undefined) return;
    if (this.#diskFull) this.#keepsUntil = this.#afterUnwillingness();
    this.#refuse(handOver.token, undefined);
  }

  tick(): void {
    this.#pursue();
    if (this.#diskFull && this.#handOver === undefined) this.#handOverForSpace();
    if (this.#retiring !== undefined) this.#retire(this.#retiring);
    this.#askToLeave();
  }

  #handOverForSpace(): void {
    const { leader, context } = this.#replica;
    if (leader?.leading === true && context.now >= this.#keepsUntil) {
      this.#transfer(undefined, undefined);
    }
  }

  #retire(retiring: { readonly token: number }): void {
    const { leader, context, log, election } = this.#replica;
    const { self } = context;
    const former = memberOf(log.view, self.id) === undefined;
    // In the log of who joins an instance of one, the founder is alone: its own admission comes later.
    const alone = log.view.members.length === 1 && !former;
    if (leader !== undefined && !alone) {
      if (this.#handOver === undefined) this.#transfer(undefined, undefined);
      return;
    }
    if ((self.durable && !former) || alone) {
      this.#retiring = undefined;
      this.#refuse(retiring.token, undefined);
    } else if (!former && this.#mayAsk() && election.leader !== undefined) {
      context.send(election.leader, { kind: 'leave', member: self });
    }
  }

  #mayAsk(): boolean {
    const { now, timing } = this.#replica.context;
    if (now - this.#leaveAskedAt < timing.resend) return false;
    this.#leaveAskedAt = now;
    return true;
  }

  /** Not in the view any more: the leader of the others says when this replica may go. */
  #askToLeave(): void {
    const { context, log, stranger } = this.#replica;
    if (!stranger.wasMember || memberOf(log.view, context.self.id) !== undefined) return;
    if (this.#departed || !this.#mayAsk()) return;
    const { members } = log.view;
    const target = members[this.#leaveTurn++ % members.length];
    if (target !== undefined) context.send(target.id, { kind: 'leave', member: context.self });
  }

  /** The leader says that this replica may go; said once, though it is told more often. */
  departed(view: View): void {
    if (this.#departed) return;
    this.#departed = true;
    const retiring = this.#retiring;
    this.#retiring = undefined;
    if (retiring !== undefined) this.#refuse(retiring.token, undefined);
    this.#replica.context.notice({ kind: 'departed', view });
  }
}
