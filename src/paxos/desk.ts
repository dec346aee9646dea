import { limits } from '../base/index.ts';
import type { Applier } from './applier.ts';
import { Attachments } from './attachments.ts';
import type { Slot } from './ballot.ts';
import type { ClientRequest, ConnectionId, ItemRequest } from './client.ts';
import type { Context } from './context.ts';
import { encodeBatch, encodeItem } from './entry.ts';
import type { Item, RequestName, SessionNumber } from './entry.ts';
import type { Leader } from './leader.ts';
import type { Log } from './log.ts';
import { Expiry } from './expiry.ts';
import { Leases } from './leases.ts';
import { Openers } from './openers.ts';
import { saysThatItMayOwn } from './reply.ts';
import { RequestQueue } from './request-queue.ts';
import { hex, unhex } from './sessions.ts';
import type { Outcomes } from './settler.ts';
import { HeldRequests, isSign } from './held-requests.ts';
import type { Office } from './held-requests.ts';
import { memberOf } from './view.ts';
import { WaitingCallers } from './waiting-callers.ts';
import { Withheld } from './withheld.ts';

/**
 * Where clients' requests are taken in. The desk of a leader lets each request of a session pass once, in
 * sequence, and gathers them into batches; every other replica's desk says who leads. What it remembers is
 * volatile: the session table at apply decides what happens, and a desk that errs costs a repetition.
 */
export class Desk implements Outcomes {
  readonly #context: Context;
  readonly #log: Log;
  readonly #applier: Applier;
  readonly #queue = new RequestQueue();
  /** Requests that came while this replica led and could not take them up yet. */
  readonly #held = new HeldRequests();
  readonly #attached = new Attachments();
  readonly #openers = new Openers();
  /** The highest sequence number of each session that this leadership has let pass. */
  readonly #passed = new Map<SessionNumber, number>();
  readonly #expiry: Expiry;
  readonly leases: Leases;
  readonly waits: WaitingCallers;
  /** Said once in a step to whom it concerns. */
  #told = new Set<string>();
  #diskFull = false;

