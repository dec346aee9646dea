import { limits } from '../base/index.ts';
import type { ClientRequest, ClientResponse, Moment } from '../paxos/index.ts';

/** So many signs of life in a lease. */
const SIGNS = 4;
/** While calls may wait for an answer, a sign of life is repeated after so long, ms: it can be lost. */
const REPEAT_MS = 2000;
/** The part of a lease that the client counts on: clocks run at different speeds, and timers come late. */
const COUNTED = 0.85;

/** Of what a leader tells by itself. */
const UNASKED = 0;

type Renewed = Extract<ClientResponse, { kind: 'renewed' }>;

/**
 * What keeps alive what the session owns (docs/protocol.md, Safety 12). A lease counts from when the last
 * sign of life was sent that a leader has answered: whatever the leader's clock says, it began later.
 */
export class Lease {
  readonly #leaseMs: number;
  #owned = new Set<number>();
  /** Given back for as long as a call waits, as a condition gives back the lock. */
  #resting = new Set<number>();
  /** Something may be owned that is not known here. */
  #unsure = false;
  #losses = 0;
  #token = 0;
  #asked: { readonly token: number; readonly sent: Moment } | undefined;
  #askAgainAt = -Infinity;
  #from: Moment | undefined;

  constructor(leaseMs: number = limits.DEFAULT_LEASE_MS) {
    this.#leaseMs = leaseMs;
  }

  /** The calls by which the session owns something. */
  get owned(): ReadonlySet<number> {
    return this.#owned;
  }

  /** A leader has to be asked what is owned. */
  get isUnsure(): boolean {
    return this.#unsure;
  }

  /** The call has given something, which is owned or may be again. */
  knows(sequence: number): boolean {
    return this.#owned.has(sequence) || this.#resting.has(sequence);
  }

  /** An answer is due. */
  get isAsked(): boolean {
    return this.#asked !== undefined;
  }

  /** When the next sign of life is due. */
  get askAt(): number {
    return this.#askAgainAt;
  }

  /** When what is owned must be taken for lost, by the monotonic clock. */
  get endsAt(): number {
    if (this.#owned.size === 0 || this.#from === undefined) return Infinity;
    return this.#from.at + this.#leaseMs * COUNTED;
  }

  /** A new connection: whoever leads now has not heard of us. */
  reconnected(): void {
    this.#asked = undefined;
    this.#askAgainAt = -Infinity;
  }

  ask(now: Moment, session: number): ClientRequest {
    // A repetition is the same question: a leader that has it does not begin to answer it anew.
    const repeated = this.#unsure ? this.#asked : undefined;
    this.#asked = repeated ?? { token: ++this.#token, sent: now };
    const pause = this.#leaseMs / SIGNS;
    this.#askAgainAt = now.at + (this.#unsure ? Math.min(pause, REPEAT_MS) : pause);
    return { kind: 'renew', token: this.#asked.token, session };
  }

  /** Returns what was lost. */
  answered(response: Renewed): readonly number[] {
    const { losses, owned, resting, token } = response;
    const asked = this.#asked;
    if (token === UNASKED) {
      // No majority has confirmed that leader. It may be right about a loss, and is not about anything else.
      this.doubt();
      this.#askAgainAt = -Infinity;
      if (losses <= this.#losses) return [];
    }
    if (asked?.token === token) {
      this.#count(asked.sent);
      this.#asked = undefined;
      this.#unsure = false;
    }
    const before = [...this.#owned, ...this.#resting];
    this.#owned = new Set(owned);
    this.#resting = new Set(resting);
    const gone = before.filter((sequence) => !this.knows(sequence));
    const isLoss = losses > this.#losses;
    this.#losses = Math.max(losses, this.#losses);
    return isLoss ? gone : [];
  }

  /**
   * A call has ended by which something may be owned that no reply speaks of: a leader has to say so. Until
   * it does, what was owned before counts as owned.
   */
  doubt(): void {
    for (const sequence of this.#resting) this.#owned.add(sequence);
    this.#resting.clear();
    this.#unsure = true;
    const repeatAt = this.#asked === undefined ? -Infinity : this.#asked.sent.at + REPEAT_MS;
    this.#askAgainAt = Math.min(this.#askAgainAt, repeatAt);
  }

  get mayOwnAgain(): boolean {
    return this.#resting.size > 0;
  }

  /** The session owns something by a call that was first sent at this time. */
  granted(sequence: number, sent: Moment): void {
    this.#owned.add(sequence);
    this.#count(sent);
  }

  #count(sent: Moment): void {
    if (this.#from === undefined || sent.at > this.#from.at) this.#from = sent;
  }

  /** By both clocks: when one of them says that the time has passed, it has. */
  isOver(now: Moment): boolean {
    const from = this.#from;
    if (this.#owned.size === 0 || from === undefined) return false;
    const passed = Math.max(now.at - from.at, now.wall - from.wall);
    return passed >= this.#leaseMs * COUNTED;
  }

  /** All that was owned is lost, or to be taken for lost. */
  lose(): readonly number[] {
    const lost = [...this.#owned];
    this.#owned.clear();
    return lost;
  }

  /** Another session begins. */
  reset(): readonly number[] {
    const lost = [...this.lose(), ...this.#resting];
    this.#resting.clear();
    this.#unsure = false;
    this.#losses = 0;
    this.#from = undefined;
    this.reconnected();
    return lost;
  }
}
