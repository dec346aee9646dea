import type { ReplicaId } from './ballot.ts';
import type { Context } from './context.ts';
import type { Log } from './log.ts';
import type { MessageOf } from './message.ts';
import { memberOf } from './view.ts';
import type { Member, View } from './view.ts';

/**
 * The part of a replica that is not a member yet: it knows some members from its bootstrap contact, asks
 * whoever leads to be caught up and made a member, and goes on asking until it is in a view; and then again
 * when it is in it as another kind of member than its present process is.
 */
export class Stranger {
  readonly #context: Context;
  readonly #log: Log;
  #contacts: readonly Member[];
  #epoch = 0;
  #leader: ReplicaId | undefined;
  #next = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #wasMember = false;
  #changes = 0;

  constructor(context: Context, log: Log, contacts: readonly Member[]) {
    this.#context = context;
    this.#log = log;
    this.#contacts = contacts;
  }

  /** Counts changes of the contacts. */
  get changes(): number {
    return this.#changes;
  }

  /** Members that somebody named, beyond those of the own log: it may be far behind. */
  contacts(): readonly Member[] {
    const lostTouch = this.#epoch > this.#log.view.epoch;
    return this.#isMember() && !lostTouch ? [] : this.#contacts;
  }

  /** Somebody at the address of a contact has a view that says whom to ask instead. */
  met(view: View): void {
    if (view.epoch <= Math.max(this.#epoch, this.#log.view.epoch)) return;
    this.#epoch = view.epoch;
    this.#contacts = view.members;
    this.#changes++;
  }

  /** Was in the view that the own log knew at some time. */
  get wasMember(): boolean {
    return this.#isMember();
  }

  #isMember(): boolean {
    if (memberOf(this.#log.view, this.#context.self.id) !== undefined) this.#wasMember = true;
    return this.#wasMember;
  }

  /** The view still has this member as an earlier process of it was: without `-n`, or with it. */
  #isOtherKind(): boolean {
    const { self } = this.#context;
    const known = memberOf(this.#log.view, self.id);
    return known !== undefined && known.nameServer !== self.nameServer;
  }

  /** Somebody who does not lead says who does, and who the members are. */
  onFollow(message: MessageOf<'follow'>): void {
    if (message.view.epoch >= this.#epoch) {
      this.#epoch = message.view.epoch;
      this.#contacts = message.view.members;
      this.#changes++;
    }
    this.#leader = message.leader?.id;
    if (message.leader !== undefined) this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  /** A leader is in contact: ask it. */
  onLeader(leader: ReplicaId): void {
    this.#leader = leader;
  }

  /** @param office `held`: this replica leads, or wants to, and makes itself what it is. */
  tick(office: 'held' | 'none' = 'none'): void {
    const { now, timing, self } = this.#context;
    const asks = this.#isMember() ? office === 'none' && this.#isOtherKind() : true;
    if (!asks || now - this.#askedAt < 2 * timing.resend) return;
    this.#askedAt = now;
    // After a restart nobody has named contacts: the members of the own log's view are all it knows.
    const known = this.#contacts.length > 0 ? this.#contacts : this.#log.view.members;
    const target = this.#leader ?? known[this.#next++ % known.length]?.id;
    if (target === undefined || target === self.id) return;
    this.#context.send(target, { kind: 'join', member: self, commit: this.#log.commit });
    // One that does not answer may be dead: the next question goes to another.
    this.#leader = undefined;
  }
}
