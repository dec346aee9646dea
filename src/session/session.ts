import { assert, limits, MalformedBytes } from '../base/index.ts';
import type { ClientResponse, RequestName } from '../paxos/index.ts';
import { Calls } from './calls.ts';
import type { Call, Work } from './calls.ts';
import { Exchange } from './exchange.ts';
import { BLOCKED, explainRedirect, mismatch, overdue, PARTED, unanswered } from './explain.ts';
import type { Life } from './life.ts';
import { Link } from './link.ts';
import { failed, formatRequestId, parseRequestId } from './reply.ts';
import { Route } from './route.ts';
import { FINAL_REFUSALS } from './types.ts';
import { Service } from './service.ts';
import type {
  CallId,
  CallRequest,
  GiveUp,
  Greeting,
  LinkId,
  ResolveRequest,
  SessionEffect,
  SessionOptions,
  Settlement,
} from './types.ts';
import type { Window } from './window.ts';

/** How long `close` waits for a replica to confirm the end of the session. */
const FAREWELL_MS = 500;

/**
 * The client's half of the protocol (docs/protocol.md, Clients), without sockets, clock and dice: events
 * in, and at the end of each turn an ordered list of effects out. See index.ts for how to drive it.
 */
export class ClientSession {
  readonly #calls: Calls;
  readonly #route: Route;
  readonly #link: Link;
  readonly #exchange: Exchange;
  readonly #callsAtOnce: number | undefined;
  #instance: string | undefined;
  /** The latest generation of it that was met. */
  #generation = 0;
  /** Why the last request was refused. */
  #diskFull = false;
  #effects: SessionEffect[] = [];
  #now = 0;
  #life: Life = { kind: 'open' };
  readonly #service: Service;