  constructor(context: Context, log: Log, applier: Applier) {
    this.#context = context;
    this.#log = log;
    this.#applier = applier;
    this.#expiry = new Expiry(context, applier.sessions);
    this.waits = new WaitingCallers(context, this.#attached, applier.sessions);
    const { sessions } = applier;
    const logTime = (): number => applier.time;
    this.leases = new Leases(context, { sessions, logTime }, (item) => {
      this.#queue.push(encodeItem(item));
    });
  }

  get queued(): number {
    return this.#queue.length;
  }

  get clients(): number {
    return this.#attached.size;
  }

  setDisk(state: 'full' | 'free'): void {
    this.#diskFull = state === 'full';
  }

  /**
   * A request that is not a read, at a replica that leads (`ready`), leads and must catch up first (`later`),
   * is about to lead (`soon`), or does not.
   */
  request(connection: ConnectionId, request: ClientRequest, office: Office): void {
    if (office === 'none') this.redirect(connection);
    else if (office !== 'ready') this.#hold(connection, request, office);
    else if (request.kind === 'attach') this.#attach(connection, request.session);
    else if (request.kind === 'item') this.#item(connection, request);
  }

  /** Tells a client who leads; `leader` is the address that the replica last followed. */
  redirect(connection: ConnectionId): void {
    if (!this.#once(`redirect ${connection}`)) return;
    const { leaderId } = this;
    const leader = leaderId === undefined ? undefined : memberOf(this.#log.view, leaderId)?.address;
    this.#context.respond(connection, { kind: 'redirect', leader, view: this.#log.view });
  }

  /** Whom this replica follows; set by the replica before each step. */
  leaderId: number | undefined;
  #silent = false;
  /** What must not be told yet, while there is such a thing. */
  #withheld: Withheld | undefined;
  /** Connections whose clients wait for a reply that was not sent. */
  readonly #missed = new Set<ConnectionId>();

  #once(key: string): boolean {
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }

  #hold(connection: ConnectionId, request: ClientRequest, office: 'later' | 'soon'): void {
    if (this.#held.add(connection, request) === 'full') this.redirect(connection);
    else if (office === 'later' && isSign(request) && this.#once(`later ${connection}`)) {
      this.#context.respond(connection, { kind: 'later' });
    }
  }

  /** This replica leads now: what waited for it comes in. */
  open(): void {
    for (const { connection, request } of this.#held.take())
      this.request(connection, request, 'ready');
  }

  connections(): Iterable<ConnectionId> {
    return this.#attached.connections();
  }

  get holds(): boolean {
    return this.#held.size > 0;
  }

  /** This replica leads no more: everything that it has not proposed is forgotten, and clients are told. */
  shut(): void {
    const connections = new Set([...this.#attached.connections(), ...this.#openers.connections()]);
    for (const { connection } of this.#held.take()) connections.add(connection);
    this.#queue.clear();
    this.#withheld = undefined;
    this.#passed.clear();
    this.#expiry.clear();
    this.waits.clear();
    this.leases.shut();
    for (const connection of connections) this.redirect(connection);
    // What is executed later may be heavy, and only who leads knows when it may be told (Safety 11).
    this.#attached.clear();
    this.#openers.clear();
  }

  #attach(connection: ConnectionId, session: SessionNumber): void {
    const next = this.#applier.sessions.next(session);
    if (next === undefined) {
      this.#context.respond(connection, { kind: 'expired', session });
      return;
    }
    this.#route(session, connection);
    const passed = this.#passed.get(session) ?? 0;
    this.#context.respond(connection, {
      kind: 'attached',
      session,
      next: Math.max(passed + 1, next),
    });
  }

  #route(session: SessionNumber, connection: ConnectionId): void {
    this.#expiry.heard(session);
    this.leases.heard(session);
    this.#attached.attach(session, connection);
  }

  disconnected(connection: ConnectionId): void {
    for (const session of this.#attached.drop(connection)) this.#expiry.heard(session);
    this.#missed.delete(connection);
    this.#held.drop(connection);
    this.#openers.drop(connection);
  }

  #item(connection: ConnectionId, request: ItemRequest): void {
    const { item } = request;
    switch (item.kind) {
      case 'open':
        this.#open(connection, hex(item.client), request);
        return;
      case 'close':
      case 'acknowledge':
        this.#unnumbered(connection, item.session, request.bytes);
        return;
      case 'expire':
      case 'lapse':
      case 'timeout':
      case 'era':
        return;
      default:
        this.#numbered(connection, item, request.bytes);
    }
  }

  /** What may be repeated, or lost. */
  #unnumbered(connection: ConnectionId, session: SessionNumber, bytes: Uint8Array): void {
    if (this.#applier.sessions.next(session) === undefined) {
      this.#context.respond(connection, { kind: 'expired', session });
    } else if (this.#refuses(bytes.length) === undefined) {
      this.#route(session, connection);
      this.#queue.push(bytes);
    }
  }

  #open(connection: ConnectionId, client: string, request: ItemRequest): void {
    this.#openers.set(client, connection);
    const session = this.#applier.sessions.find(client);
    if (session !== undefined) this.opened(client, session);
    else if (this.#refuses(request.bytes.length) !== undefined) this.openRefused(client);
    else this.#queue.push(request.bytes);
  }

  #numbered(
    connection: ConnectionId,
    item: Extract<Item, { sequence: number }>,
    bytes: Uint8Array,
  ): void {
    const { session, sequence } = item;
    const next = this.#applier.sessions.next(session);
    if (next === undefined) {
      if (this.#once(`expired ${session}`))
        this.#context.respond(connection, { kind: 'expired', session });
      return;
    }
    this.#route(session, connection);
    const passed = Math.max(this.#passed.get(session) ?? 0, next - 1);
    if (sequence <= passed) return this.#again({ session, sequence }, item.kind, bytes);
    const reason = sequence > passed + 1 ? 'gap' : this.#refusesNumbered(session, sequence, bytes);
    if (reason !== undefined) {
      if (this.#once(`resend ${session}`)) {
        this.#context.respond(connection, { kind: 'resend', session, from: passed + 1, reason });
      }
      return;
    }
    this.#passed.set(session, sequence);
    const command = item.kind === 'call' ? item.command : undefined;
    this.#queue.push(bytes, this.waits.called(session, command));
  }

  /** A request that has come before, or one that takes its place. */
  #again(name: RequestName, kind: Item['kind'], bytes: Uint8Array): void {
    const kept = this.#applier.sessions.reply(name);
    const mayOwn = kept === undefined || saysThatItMayOwn(kept.reply);
    // What nobody waits for goes back first: a release that comes behind it is not meant for it.
    if (kind === 'cancel' && mayOwn) this.#queue.push(bytes);
    else if (kept !== undefined) this.replied(name, kept.slot, kept.reply);
    else this.waiting(name);
  }

  /**
   * A session may run ahead of what is applied only so far. The replies that it keeps must not hold it up: a
   * request that is sent again acknowledges no more than it did at first, so it would be held up for ever.
   */
  #refusesNumbered(
    session: SessionNumber,
    sequence: number,
    bytes: Uint8Array,
  ): 'overloaded' | 'diskFull' | undefined {
    const { sessions } = this.#applier;
    // What it would gain now it would lose in a moment, before it hears of that (Safety 12).
    if (this.leases.isLapsing(session)) return 'overloaded';
    const ahead = sequence - (sessions.next(session) ?? 0) >= limits.SESSION_WINDOW;
    return ahead ? 'overloaded' : this.#refuses(bytes.length);
  }

  #refuses(bytes: number): 'overloaded' | 'diskFull' | undefined {
    if (this.#diskFull) return 'diskFull';
    return this.#queue.hasRoomFor(bytes) ? undefined : 'overloaded';
  }

