import { assert } from '../base/index.ts';
import type { RequestName } from '../paxos/index.ts';
import type { CallId, Consistency, GiveUp } from './types.ts';

/** Calls that wait in the client for their turn, and their bytes: what comes on top is refused at once. */
export const MAX_QUEUED_CALLS = 65_536;
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

/**
 * A call that waits and is given up is answered within this time, ms: as the log has it, or, when no majority
 * says what became of it, as unknown. A change of leaders takes less.
 */
export const WITHDRAWAL_MS = 3000;

export type Work =
  | {
      readonly kind: 'call';
      readonly method: string;
      readonly command: Uint8Array;
      readonly consistency: Consistency;
      readonly maxLagMs?: number | undefined;
      readonly fence?: bigint | undefined;
    }
  | { readonly kind: 'resolve'; readonly target: RequestName; readonly instance: string };

/** Where a call is on its way. */
export type Place =
  | { readonly kind: 'queued' }
  /** Asked as a read. */
  | { readonly kind: 'reading'; readonly token: number }
  | { readonly kind: 'numbered'; readonly sequence: number }
  /** A resolve that waits for the reply to a request of this very session. */
  | { readonly kind: 'watching'; readonly sequence: number };

export interface Call {
  readonly id: CallId;
  readonly work: Work;
  readonly madeAt: number;
  deadline: number;
  /** Replaces it when the call waits in the object. */
  readonly waitDeadline: number;
  place: Place;
  /** Executed, and waits for somebody to wake it. */
  waits: boolean;
  /** Why it is being undone. */
  withdrawn: GiveUp | undefined;
  /** It has given something while it was being undone. */
  gave: boolean;
}

const QUEUED: Place = { kind: 'queued' };

/** The calls that somebody waits for, and the queue of those that were not sent yet. */
export class Calls {
  /** In the order in which they were made. */
  readonly #live = new Map<CallId, Call>();
  /** Executed, and waiting in the object. */
  readonly #waiting = new Map<CallId, Call>();
  #queue: Call[] = [];
  #head = 0;
  #queued = 0;
  #queuedBytes = 0;
  #lastId: CallId = 0;
  readonly #atOnce: number;
  /** No call has an earlier deadline. Exact only after a search: most deadlines are never reached. */
  #earliest = Infinity;

  /** @param atOnce How many of them may be under way; the others wait in the queue. */
  constructor(atOnce = Infinity) {
    this.#atOnce = atOnce;
  }

  get size(): number {
    return this.#live.size + this.#waiting.size;
  }

  get queued(): number {
    return this.#queued;
  }

  get earliestDeadline(): number {
    return this.#earliest;
  }

  /** Whether the queue takes a command of this size. */
  hasRoomFor(bytes: number): boolean {
    return this.#queued < MAX_QUEUED_CALLS && this.#queuedBytes + bytes <= MAX_QUEUED_BYTES;
  }

  add(work: Work, madeAt: number, deadline: number, waitDeadline = Infinity): Call {
    const call: Call = {
      id: ++this.#lastId,
      work,
      madeAt,
      deadline,
      waitDeadline,
      place: QUEUED,
      waits: false,
      withdrawn: undefined,
      gave: false,
    };
    this.#live.set(call.id, call);
    this.#queue.push(call);
    this.#count(call, 1);
    this.#earliest = Math.min(this.#earliest, deadline);
    return call;
  }

  get(id: CallId): Call | undefined {
    return this.#live.get(id) ?? this.#waiting.get(id);
  }

  /** It waits in the object: no majority is needed for that, nor its deadline. */
  wait(call: Call): void {
    this.#live.delete(call.id);
    this.#waiting.set(call.id, call);
    call.waits = true;
    call.deadline = call.waitDeadline;
    this.#earliest = Math.min(this.#earliest, call.deadline);
  }

  /** From `now` on it must not wait any more: an answer is due. */
  withdraw(call: Call, reason: GiveUp, now: number): void {
    this.#waiting.delete(call.id);
    this.#live.set(call.id, call);
    call.withdrawn = reason;
    call.deadline = now + WITHDRAWAL_MS;
    this.#earliest = Math.min(this.#earliest, call.deadline);
  }

  /** The call that was made first of all that are not known to wait in the object. */
  oldest(): Call | undefined {
    for (const call of this.#live.values()) return call;
    return undefined;
  }

  all(): readonly Call[] {
    return [...this.#live.values(), ...this.#waiting.values()];
  }

  /** Calls that wait in the object. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** The next call to send; undefined while as many as may be are under way. */
  head(): Call | undefined {
    if (this.size - this.#queued >= this.#atOnce) return undefined;
    while (this.#head < this.#queue.length) {
      const call = this.#queue[this.#head] as Call;
      if (call.place.kind === 'queued' && this.#live.has(call.id)) return call;
      this.#head++;
    }
    this.#queue = [];
    this.#head = 0;
    return undefined;
  }

  /** Takes the head out of the queue. */
  take(call: Call, place: Place): void {
    assert(call === this.head(), 'calls leave the queue in the order in which they were made');
    this.#head++;
    this.#count(call, -1);
    call.place = place;
    if (this.#head >= 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Puts calls back before all others; they are in the order in which they were made. */
  putBack(calls: readonly Call[]): void {
    let before = 0;
    for (const call of [...calls, this.head()]) {
      if (call === undefined) break;
      assert(call.id > before, 'calls keep the order in which they were made');
      before = call.id;
    }
    for (const call of calls) {
      call.place = QUEUED;
      this.#count(call, 1);
    }
    this.#queue = [...calls, ...this.#queue.slice(this.#head)];
    this.#head = 0;
  }

  /** Nobody waits for it any more. */
  remove(call: Call): void {
    const known = this.#live.delete(call.id) || this.#waiting.delete(call.id);
    assert(known, 'a call is settled at most once');
    if (call.place.kind === 'queued') this.#count(call, -1);
  }

  /** Calls whose deadline has come. */
  overdue(now: number): Call[] {
    if (now < this.#earliest) return [];
    const overdue: Call[] = [];
    this.#earliest = Infinity;
    for (const call of this.all()) {
      if (call.deadline <= now) overdue.push(call);
      else this.#earliest = Math.min(this.#earliest, call.deadline);
    }
    return overdue;
  }

  #count(call: Call, by: 1 | -1): void {
    this.#queued += by;
    if (call.work.kind === 'call') this.#queuedBytes += by * call.work.command.length;
    assert(this.#queued >= 0, 'a call leaves the queue once');
  }
}