  constructor(options: SessionOptions) {
    this.#calls = new Calls(options.callsAtOnce);
    this.#callsAtOnce = options.callsAtOnce;
    this.#instance = options.instance;
    this.#route = new Route(options.bootstrap);
    this.#link = new Link(options.random, this.#route, (effect) => this.#effects.push(effect));
    this.#service = new Service(this.#link, options.quorumTimeoutMs);
    this.#exchange = new Exchange({
      random: options.random,
      newClientId: options.newClientId,
      calls: this.#calls,
      link: this.#link,
      acknowledgeBytes: options.acknowledgeBytes,
      leaseMs: options.leaseMs,
      events: {
        settle: (call, settlement) => this.#settle(call, settlement),
        served: (by) => this.#service.served(by),
        lost: (sequences, reason) => {
          this.#effects.push({ kind: 'lost', sequences, reason });
        },
        expired: (window) => this.#onExpired(window),
      },
    });
  }

  /** The next turn is due at this time at the latest; Infinity when only events can change anything. */
  get wakeAt(): number {
    if (this.#life.kind === 'closed') return Infinity;
    return Math.min(
      this.#link.wakeAt,
      this.#exchange.wakeAfter(this.#now),
      this.#exchange.blocked.endsAt,
      this.#calls.size === 0 ? Infinity : this.#calls.earliestDeadline,
      this.#service.failsAt(this.#calls.oldest()),
      this.#life.kind === 'open' ? Infinity : this.#life.until,
    );
  }

  /** Whether a connection is needed: somebody waits, or something that is owned would be lost without. */
  get isNeeded(): boolean {
    return this.#life.kind !== 'closed' && this.#want().any;
  }

  /** Calls that somebody waits for. */
  get outstanding(): number {
    return this.#calls.size;
  }

  /** The instance that was met, or was given to begin with. */
  get instance(): string | undefined {
    return this.#instance;
  }

  /** Makes a call. It is sent at the end of the turn, when nothing before it stands in the way. */
  call(now: number, request: CallRequest): CallId {
    // By name: a rest of a pattern and a spread are several times slower, and every call goes through here.
    const { command, consistency, deadline, fence, maxLagMs, method, waitDeadline } = request;
    const bytes = command.length;
    assert(bytes <= limits.MAX_COMMAND_BYTES, 'a command is checked before it is sent');
    const room = this.#calls.hasRoomFor(bytes);
    const work: Work = { kind: 'call', method, command, consistency, maxLagMs, fence };
    const call = this.#calls.add(work, now, deadline, waitDeadline);
    if (this.#life.kind !== 'open') {
      this.#fail(call, { code: 'CLOSED', message: 'the proxy was closed' });
    } else if (!room) {
      const message = `${this.#calls.queued - 1} calls of this proxy wait to be sent already`;
      this.#fail(call, { code: 'OVERLOADED', message });
    } else if (this.#isBlocked) this.#fail(call, BLOCKED);
    return call.id;
  }

  /** One call at a time, and that one waits for what a call behind it might bring. */
  get #isBlocked(): boolean {
    return this.#callsAtOnce === 1 && this.#calls.waitingCount > 0;
  }

  /** Gives back what a call has given that the caller does not want any more. */
  giveBack(name: RequestName): void {
    const { kind } = this.#life;
    // With the session everything goes back.
    if (kind === 'open' || kind === 'draining') this.#exchange.blocked.giveBackOf(name);
  }

  /** Asks what became of a request, or makes sure that it never happens. Throws `INVALID_ARGUMENT`. */
  resolve(now: number, { requestId, deadline }: ResolveRequest): CallId {
    const { instance, ...target } = parseRequestId(requestId);
    const call = this.#calls.add({ kind: 'resolve', target, instance }, now, deadline);
    if (this.#life.kind !== 'open') {
      this.#fail(call, { code: 'CLOSED', message: 'the proxy was closed' });
    } else if (instance !== (this.#instance ?? instance)) {
      this.#fail(call, mismatch(`the request was made to instance ${instance}`, this.#instance));
    }
    return call.id;
  }

  /**
   * The caller stops waiting. A call that waits in the object is settled when it is out of there, or soon
   * after as unknown. Does nothing when it is settled already.
   */
  giveUp(now: number, id: CallId, reason: GiveUp): void {
    const call = this.#calls.get(id);
    if (call !== undefined && !this.#exchange.blocked.withdraw(call, reason, now))
      this.#fail(call, reason);
  }

  /**
   * Takes no more calls, lets those under way finish for `graceMs`, then gives them up for `reason`, ends
   * the session at the replicas and the connection. The end is the effect `closed`.
   */
  close(now: number, graceMs: number, reason: GiveUp): void {
    if (this.#life.kind === 'closed' || this.#life.kind === 'parting') return;
    const until = now + graceMs;
    if (this.#life.kind === 'draining' && this.#life.until <= until) return;
    this.#life = { kind: 'draining', until, reason };
  }

  /** The replica at the other end of `link` has greeted. */
  connected(now: number, link: LinkId, greeting: Greeting): void {
    if (!this.#link.isConnecting(link)) return;
    const { instance, generation, view, leads, leader } = greeting;
    if (instance !== (this.#instance ?? instance)) {
      const where = `a replica of instance ${instance} answers at ${this.#link.address}`;
      this.#link.drop(now, 'belongs to another instance');
      for (const call of this.#calls.all()) this.#fail(call, mismatch(where, this.#instance));
      return;
    }
    if (generation < this.#generation) {
      this.#link.drop(now, 'belongs to a generation that is over');
      return;
    }
    // Slots and epochs count anew from where the recovery found the log to end.
    const recovered = generation > this.#generation;
    if (recovered) this.#route.forget();
    this.#instance = instance;
    this.#generation = generation;
    this.#service.greeted();
    this.#route.learn(view);
    this.#service.left();
    this.#exchange.begin(greeting.reads, generation, recovered ? 'recovered' : 'same');
    if (leads) this.#link.greeted();
    else this.#link.redirected(now, leader, explainRedirect(leader));
    // An instance that a request id names is only known now, when this is the first connection.
    for (const call of this.#calls.all()) {
      if (call.work.kind !== 'resolve' || call.work.instance === instance) continue;
      this.#fail(call, mismatch(`the request was made to ${call.work.instance}`, instance));
    }
  }

  /** The connection was not made, or broke. `reason` is for people. */
  disconnected(now: number, link: LinkId, reason: string): void {
    if (!this.#link.isCurrent(link)) return;
    this.#service.left();
    this.#link.broken(now, reason);
  }

  /** A name among the addresses stands for these at present. */
  found(name: string, addresses: readonly string[]): void {
    this.#link.refer(this.#route.found(name, addresses));
  }

  /** The address is a name that does not exist, or lists nobody, as whoever knows it says. */
  missing(now: number, link: LinkId, reason: GiveUp): void {
    const name = this.#link.address;
    if (!this.#link.isCurrent(link) || name === undefined) return;
    this.disconnected(now, link, reason.message);
    // To ask again would bring the same answer for a while: whoever waits should correct the name.
    if (this.#route.missing(name)) for (const call of this.#calls.all()) this.#fail(call, reason);
  }

  /** The replica refused us, for a reason of the catalog. */
  refused(now: number, link: LinkId, reason: GiveUp): void {
    if (!this.#link.isCurrent(link)) return;
    const address = this.#link.address ?? 'the replica';
    this.disconnected(now, link, `refused: ${reason.message}`);
    // To look elsewhere would not help, or would hide what has to be corrected.
    if (!FINAL_REFUSALS.has(reason.code)) return;
    const why = { code: reason.code, message: `${address}: ${reason.message}` };
    for (const call of this.#calls.all()) this.#fail(call, why);
  }

  /** Bytes moved on the connection, in either direction. */
  heard(now: number, link: LinkId): void {
    if (this.#link.isCurrent(link)) this.#link.heard(now);
  }

  /** Responses, in the order in which they came. */
  received(now: number, link: LinkId, responses: readonly ClientResponse[]): void {
    for (const response of responses) {
      if (this.#link.id !== link || link === 0 || this.#life.kind === 'closed') return;
      this.#link.heard(now);
      try {
        this.#respond(now, response);
      } catch (error) {
        if (!(error instanceof MalformedBytes)) throw error;
        this.#service.left();
        this.#link.drop(now, `malformed response: ${error.message}`);
      }
    }
  }

  /** Ends a turn: does whatever is due, and returns what the world has to do. */
  turn(now: number, wall = now): readonly SessionEffect[] {
    if (this.#life.kind !== 'closed') {
      this.#now = now;
      this.#failOverdue(now);
      const ping = this.#link.watch(now);
      if (this.#link.id === 0) this.#service.left();
      this.#link.step(now, this.#want());
      this.#exchange.pump(now, wall);
      if (this.#isBlocked) this.#failQueued();
      if (ping && this.#link.id !== 0 && !this.#exchange.ping()) {
        this.#effects.push({ kind: 'ping', link: this.#link.id });
      }
      if (this.#calls.size === 0) this.#finish(now);
      this.#link.expect(now, this.#exchange.answerDue ? 'due' : 'none');
      this.#service.watch(now, this.#calls.size > 0);
      this.#send();
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #want(): { readonly any: boolean; readonly leader: boolean } {
    const any =
      this.#calls.size > 0 || (this.#life.kind === 'open' && this.#exchange.blocked.hasStake);
    return { any, leader: any && this.#exchange.wantsLeader };
  }

  #send(): void {
    const requests = this.#exchange.takeRequests();
    if (requests.length === 0 || this.#link.id === 0) return;
    this.#effects.push({ kind: 'send', link: this.#link.id, requests });
  }

  #respond(now: number, response: ClientResponse): void {
    switch (response.kind) {
      case 'redirect':
        this.#service.left();
        this.#route.learn(response.view);
        this.#link.redirected(now, response.leader, explainRedirect(response.leader));
        return;
      case 'noQuorum': {
        const missing = response.missing.map((id) => this.#route.addressOf(id)).join(', ');
        this.#service.left();
        this.#service.noMajority();
        this.#link.redirected(now, undefined, `leads, but does not reach ${missing}`);
        return;
      }
      case 'view':
        return this.#route.learn(response.view);
      case 'later':
        this.#service.served('attached');
        return;
      case 'readRefused':
        this.#exchange.answered(now, response);
        if (response.reason === 'late') this.#link.late(now);
        else if (response.reason === 'notLeader' && this.#link.leads) {
          this.#service.left();
          this.#link.redirected(now, undefined, explainRedirect(undefined));
        }
        return;
      default:
        if (response.kind === 'resend') this.#diskFull = response.reason === 'diskFull';
        else if (response.kind === 'reply') this.#diskFull = false;
        this.#exchange.answered(now, response);
    }
  }

  #failQueued(): void {
    for (const call of this.#calls.all()) {
      if (call.place.kind === 'queued') this.#fail(call, BLOCKED);
    }
  }

  #onExpired(window: Window): void {
    for (const { sequence, caller } of window.waiting()) {
      // The call and what should undo it are two requests.
      const call = this.#calls.get(caller);
      if (call === undefined) continue;
      const requestId = this.#requestId(window.session, sequence);
      const message = 'the session expired while the call was under way';
      this.#settle(call, failed({ code: 'SESSION_EXPIRED', message }, 'unknown', requestId));
    }
    if (this.#life.kind === 'parting') this.#life = { kind: 'parting', until: this.#now };
  }

  #settle(call: Call, settlement: Settlement): void {
    this.#calls.remove(call);
    this.#effects.push({ kind: 'settled', id: call.id, settlement });
  }

  #fail(call: Call, reason: GiveUp): void {
    // Giving up one read can settle others that its absence held back.
    if (this.#calls.get(call.id) === undefined) return;
    const name = this.#exchange.abandon(call);
    // What a resolve asked about is not known either, and may be asked about again.
    if (call.work.kind === 'resolve') {
      const requestId = formatRequestId({ ...call.work.target, instance: call.work.instance });
      this.#settle(call, failed(reason, 'unknown', requestId));
    } else if (name === undefined) {
      this.#settle(call, failed(reason, 'not-applied', undefined));
    } else {
      const requestId = this.#requestId(name.session, name.sequence);
      this.#settle(call, failed(reason, 'unknown', requestId));
    }
  }

  #requestId(session: number, sequence: number): string {
    return formatRequestId({ session, sequence, instance: this.#instance ?? '' });
  }

  #drain({ reason, until }: Extract<Life, { kind: 'draining' }>, now: number): void {
    for (const call of this.#calls.all()) {
      if (now >= until) this.#fail(call, reason);
      // It might wait for as long as it may: nobody wants that any more.
      else if (call.waits) this.giveUp(now, call.id, reason);
    }
  }

  #failOverdue(now: number): void {
    if (this.#life.kind === 'draining') this.#drain(this.#life, now);
    for (const call of this.#calls.overdue(now)) {
      if (call.withdrawn !== undefined) this.#fail(call, unanswered(call.withdrawn));
      else this.giveUp(now, call.id, overdue(call, this.#diskFull, this.#link.failures));
    }
    let oldest = this.#calls.oldest();
    while (oldest !== undefined && now >= this.#service.failsAt(oldest)) {
      this.#fail(oldest, this.#service.failure(this.#exchange.openRefused));
      oldest = this.#calls.oldest();
    }
  }

  /** The next step of `close`, when nobody waits any more. */
  #finish(now: number): void {
    if (this.#life.kind === 'draining') {
      this.#exchange.blocked.part(PARTED);
      const answered = this.#exchange.farewell();
      this.#life = { kind: 'parting', until: answered ? now + FAREWELL_MS : now };
    }
    if (this.#life.kind !== 'parting') return;
    if (this.#link.id !== 0 && now < this.#life.until) return;
    this.#send();
    this.#link.end();
    this.#life = { kind: 'closed' };
    this.#effects.push({ kind: 'closed' });
  }
}
