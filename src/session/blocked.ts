import { present } from '../base/index.ts';
import type {
  ClientRequest,
  ClientResponse,
  Grant,
  Moment,
  RequestName,
  Slot,
} from '../paxos/index.ts';
import type { Call, Calls } from './calls.ts';
import { Lease } from './lease.ts';
import { settlementOf } from './reply.ts';
import type { Failure, Fate, GiveUp, OwnedCall, Settlement } from './types.ts';
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
  /** Methods whose calls have waited. */
  readonly #waitedIn = new Set<string>();
  #now: Moment = { at: 0, wall: 0 };
  #generation = 0;
  /** Calls that gave something which somebody here was told of, and has not lost. */
  readonly #counted = new Set<number>();
  /** What is to be undone when the window has room again: by the number of the call, who waits for it. */
  readonly #undoLater = new Map<number, Call | undefined>();
  /** What is being given back, by the number of the request that does so. */
  readonly #returning = new Map<number, number>();
  #mayOwnMore = false;

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
    const { isUnsure, owned } = this.#lease;
    return isUnsure || owned.size > 0 || (this.#parts.window()?.waitingCount ?? 0) > 0;
  }

  /**
   * A call has ended that may have given something, of which only a leader knows. It goes back before
   * anything else is called: a `release` must not meet it.
   */
  get mayOwnMore(): boolean {
    return this.#mayOwnMore;
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

  /** The session is about to be ended by its client, and what it owns goes to others. */
  part(reason: GiveUp): void {
    this.#lose(this.#lease.lose(), reason);
  }

  /** The session is gone, with all that it owned. */
  ended(): void {
    this.#returning.clear();
    this.#undoLater.clear();
    this.#mayOwnMore = false;
    this.#lose(this.#lease.reset(), TAKEN);
  }

  renewed(response: Extract<ClientResponse, { kind: 'renewed' }>): void {
    const window = this.#parts.window();
    const known = new Set(response.owned.filter((sequence) => this.#counted.has(sequence)));
    this.#lose(this.#lease.answered(response), TAKEN);
    if (!this.#lease.isUnsure) this.#mayOwnMore = false;
    for (const sequence of this.#counted) {
      if (!this.#lease.knows(sequence)) this.#counted.delete(sequence);
    }
    // What nobody here counts on would be kept alive for ever.
    for (const sequence of response.owned) {
      if (!known.has(sequence) && window?.has(sequence) === false) this.giveBack(sequence);
    }
  }

  #lose(sequences: readonly number[], reason: GiveUp): void {
    for (const sequence of sequences) this.#counted.delete(sequence);
    if (sequences.length > 0) this.#parts.events.lost(sequences, reason);
  }

  /** The replica has executed a call, and it waits. */
  waits(sequence: number): void {
    const found = this.#parts.window()?.waits(sequence);
    if (found === undefined) return;
    if (found.caller === undefined) return this.giveBack(sequence);
    const call = present(this.#calls.get(found.caller), 'call that a request was sent for');
    if (call.work.kind === 'call') this.#waitedIn.add(call.work.method);
    this.#calls.wait(call);
  }

  /**
   * Refuses a call that would wait like many others. In their order, what wakes one of them might stand
   * behind it, and would wait for ever.
   */
  refuses(call: Call): boolean {
    const window = this.#parts.window();
    const { work } = call;
    if (work.kind !== 'call' || window?.isCrowded !== true) return false;
    if (!this.#waitedIn.has(work.method)) return false;
    const message = `${window.waitingCount} calls of this proxy wait already: use several proxies`;
    const failure = { code: 'OVERLOADED', message, outcome: 'not-applied' } as const;
    const settlement = { kind: 'failed', failure: { ...failure, requestId: undefined } } as const;
    this.#parts.events.settle(call, settlement);
    return true;
  }

  /** The caller of a waiting call gives it up. Returns whether that is under way now. */
  withdraw(call: Call, reason: GiveUp, now: number): boolean {
    if (call.withdrawn !== undefined) return true;
    if (call.place.kind !== 'numbered' || !call.waits) return false;
    this.#calls.withdraw(call, reason, now);
    this.#undo(call.place.sequence, call);
    return true;
  }

  /** Gives back what a call has given, which nobody here wants. */
  giveBack(sequence: number): void {
    this.#undo(sequence, undefined);
  }

  /** The same of a call that may be an earlier session's, which is gone with all that it had. */
  giveBackOf({ sequence, session }: RequestName): void {
    if (this.#parts.window()?.session === session) this.giveBack(sequence);
  }

  /** What this call gave is on its way back, or will be soon. */
  isReturning(callSequence: number): boolean {
    return (
      this.#undoLater.has(callSequence) || [...this.#returning.values()].includes(callSequence)
    );
  }

  /** The call that this request undoes. */
  undoneBy(sequence: number): number | undefined {
    return this.#returning.get(sequence);
  }

  #undo(callSequence: number, call: Call | undefined): void {
    const window = this.#parts.window();
    if (window === undefined || this.isReturning(callSequence)) return;
    if (window.isFull) return void this.#undoLater.set(callSequence, call);
    const ask = { kind: 'withdraw', callSequence } as const;
    const { request, sequence } = window.add(ask, call?.id, this.#now);
    this.#returning.set(sequence, callSequence);
    this.#parts.send(request);
  }

  /** A reply to a numbered request has come. What was given to a caller that had left goes back. */
  replied(ended: Ended, slot: Slot, fate: Fate): void {
    const grant = fate.kind === 'applied' ? fate.grant : undefined;
    const { sequence } = ended;
    this.#returning.delete(sequence);
    // It has ended by itself before anything could undo it, and has nothing to be given back.
    const stands =
      fate.kind === 'applied' && grant === undefined && this.#undoLater.delete(sequence);
    this.#undoNext();
    const call = ended.caller === undefined ? undefined : this.#calls.get(ended.caller);
    if (ended.kind === 'call') {
      if (grant !== undefined && call === undefined) return this.giveBack(sequence);
      if (grant !== undefined) this.#lease.granted(sequence, ended.sent);
      else if (fate.kind === 'forgotten') {
        this.#mayOwnMore = true;
        this.#lease.doubt();
      } else if (ended.waits && this.#lease.mayOwnAgain) this.#lease.doubt();
    }
    if (call === undefined) return;
    if (call.withdrawn === undefined || stands) return this.#deliver(call, ended, slot, fate);
    this.#undone(call, call.withdrawn, ended, slot, fate);
  }

  #undoNext(): void {
    const [next] = this.#undoLater;
    if (next === undefined) return;
    this.#undoLater.delete(next[0]);
    this.#undo(...next);
  }

  #deliver(call: Call, { kind, sequence }: Ended, slot: Slot, fate: Fate): void {
    const grant = fate.kind === 'applied' ? fate.grant : undefined;
    const owned = grant === undefined ? undefined : this.#owned(sequence, grant);
    if (owned !== undefined) this.#counted.add(sequence);
    this.#parts.events.settle(call, settlementOf(kind, slot, fate, owned));
  }

  /** Of the two requests of such a call, that which undoes it says what became of it. */
  #undone(call: Call, reason: GiveUp, { kind }: Ended, slot: Slot, fate: Fate): void {
    const fail = (why: GiveUp, outcome: Failure['outcome']): void => {
      const failure = { ...why, outcome, requestId: undefined };
      this.#parts.events.settle(call, { kind: 'failed', failure });
    };
    if (fate.kind === 'never') return fail(fate.why ?? reason, 'not-applied');
    if (kind === 'withdraw' && fate.kind === 'forgotten') return fail(reason, 'applied');
    if (kind === 'call') {
      call.gave = fate.kind === 'applied' && fate.grant !== undefined;
    } else if (call.gave) {
      // It was taken away before it could be given back.
      fail(reason, 'applied');
    } else if (kind === 'withdraw') {
      this.#parts.events.settle(call, settlementOf('call', slot, fate));
    }
  }

  #owned(sequence: number, grant: Grant): OwnedCall {
    const { session } = present(this.#parts.window(), 'session that something was given to');
    return { ...grant, session, sequence, generation: this.#generation };
  }
}
