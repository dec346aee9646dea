import { Heap } from '../base/index.ts';
import type { Context } from './context.ts';
import type { Item, RequestName, SessionNumber } from './entry.ts';
import type { Cell } from './replies.ts';
import type { Sessions } from './sessions.ts';

/** How often leases are looked at, in heartbeats. */
const CHECK_HEARTBEATS = 4;
/** A step that comes later than so many heartbeats has slept: nobody but the leader is to blame. */
const AWAKE_HEARTBEATS = 2;
/** So many calls whose time is counted are not looked through for those that wait no more. */
const FEW_TIMED = 1024;

interface Timed {
  /** When its time is over, monotonic ms. */
  readonly at: number;
  readonly name: RequestName;
  /** Names the call also when the table is replaced: it is another one then. */
  readonly cell: Cell;
}

/**
 * The clocks of a leader in office (docs/protocol.md, Safety 12): whose lease is over, and which call has
 * waited for as long as it may. What follows is decided in the log. A lease is time that leaders have seen
 * pass: a new leader begins all of them anew.
 */
export class Leases {
  readonly #context: Context;
  readonly #sessions: Sessions;
  readonly #logTime: () => number;
  readonly #propose: (item: Item) => void;
  #open = false;
  /** Lease time, ms. */
  #clock = 0;
  #steppedAt = 0;
  #checkedAt = 0;
  /** When the lease of each session ends that waits or owns, but those whose end is proposed. */
  readonly #ends = new Map<SessionNumber, number>();
  readonly #lapsing = new Set<SessionNumber>();
  readonly #timed = new Heap<Timed>((a, b) => a.at < b.at);
  /** Calls with a day of time that are woken at once would pile up for a day. */
  #tidyAt = FEW_TIMED;

  /** @param propose Puts an item behind what waits for a slot. */
  constructor(
    context: Context,
    { sessions, logTime }: { readonly sessions: Sessions; readonly logTime: () => number },
    propose: (item: Item) => void,
  ) {
    this.#context = context;
    this.#sessions = sessions;
    this.#logTime = logTime;
    this.#propose = propose;
  }

  /** The end of the session's lease is on its way to the log: nothing that it hears renews it any more. */
  isLapsing(session: SessionNumber): boolean {
    return this.#lapsing.has(session);
  }

  /** Calls whose time is counted, also of some that have been woken since. */
  get timed(): number {
    return this.#timed.size;
  }

  /** A sign of life has come. */
  heard(session: SessionNumber): void {
    if (this.#ends.has(session)) this.#begin(session);
  }

  /** The end of its lease was decided, or the session is gone. */
  lapsed(session: SessionNumber): void {
    this.#lapsing.delete(session);
  }

  /** @param leads Whether this replica is in office, and has applied what earlier leaders have decided. */
  advance(leads: boolean): void {
    const { stakes } = this.#sessions;
    const changed = stakes.takeChanged();
    const timed = stakes.takeTimed();
    if (!leads) return this.#close();
    if (this.#open) {
      for (const session of changed) this.#follow(session);
      for (const name of timed) this.#time(name, 'now');
    } else this.#begins();
    this.#pass();
    while ((this.#timed.first?.at ?? Infinity) <= this.#context.now)
      this.#timeOut(this.#timed.pop());
    if (this.#clock - this.#checkedAt >= CHECK_HEARTBEATS * this.#context.timing.heartbeat) {
      this.#check();
    }
  }

  /** This leadership is over, and what it had not proposed is forgotten. */
  shut(): void {
    this.#close();
    this.#lapsing.clear();
  }

  /** As long as the leadership lasts, ends that were proposed are still on their way. */
  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#ends.clear();
    this.#timed.clear();
  }

  /** A new leader has heard nobody yet: every lease is whole. */
  #begins(): void {
    const { stakes } = this.#sessions;
    this.#open = true;
    this.#steppedAt = this.#context.now;
    for (const session of stakes.sessions()) {
      if (!this.#lapsing.has(session)) this.#begin(session);
      for (const [sequence] of stakes.waitingOf(session)) this.#time({ session, sequence }, 'then');
    }
  }

  #pass(): void {
    const { now, timing } = this.#context;
    this.#clock += Math.min(now - this.#steppedAt, AWAKE_HEARTBEATS * timing.heartbeat);
    this.#steppedAt = now;
  }

  #begin(session: SessionNumber): void {
    this.#ends.set(session, this.#clock + this.#sessions.leaseMs(session));
  }

  #follow(session: SessionNumber): void {
    if (!this.#sessions.stakes.has(session)) this.#ends.delete(session);
    else if (!this.#ends.has(session) && !this.#lapsing.has(session)) this.#begin(session);
  }

  /**
   * @param since When it began to wait: in this step, or at the time that the log says. What has passed
   *   since by the log is never more than what has passed: nobody's time is over too early.
   */
  #time(name: RequestName, since: 'now' | 'then'): void {
    const call = this.#sessions.stakes.waiting(name);
    if (call === undefined || call.timeoutMs === 0) return;
    const { now } = this.#context;
    const passed = since === 'now' ? 0 : Math.max(0, this.#logTime() - call.since);
    const left = call.timeoutMs - Math.min(call.timeoutMs, passed);
    this.#timed.push({ at: now + left, name, cell: call.cell });
    if (this.#timed.size <= this.#tidyAt) return;
    this.#timed.retain((timed) => this.#waits(timed));
    this.#tidyAt = Math.max(FEW_TIMED, 2 * this.#timed.size);
  }

  #waits({ cell, name }: Timed): boolean {
    return this.#sessions.stakes.waiting(name)?.cell === cell;
  }

  #timeOut(timed: Timed | undefined): void {
    if (timed === undefined || !this.#waits(timed)) return;
    this.#propose({ kind: 'timeout', call: timed.name });
  }

  #check(): void {
    this.#checkedAt = this.#clock;
    const over: SessionNumber[] = [];
    for (const [session, end] of this.#ends) if (end <= this.#clock) over.push(session);
    if (over.length === 0) return;
    for (const session of over) {
      this.#ends.delete(session);
      this.#lapsing.add(session);
    }
    this.#propose({ kind: 'lapse', sessions: over });
  }
}
