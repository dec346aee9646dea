import { present } from '../base/index.ts';
import { encodeItem } from '../paxos/index.ts';
import type { ClientRequest, ClientResponse, Item, RequestName, Slot } from '../paxos/index.ts';
import type { Call, Calls } from './calls.ts';
import { Blocked } from './blocked.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { Fates } from './fates.ts';
import type { Link } from './link.ts';
import { ReadMethods } from './read-methods.ts';
import { isStale, Reads } from './reads.ts';
import type { ReadProgress } from './reads.ts';
import { readReply, sameBytes } from './reply.ts';
import { pauseMs, RESEND_PAUSE } from './route.ts';
import { Window } from './window.ts';

/** After so long without a request the session may have expired: it is attached again first. */
export const REATTACH_MS = 600_000;

/** How far the session has come on the present connection. */
type Stage = 'idle' | 'opening' | 'attaching' | 'serving';

/** What is asked on the connection, and what the answers mean. */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #calls: Calls;
  readonly #link: Link;
  #stage: Stage = 'idle';
  #client: Uint8Array | undefined;
  #window: Window | undefined;
  readonly #reads = new Reads();
  readonly #fates: Fates;
  readonly blocked: Blocked;
  readonly #methods = new ReadMethods();
  /** The highest slot whose effect was seen. */
  #slot: Slot = 0;
  /** The leader did not take requests from `from` on; all of them wait until `at`. */
  #hold: { readonly at: number; readonly from: number } | undefined;
  #openAgainAt = Infinity;
  #readAgainAt = 0;
  #pauses = 0;
  /** The last sequence number that was sent before the sign of life was asked for. */
  #askedLast = 0;
  /** Signs of life since the last reply. */
  #signs = 0;
  #lastSentAt = 0;
  #out: ClientRequest[] = [];
  /** Opening was refused because a bound of the instance was reached. */
  openRefused = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#calls = parts.calls;
    this.#link = parts.link;
    this.#fates = new Fates(parts, (sequence) => this.blocked.isReturning(sequence));
    this.blocked = new Blocked({
      ...parts,
      window: () => this.#window,
      send: (request) => this.#send(request),
    });
  }

  /** Something is outstanding that only a leader can answer. */
  get wantsLeader(): boolean {
    const head = this.#calls.head();
    if (head !== undefined && !(isStale(head) && this.#methods.canRead(head, this.#window)))
      return true;
    return this.#wantsReplies || this.#reads.wantLeader || this.blocked.hasStake;
  }

  /** Somebody waits for a reply to a numbered request that does not wait in the object. */
  get #wantsReplies(): boolean {
    return (this.#window?.pendingCallers ?? 0) > 0 || this.#fates.isWatched;
  }

  /** An answer is due on the present connection. */
  get answerDue(): boolean {
    if (this.#link.leads) {
      if (this.#stage === 'opening') return this.#openAgainAt === Infinity;
      if (this.#stage === 'attaching') return true;
      if (this.#stage === 'serving' && (this.#wantsReplies || this.blocked.isAsked)) return true;
    }
    return this.#reads.areDue(this.#link.id);
  }

  /** The next time at which a pause ends, of those after `now`; Infinity when there is none. */
  wakeAfter(now: number): number {
    if (this.#link.id === 0) return Infinity;
    const times = [this.#hold?.at ?? Infinity, this.#openAgainAt, this.#acknowledgeAt];
    if (this.#reads.size > 0) times.push(this.#readAgainAt);
    if (this.#link.leads) times.push(this.blocked.askAt);
    return Math.min(...times.filter((at) => at > now));
  }

  /** A new connection: what was asked on an older one is asked again. A recovery counts slots anew. */
  begin(reads: ReadonlySet<string>, generation: number, instance: 'same' | 'recovered'): void {
    this.blocked.begin(generation);
    if (instance === 'recovered') this.#slot = 0;
    this.#stage = 'idle';
    this.#hold = undefined;
    this.#openAgainAt = Infinity;
    this.#readAgainAt = 0;
    this.#out = [];
    this.#methods.learn(reads);
  }

  /** Sends whatever may be sent now, in the order in which the calls were made. */
  pump(now: number, wall: number): void {
    this.blocked.watch({ at: now, wall });
    if (this.#link.id === 0) return;
    this.#askAgain(now);
    for (let call = this.#calls.head(); call !== undefined; call = this.#calls.head()) {
      if (!this.#advance(now, call)) return;
    }
    if (now < this.#acknowledgeAt || this.#window === undefined) return;
    this.#out.push(this.#window.acknowledge());
  }

  get #acknowledgeAt(): number {
    if (this.#window === undefined || !this.#link.leads) return Infinity;
    return this.#window.acknowledgeAt(this.#parts.acknowledgeBytes);
  }

  /** Asks for a sign of life. Returns false when no request serves that purpose. */
  ping(): boolean {
    if (this.#link.leads && this.#stage === 'opening') return this.#open();
    if (this.#link.leads && this.#wantsReplies && this.#window !== undefined) {
      return this.#attach(this.#window);
    }
    return false;
  }

  /** The requests of this turn. */
  takeRequests(): ClientRequest[] {
    const requests = this.#out;
    this.#out = [];
    return requests;
  }

  /** Unless everything is about to be sent again anyway. */
  #send(request: ClientRequest): void {
    if (this.#stage === 'serving' && this.#link.leads && this.#hold === undefined) {
      this.#out.push(request);
    }
  }

  /** Nobody waits for `call` any more. Returns its name when it may still be applied. */
  abandon(call: Call): RequestName | undefined {
    const place = call.place;
    switch (place.kind) {
      case 'queued':
        return undefined;
      case 'reading':
        this.#reads.drop(place.token);
        this.#progress(this.#reads.release());
        return undefined;
      case 'watching':
        this.#fates.unwatch(place.sequence, call);
        return undefined;
      case 'numbered': {
        const window = present(this.#window, 'session of a numbered call');
        // A call that is being undone can have its own reply already.
        const cancel = window.has(place.sequence) ? window.abandon(place.sequence) : undefined;
        const serving = this.#stage === 'serving' && this.#link.leads;
        const held = this.#hold !== undefined && place.sequence >= this.#hold.from;
        if (cancel !== undefined && serving && !held) this.#out.push(cancel);
        return { session: window.session, sequence: place.sequence };
      }
    }
  }

  /** Ends the session at the replicas. Returns false when no answer is to be expected. */
  farewell(): boolean {
    if (this.#window === undefined || !this.#link.leads) return false;
    this.#push({ kind: 'close', session: this.#window.session });
    return this.#stage === 'serving';
  }

  /** Answers on the present connection. What only the connection concerns is the session's matter. */
  answered(now: number, response: ClientResponse): void {
    switch (response.kind) {
      case 'opened':
        this.#opened(now, response.client, response.session);
        return;
      case 'openRefused':
        if (this.#stage !== 'opening' || !this.#isClient(response.client)) return;
        this.openRefused = true;
        this.#openAgainAt = this.#pauseFrom(now);
        return;
      case 'attached':
        if (response.session === this.#window?.session) this.#attached(now, response.next);
        return;
      case 'reply':
        if (response.session === this.#window?.session) this.#replied(now, response);
        return;
      case 'waiting':
        if (response.session !== this.#window?.session) return;
        this.#parts.events.served('decided');
        this.blocked.waits(response.sequence);
        return;
      case 'renewed':
        if (response.session !== this.#window?.session) return;
        this.#parts.events.served('attached');
        this.blocked.renewed(response);
        return;
      case 'resend':
        if (response.session === this.#window?.session) this.#resend(now, response.from);
        return;
      case 'readReply':
        this.#progress(this.#reads.answer(response));
        return;
      case 'readRefused':
        if (!this.#reads.postpone(response.token)) return;
        this.#readAgainAt = Math.max(this.#readAgainAt, this.#pauseFrom(now));
        return;
      case 'expired':
        if (response.session === this.#window?.session) this.#expired();
        return;
      case 'later':
      case 'view':
      case 'redirect':
      case 'noQuorum':
        return;
    }
  }

  /** Ends the pauses that are over, and asks again what a new connection does not know about. */
  #askAgain(now: number): void {
    if (now >= this.#readAgainAt) {
      const reads = this.#reads.unasked(this.#link.id, this.#link.leads ? 'leader' : 'other');
      for (const read of reads) this.#out.push(read);
    }
    if (!this.#link.leads) return;
    if (now >= this.#openAgainAt) this.#open();
    const window = this.#window;
    if (window === undefined) return;
    if (this.#stage === 'idle' && (this.#wantsReplies || this.blocked.hasStake))
      this.#attach(window);
    const sign = this.#stage === 'serving' ? this.blocked.sign(window.session) : undefined;
    if (sign !== undefined) this.#out.push(sign);
    if (this.#hold !== undefined && now >= this.#hold.at) {
      this.#sendAgain(now, window, this.#hold.from);
    }
  }

  /** Sends the head of the queue; false when it has to wait, and all others behind it. */
  #advance(now: number, call: Call): boolean {
    if (this.#methods.canRead(call, this.#window)) return this.#read(call);
    const work = call.work;
    const known = work.kind === 'resolve' && this.#fates.answers(call, work.target, this.#window);
    if (known || this.blocked.refuses(call)) return true;
    if (!this.#link.leads || this.#reads.size > 0 || !this.#isReady(now)) return false;
    const window = present(this.#window, 'session that is attached');
    if (!window.hasRoomFor(work.kind === 'call' ? work.command.length : 0)) return false;
    const { sequence, request } = window.add(work, call.id, this.blocked.now);
    this.#calls.take(call, { kind: 'numbered', sequence });
    this.#out.push(request);
    this.#lastSentAt = now;
    return true;
  }

  /** Whether numbered requests can be sent; takes the next step towards it when not. */
  #isReady(now: number): boolean {
    const window = this.#window;
    if (window === undefined) {
      if (this.#stage === 'idle') this.#open();
      return false;
    }
    const rested = this.#stage === 'serving' && window.size === 0;
    if (rested && now >= this.#lastSentAt + REATTACH_MS) this.#stage = 'idle';
    if (this.#stage === 'idle') this.#attach(window);
    return this.#stage === 'serving' && this.#hold === undefined && !this.blocked.mayOwnMore;
  }

  #read(call: Call): boolean {
    const stale = isStale(call);
    if (!this.#reads.hasRoom) return false;
    if (!stale && (!this.#link.leads || this.#reads.arePostponed(this.#link.id))) return false;
    const terms = {
      session: this.#window?.session ?? 0,
      after: stale ? 0 : (this.#window?.last ?? 0),
      atLeast: stale ? this.#slot : 0,
    };
    const { token, request } = this.#reads.add(call, terms, this.#link.id);
    this.#calls.take(call, { kind: 'reading', token });
    this.#out.push(request);
    return true;
  }

  #open(): true {
    this.#client ??= this.#parts.newClientId();
    const { leaseMs } = this.#parts;
    const lease = leaseMs === undefined ? {} : { leaseMs };
    this.#push({ kind: 'open', client: this.#client, ...lease });
    this.#stage = 'opening';
    this.#openAgainAt = Infinity;
    return true;
  }

  #attach(window: Window): true {
    this.#out.push({ kind: 'attach', session: window.session });
    this.#askedLast = window.last;
    if (this.#stage === 'idle') this.#stage = 'attaching';
    return true;
  }

  #push(item: Item): void {
    this.#out.push({ kind: 'item', item, bytes: encodeItem(item) });
  }

  #isClient(client: Uint8Array): boolean {
    return this.#client !== undefined && sameBytes(client, this.#client);
  }

  #opened(now: number, client: Uint8Array, session: number): void {
    if (this.#window !== undefined || !this.#isClient(client)) return;
    this.#window = new Window(session);
    this.#client = undefined;
    this.#stage = 'serving';
    this.#lastSentAt = now;
    this.#openAgainAt = Infinity;
    this.openRefused = false;
    this.#pauses = 0;
    this.#parts.events.served('decided');
  }

  #attached(now: number, next: number): void {
    const window = present(this.#window, 'session that was attached');
    this.#parts.events.served('attached');
    if (this.#stage === 'attaching') {
      this.#stage = 'serving';
      this.#sendAgain(now, window, 1);
      return;
    }
    if (this.#hold !== undefined) return;
    // What was sent before the leader was asked, and yet not taken, was lost in a change of leaders. And
    // replies can be lost with an older connection: now and then, ask for all that are still due.
    const asksForAll = Number.isInteger(Math.log2(++this.#signs));
    if (asksForAll) this.#sendAgain(now, window, 1);
    else if (next <= this.#askedLast) this.#sendAgain(now, window, next);
  }

  #sendAgain(now: number, window: Window, from: number): void {
    this.#hold = undefined;
    this.#lastSentAt = now;
    for (const request of window.from(from)) this.#out.push(request);
  }

  #resend(now: number, from: number): void {
    if (this.#stage !== 'serving' || from > (this.#window?.last ?? 0)) return;
    const at = this.#hold?.at ?? this.#pauseFrom(now);
    this.#hold = { at, from: Math.min(from, this.#hold?.from ?? from) };
  }

  /** When a pause that begins now ends. */
  #pauseFrom(now: number): number {
    return now + pauseMs(this.#parts.random, RESEND_PAUSE, this.#pauses++);
  }

  #replied(now: number, response: Extract<ClientResponse, { kind: 'reply' }>): void {
    const { sequence, slot, reply } = response;
    const fate = readReply(reply);
    this.#signs = 0;
    const ended = this.#window?.end(sequence, reply.length, now);
    if (ended === undefined) return;
    this.#slot = Math.max(this.#slot, slot);
    this.#pauses = 0;
    this.#parts.events.served('decided');
    const undone = this.blocked.undoneBy(sequence);
    this.blocked.replied(ended, slot, fate);
    if (undone !== undefined) this.#fates.know(undone, fate, true);
    if (this.blocked.isReturning(sequence)) return;
    this.#fates.know(sequence, fate, ended.caller === undefined && ended.kind === 'call');
  }

  #progress({ settled, refused }: ReadProgress): void {
    for (const { call, reply } of settled) {
      this.#pauses = 0;
      this.#slot = Math.max(this.#slot, reply.slot);
      this.#parts.events.served('decided');
      const { slot, result } = reply;
      this.#parts.events.settle(call, { kind: 'result', slot, result });
    }
    const culprit = refused[0]?.work;
    if (culprit === undefined) return;
    if (culprit.kind === 'call') this.#methods.refuse(culprit.method);
    this.#calls.putBack(refused);
  }

  #expired(): void {
    const window = present(this.#window, 'session that expired');
    this.#window = undefined;
    this.#stage = 'idle';
    this.#hold = undefined;
    for (const call of this.#fates.clear()) {
      this.#parts.events.settle(call, { kind: 'fate', fate: { kind: 'unknown' } });
    }
    this.blocked.ended();
    this.#parts.events.expired(window);
  }
}
