import { present } from '../base/index.ts';
import type { ClientRequest, ClientResponse, Grant, Slot } from '../paxos/index.ts';
import type { Call, Calls } from './calls.ts';
import { Lease } from './lease.ts';
import type { Moment } from './lease.ts';
import { settlementOf } from './reply.ts';
import type { Fate, GiveUp, OwnedCall, Settlement } from './types.ts';
import type { Ended, Window } from './window.ts';

/** What becomes of what a session owns or waits for. */
export interface BlockedEvents {
  settle(call: Call, settlement: Settlement): void;
  lost(sequences: readonly number[], reason: GiveUp): void;
}

const OVER: GiveUp = {
  code: 'LEASE_EXPIRED',
  message: 'no replica has confirmed this program for almost as long as its lease',
};
const TAKEN: GiveUp = {
  code: 'LEASE_EXPIRED',
  message: 'the replicas have taken it away',
};

export interface BlockedParts {
  readonly calls: Calls;
  readonly leaseMs: number | undefined;
  readonly events: BlockedEvents;
  /** The requests of the present session. */
  readonly window: () => Window | undefined;
  /** Sends a numbered request that came up by itself; on another connection all are sent again. */
  readonly send: (request: ClientRequest) => void;
}

/** Calls that wait in the object, what they gave, and how they are undone. */
export class Blocked {
  readonly #parts: BlockedParts;
  readonly #calls: Calls;
  readonly #lease: Lease;
  #now: Moment = { at: 0, wall: 0 };
  #generation = 0;

  constructor(parts: BlockedParts) {
    this.#parts = parts;
    this.#calls = parts.calls;
    this.#lease = new Lease(parts.leaseMs);
  }

  /** A connection was made to an instance of this generation. */
  begin(generation: number): void {
    this.#generation = generation;
    this.#lease.reconnected();
  }

  get now(): Moment {
    return this.#now;
  }

  /** Something at the replicas has to be kept alive. */
  get hasStake(): boolean {
    return this.#lease.owned.size > 0 || (this.#parts.window()?.waitingCount ?? 0) > 0;
  }

  /** A sign of life is not answered yet. */
  get isAsked(): boolean {
    return this.#lease.isAsked;
  }

  /** When the next sign of life is due. */
  get askAt(): number {
    return this.hasStake ? this.#lease.askAt : Infinity;
  }

  /** When what is owned must be taken for lost, if nobody answers before. */
  get endsAt(): number {
    return this.#lease.endsAt;
  }

  /** A sign of life, when one is due. */
  sign(session: number): ClientRequest | undefined {
    return this.#now.at < this.askAt ? undefined : this.#lease.ask(this.#now, session);
  }

  /** Time passes: what nobody has confirmed for too long has to be taken for lost. */
  watch(now: Moment): void {
    this.#now = now;
    if (this.#lease.isOver(now)) this.#lose(this.#lease.lose(), OVER);
  }

  /** The session is gone, with all that it owned. */
  ended(): void {
    this.#lose(this.#lease.reset(), TAKEN);
  }

  renewed(response: Extract<ClientResponse, { kind: 'renewed' }>): void {
    this.#lose(this.#lease.answered(response), TAKEN);
  }

  #lose(sequences: readonly number[], reason: GiveUp): void {
    if (sequences.length > 0) this.#parts.events.lost(sequences, reason);
  }

  /** The replica has executed a call, and it waits. */
  waits(sequence: number): void {
    const found = this.#parts.window()?.waits(sequence);
    if (found === undefined) return;
    if (found.caller === undefined) this.giveBack(sequence);
    else
      this.#calls.wait(present(this.#calls.get(found.caller), 'call that a request was sent for'));
  }

  /** The caller of a waiting call gives it up. Returns whether that is under way now. */
  withdraw(call: Call, reason: GiveUp): boolean {
    if (call.withdrawn !== undefined) return true;
    if (call.place.kind !== 'numbered' || !call.waits) return false;
    this.#calls.withdraw(call, reason);
    this.#undo(call.place.sequence, call);
    return true;
  }

  /** Gives back what a call has given, which nobody here wants. */
  giveBack(sequence: number): void {
    this.#undo(sequence, undefined);
  }

  #undo(callSequence: number, call: Call | undefined): void {
    const window = this.#parts.window();
    if (window === undefined) return;
    const ask = { kind: 'withdraw', callSequence } as const;
    this.#parts.send(window.add(ask, call?.id, this.#now).request);
  }

  /** A reply to a numbered request has come. What was given to a caller that had left goes back. */
  replied(ended: Ended, slot: Slot, fate: Fate): void {
    const grant = fate.kind === 'applied' ? fate.grant : undefined;
    const { sequence } = ended;
    const call = ended.caller === undefined ? undefined : this.#calls.get(ended.caller);
    if (ended.kind === 'call' && grant !== undefined) {
      if (call === undefined) return this.giveBack(sequence);
      this.#lease.granted(sequence, ended.sent);
    }
    if (call === undefined) return;
    const settle = (settlement: Settlement): void => this.#parts.events.settle(call, settlement);
    const reason = call.withdrawn;
    if (reason === undefined) {
      const owned = grant === undefined ? undefined : this.#owned(sequence, grant);
      return settle(settlementOf(ended.kind, slot, fate, owned));
    }
    // Of the two requests of such a call, that which undoes it says what became of it.
    if (fate.kind === 'never') {
      const why = fate.why ?? reason;
      const failure = { ...why, outcome: 'not-applied', requestId: undefined } as const;
      settle({ kind: 'failed', failure });
    } else if (ended.kind === 'withdraw') {
      settle(settlementOf('call', slot, fate));
    }
  }

  #owned(sequence: number, grant: Grant): OwnedCall {
    const { session } = present(this.#parts.window(), 'session that something was given to');
    return { ...grant, session, sequence, generation: this.#generation };
  }
}