  /** Proposes what is queued, in batches, as far as the window has room; what can wait stays a moment. */
  pump(leader: Leader): void {
    const { now, wall, random } = this.#context;
    const isUnderWay = this.#applier.applied < leader.nextSlot - 1;
    if ((isUnderWay || this.waits.expected) && !this.#queue.isDue(now)) return;
    this.#queue.drain(
      () => leader.hasRoom(limits.BATCH_TARGET_BYTES),
      (items) => leader.propose(encodeBatch(wall, random.uint32(), items)),
    );
  }

  /** Proposes the end of sessions that nobody has used for the lifetime of request records. */
  expireSessions(): void {
    const sessions = this.#expiry.overdue((session) => this.#attached.of(session) !== undefined);
    if (sessions.length > 0) this.#queue.push(encodeItem({ kind: 'expire', sessions }));
  }

  /**
   * While members differ, nobody is told what this replica computed. The table keeps the replies: whoever
   * missed one is sent away afterwards, comes back, and asks again.
   */
  setSilent(silent: boolean): void {
    this.#silent = silent;
    if (silent) return;
    for (const connection of this.#missed) this.redirect(connection);
    this.#missed.clear();
  }

  get withholds(): boolean {
    return this.#withheld !== undefined;
  }

  /** As long as it might have to be taken back, nobody is told what came of calls (Safety 11). */
  setWithholding(withholds: boolean): void {
    const withheld = this.#withheld;
    if (withholds) this.#withheld ??= new Withheld();
    else if (withheld !== undefined) {
      this.#withheld = undefined;
      for (const reply of withheld.replies) this.replied(...reply);
      this.setSilent(this.#silent);
    }
  }

  replied(name: RequestName, slot: Slot, reply: Uint8Array): void {
    const connection = this.#attached.of(name.session);
    if (connection === undefined) return;
    if (this.#silent || this.#withheld?.add(name, slot, reply) === 'full') {
      this.#missed.add(connection);
      return;
    }
    if (this.#withheld !== undefined) return;
    const { session, sequence } = name;
    this.#context.respond(connection, { kind: 'reply', session, sequence, slot, reply });
  }

  waiting({ session, sequence }: RequestName): void {
    const connection = this.#attached.of(session);
    const waits = this.#applier.sessions.stakes.waiting({ session, sequence }) !== undefined;
    if (connection === undefined || this.#silent || !waits) return;
    this.#context.respond(connection, { kind: 'waiting', session, sequence });
  }

  /** The session has lost something, or might have: it hears what it has now. */
  lost(session: SessionNumber): void {
    const connection = this.#attached.of(session);
    if (connection === undefined) return;
    if (this.#withheld === undefined) this.renewed(connection, session, 0);
    else this.#missed.add(connection);
  }

  lapsed(session: SessionNumber): void {
    this.leases.lapsed(session);
  }

  /** A sign of life of a session: what it hears of it comes when a majority has confirmed this leader. */
  renews(connection: ConnectionId, session: SessionNumber): void {
    if (this.#applier.sessions.next(session) !== undefined) this.#route(session, connection);
  }

  /** Tells a session what it has; not while the end of its lease is on its way. */
  renewed(connection: ConnectionId, session: SessionNumber, token: number): void {
    const { sessions } = this.#applier;
    if (sessions.next(session) === undefined) {
      this.#context.respond(connection, { kind: 'expired', session });
    } else if (!this.#silent && !this.leases.isLapsing(session)) {
      this.#tellBlocked();
      const told = sessions.stakes.told(session);
      this.#context.respond(connection, { kind: 'renewed', session, token, ...told });
    }
  }

  resend(session: SessionNumber, from: number, reason: 'gap' | 'overloaded'): void {
    this.#passed.set(session, from - 1);
    const connection = this.#attached.of(session);
    if (connection === undefined || !this.#once(`resend ${session}`)) return;
    this.#context.respond(connection, { kind: 'resend', session, from, reason });
  }

  expired(session: SessionNumber): void {
    this.#passed.delete(session);
    this.#expiry.forget(session);
    this.leases.lapsed(session);
    const connection = this.#attached.of(session);
    if (connection === undefined) return;
    this.#attached.detach(session);
    this.#context.respond(connection, { kind: 'expired', session });
  }

  opened(client: string, session: SessionNumber): void {
    const connection = this.#openers.take(client);
    if (connection === undefined) return;
    this.#route(session, connection);
    this.#context.respond(connection, { kind: 'opened', client: unhex(client), session });
  }

  openRefused(client: string): void {
    const connection = this.#openers.take(client);
    if (connection === undefined) return;
    const reason = this.#queue.isLong ? 'overloaded' : 'sessions';
    this.#context.respond(connection, { kind: 'openRefused', client: unhex(client), reason });
  }

  /** Before anything that rests on it: for whom what it gave up is resting, that call waits. */
  #tellBlocked(): void {
    for (const name of this.waits.takeBlocked()) this.waiting(name);
  }

  endStep(): void {
    this.#tellBlocked();
    if (this.#told.size > 0) this.#told = new Set();
  }
}
