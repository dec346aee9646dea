import { assert, limits, present } from '../base/index.ts';
import { compareBallots, sameBallot, ZERO_BALLOT } from './ballot.ts';
import type { Ballot, ReplicaId, Slot } from './ballot.ts';
import type { Context } from './context.ts';
import type { Entry } from './entry.ts';
import type { Log } from './log.ts';
import type { MessageOf, PValue } from './message.ts';

/**
 * The memory of agreement (Paxos Made Moderately Complex, 2.2): a promise, and for each slot the pvalue of
 * the highest ballot accepted. Slots up to the commit index need no pvalues: for them the acceptor answers
 * that they are decided, which says more.
 */
export class Acceptor {
  readonly #context: Context;
  readonly #log: Log;
  #promised: Ballot;
  readonly #accepted = new Map<Slot, PValue>();
  #acceptedBytes = 0;
  /** The commit index that is on record, for promises, which must outlive a restart with it. */
  #recordedCommit: Slot;
  /** Bytes decided since the last commit record. */
  #unrecordedBytes = 0;
  /** Votes of this step, to be acknowledged in ranges when it ends. */
  #toAcknowledge: { readonly ballot: Ballot; readonly slot: Slot }[] = [];

  constructor(
    context: Context,
    log: Log,
    promised: Ballot = ZERO_BALLOT,
    recordedCommit: Slot = 0,
  ) {
    this.#context = context;
    this.#log = log;
    this.#promised = promised;
    this.#recordedCommit = recordedCommit;
  }

  /** No ballot below gets a vote. */
  get promised(): Ballot {
    return this.#promised;
  }

  /** The pvalue accepted for an open slot. */
  accepted(slot: Slot): PValue | undefined {
    return this.#accepted.get(slot);
  }

  /** Slots that something was accepted for, and that are not known here to be decided; in no order. */
  get open(): readonly Slot[] {
    return [...this.#accepted.keys()];
  }

  /** Puts back a pvalue read from the log after a restart. */
  restore(pvalue: PValue): void {
    if (pvalue.slot <= this.#log.commit) return;
    this.#forget(pvalue.slot);
    this.#accepted.set(pvalue.slot, pvalue);
    this.#acceptedBytes += pvalue.entry.length;
  }

  /** Promises a ballot of one's own, before anybody hears of it (Safety 2). */
  promiseOwn(ballot: Ballot): void {
    assert(
      compareBallots(ballot, this.#promised) > 0,
      'a campaign uses a ballot above every promise',
    );
    this.#promised = ballot;
    this.#context.persist({ kind: 'promised', ballot });
  }

  /** Promises the ballot of a leader in office, who did not ask: nothing below gets help from here. */
  promise(ballot: Ballot): void {
    if (compareBallots(ballot, this.#promised) <= 0) return;
    this.#promised = ballot;
    this.#context.persist({ kind: 'promised', ballot });
  }

  /** Phase 1b. Answers an equal ballot again: the first answer may have been lost. */
  prepare(from: ReplicaId, message: MessageOf<'prepare'>): boolean {
    const order = compareBallots(message.ballot, this.#promised);
    if (order < 0) {
      this.#context.send(from, { kind: 'preempted', ballot: this.#promised });
      return false;
    }
    if (order > 0) {
      this.#promised = message.ballot;
      this.#context.persist({ kind: 'promised', ballot: message.ballot });
    }
    this.#recordCommit();
    const accepted = [...this.#accepted.values()]
      .filter((pvalue) => pvalue.slot >= message.from)
      .sort((a, b) => a.slot - b.slot);
    this.#context.sendWhenDurable(from, {
      kind: 'promise',
      ballot: message.ballot,
      from: message.from,
      commit: this.#log.commit,
      accepted,
      position: this.#context.position,
    });
    return true;
  }

  /**
   * A promise says what its sender knows to be decided, and a view begins with a quorum of such promises
   * (Safety 5): so that knowledge must survive a restart as the promise does.
   */
  #recordCommit(): void {
    this.#unrecordedBytes = 0;
    if (this.#recordedCommit >= this.#log.commit) return;
    this.#recordedCommit = this.#log.commit;
    this.#context.persist({ kind: 'commit', slot: this.#log.commit });
  }

  /** Phase 2b. Whether the ballot may go on; a slot too far ahead is ignored and will be sent again. */
  accept(from: ReplicaId, message: MessageOf<'accept'>): boolean {
    const { ballot, slot, entry } = message;
    const order = compareBallots(ballot, this.#promised);
    if (order < 0) {
      this.#context.send(from, { kind: 'preempted', ballot: this.#promised });
      return false;
    }
    if (slot <= this.#log.commit) {
      // Decided already, so no leader can propose anything else here: the vote needs no record.
      if (order > 0) {
        this.#promised = ballot;
        this.#context.persist({ kind: 'promised', ballot });
      }
      this.#toAcknowledge.push({ ballot, slot });
      return true;
    }
    if (slot > this.#log.commit + limits.ACCEPT_AHEAD_SLOTS) return true;
    const previous = this.#accepted.get(slot);
    if (previous !== undefined && sameBallot(previous.ballot, ballot)) {
      this.#toAcknowledge.push({ ballot, slot });
      return true;
    }
    const bytes = this.#acceptedBytes - (previous?.entry.length ?? 0) + entry.length;
    // The first open slot is never ignored: what is decided there makes room for the others.
    if (slot > this.#log.commit + 1 && bytes > limits.ACCEPT_AHEAD_BYTES) return true;
    this.#promised = ballot;
    this.#forget(slot);
    this.#accepted.set(slot, { slot, ballot, entry });
    this.#acceptedBytes += entry.length;
    this.#context.persist({ kind: 'accepted', ballot, slot, entry });
    this.#toAcknowledge.push({ ballot, slot });
    return true;
  }

  /** Acknowledges what this step accepted, in ranges, once it is durable. */
  acknowledge(): void {
    if (this.#toAcknowledge.length === 0) return;
    const votes = this.#toAcknowledge.sort(
      (a, b) => compareBallots(a.ballot, b.ballot) || a.slot - b.slot,
    );
    this.#toAcknowledge = [];
    let start = 0;
    for (let end = 1; end <= votes.length; end++) {
      const first = present(votes[start], 'vote');
      const last = present(votes[end - 1], 'vote');
      const next = votes[end];
      if (next !== undefined && sameBallot(next.ballot, first.ballot) && next.slot <= last.slot + 1)
        continue;
      this.#context.sendWhenDurable(first.ballot.leader, {
        kind: 'accepted',
        ballot: first.ballot,
        first: first.slot,
        last: last.slot,
        position: this.#context.position,
      });
      start = end;
    }
  }

  /**
   * Appends to the log what `commit` of the leader of `ballot` decides, as far as this acceptor has it: the
   * value that it accepted in the very ballot is the decided one, because a leader proposes one value for a
   * slot, and commits only what it proposed or adopted (Safety 6).
   */
  learn(ballot: Ballot, commit: Slot): void {
    while (this.#log.commit < commit) {
      const pvalue = this.#accepted.get(this.#log.commit + 1);
      if (pvalue === undefined || !sameBallot(pvalue.ballot, ballot)) return;
      this.decide(pvalue.entry);
    }
  }

  /**
   * Appends a decided entry to the log; its slot is open no more. An entry that this acceptor has not voted
   * for is recorded, so that the last record for each decided slot is what was decided (Safety 3).
   */
  decide(entry: Entry): void {
    const slot = this.#log.commit + 1;
    if (this.#accepted.get(slot)?.entry !== entry)
      this.#context.persist({ kind: 'decided', slot, entry });
    this.#log.append(entry);
    this.#forget(slot);
    // Now and then, so that few votes look open after a restart: all open votes must fit into a promise.
    this.#unrecordedBytes += entry.length;
    const many = slot - this.#recordedCommit >= limits.WINDOW_SLOTS;
    if (many || this.#unrecordedBytes >= limits.RECORD_COMMIT_BYTES) this.#recordCommit();
  }

  /** Forgets pvalues up to the commit index; the installed snapshot, which is durable, covers `slot`. */
  skipTo(slot: Slot): void {
    for (const open of [...this.#accepted.keys()]) if (open <= this.#log.commit) this.#forget(open);
    this.#recordedCommit = Math.max(this.#recordedCommit, slot);
  }

  #forget(slot: Slot): void {
    if (!this.#accepted.has(slot)) return;
    const pvalue = present(this.#accepted.get(slot), 'pvalue');
    this.#acceptedBytes -= pvalue.entry.length;
    this.#accepted.delete(slot);
  }
}
