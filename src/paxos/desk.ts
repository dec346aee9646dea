import { limits } from '../base/index.ts';
import type { Applier, Outcomes } from './applier.ts';
import type { Slot } from './ballot.ts';
import type { ClientRequest, ConnectionId } from './client.ts';
import type { Context } from './context.ts';
import { encodeBatch, encodeItem } from './entry.ts';
import type { Item, RequestName, SessionNumber } from './entry.ts';
import type { Leader } from './leader.ts';
import type { Log } from './log.ts';
import { hex } from './sessions.ts';
import { memberOf } from './view.ts';
import { Withheld } from './withheld.ts';

type ItemRequest = Extract<ClientRequest, { kind: 'item' }>;

/** How often a leader looks for sessions whose records may go, ms. */
const EXPIRY_CHECK = 60_000;

/**
 * Where clients' requests are taken in. The desk of a leader lets each request of a session pass once, in
 * sequence, and gathers them into batches; every other replica's desk says who leads. What it remembers is
 * volatile: the session table at apply decides what happens, and a desk that errs costs a repetition.
 */
export class Desk implements Outcomes {
  readonly #context: Context;
  readonly #log: Log;
  readonly #applier: Applier;
  /** Items as their clients encoded them, in the order in which they will enter the log. */
  #queue: Uint8Array[] = [];
  #queueBytes = 0;
  /** Requests that came while this replica was about to lead. */
  #held: { readonly connection: ConnectionId; readonly request: ClientRequest }[] = [];
  #heldBytes = 0;
  /** The connection on which each session waits for replies. */
  readonly #attached = new Map<SessionNumber, ConnectionId>();
  readonly #sessionsOf = new Map<ConnectionId, Set<SessionNumber>>();
  readonly #openers = new Map<string, ConnectionId>();
  /** The highest sequence number of each session that this leadership has let pass. */
  readonly #passed = new Map<SessionNumber, number>();
  /** When each session was last heard, for the lifetime of request records; in this leadership. */
  readonly #heard = new Map<SessionNumber, number>();
  #checkedAt = 0;
  /** Said once in a step to whom it concerns. */
  #told = new Set<string>();
  #diskFull = false;

  constructor(context: Context, log: Log, applier: Applier) {
    this.#context = context;
    this.#log = log;
    this.#applier = applier;
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

  /** A request that is not a read, at a replica that leads (`ready`), is about to, or does not. */
  request(
    connection: ConnectionId,
    request: ClientRequest,
    office: 'ready' | 'soon' | 'none',
  ): void {
    if (office === 'none') this.redirect(connection);
    else if (office === 'soon') this.#hold(connection, request);
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

  #hold(connection: ConnectionId, request: ClientRequest): void {
    const bytes = request.kind === 'item' ? request.bytes.length : 0;
    if (
      this.#held.length >= limits.QUEUE_REQUESTS ||
      this.#heldBytes + bytes > limits.QUEUE_BYTES
    ) {
      this.redirect(connection);
      return;
    }
    this.#held.push({ connection, request });
    this.#heldBytes += bytes;
  }

  /** This replica leads now: what waited for it comes in. */
  open(): void {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const { connection, request } of held) this.request(connection, request, 'ready');
  }

  get holds(): boolean {
    return this.#held.length > 0;
  }

  /** This replica leads no more: everything that it has not proposed is forgotten, and clients are told. */
  shut(): void {
    const connections = new Set([...this.#sessionsOf.keys(), ...this.#openers.values()]);
    for (const { connection } of this.#held) connections.add(connection);
    this.#queue = [];
    this.#queueBytes = 0;
    this.#held = [];
    this.#heldBytes = 0;
    this.#withheld = undefined;
    this.#passed.clear();
    this.#heard.clear();
    for (const connection of connections) this.redirect(connection);
    // What is executed later may be heavy, and only who leads knows when it may be told (Safety 11).
    this.#attached.clear();
    this.#sessionsOf.clear();
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
    this.#heard.set(session, this.#context.now);
    const before = this.#attached.get(session);
    if (before === connection) return;
    if (before !== undefined) this.#sessionsOf.get(before)?.delete(session);
    this.#attached.set(session, connection);
    let sessions = this.#sessionsOf.get(connection);
    if (sessions === undefined) this.#sessionsOf.set(connection, (sessions = new Set()));
    sessions.add(session);
  }

  disconnected(connection: ConnectionId): void {
    for (const session of this.#sessionsOf.get(connection) ?? []) {
      this.#attached.delete(session);
      this.#heard.set(session, this.#context.now);
    }
    this.#sessionsOf.delete(connection);
    this.#missed.delete(connection);
    if (this.#held.some((held) => held.connection === connection)) {
      this.#held = this.#held.filter((held) => held.connection !== connection);
    }
    for (const [client, opener] of this.#openers) {
      if (opener === connection) this.#openers.delete(client);
    }
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
      this.#enqueue(bytes);
    }
  }

  #open(connection: ConnectionId, client: string, request: ItemRequest): void {
    this.#openers.set(client, connection);
    const session = this.#applier.sessions.find(client);
    if (session !== undefined) this.opened(client, session);
    else if (this.#refuses(request.bytes.length) !== undefined) this.openRefused(client);
    else this.#enqueue(request.bytes);
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
    if (sequence <= passed) {
      const kept = this.#applier.sessions.reply({ session, sequence });
      if (kept !== undefined) this.replied({ session, sequence }, kept.slot, kept.reply);
      return;
    }
    const reason = sequence > passed + 1 ? 'gap' : this.#refusesNumbered(session, sequence, bytes);
    if (reason !== undefined) {
      if (this.#once(`resend ${session}`)) {
        this.#context.respond(connection, { kind: 'resend', session, from: passed + 1, reason });
      }
      return;
    }
    this.#passed.set(session, sequence);
    this.#enqueue(bytes);
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
    const ahead = sequence - (sessions.next(session) ?? 0) >= limits.SESSION_WINDOW;
    return ahead ? 'overloaded' : this.#refuses(bytes.length);
  }

  #refuses(bytes: number): 'overloaded' | 'diskFull' | undefined {
    if (this.#diskFull) return 'diskFull';
    const full =
      this.#queue.length >= limits.QUEUE_REQUESTS || this.#queueBytes + bytes > limits.QUEUE_BYTES;
    return full ? 'overloaded' : undefined;
  }

  #enqueue(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queueBytes += bytes.length;
  }

  /** Proposes what is queued, in batches, as far as the window has room. */
  pump(leader: Leader): void {
    let from = 0;
    while (from < this.#queue.length && leader.hasRoom(limits.BATCH_TARGET_BYTES)) {
      let to = from;
      let bytes = 0;
      while (to < this.#queue.length && to - from < limits.MAX_BATCH_ITEMS) {
        const size = (this.#queue[to] as Uint8Array).length;
        if (to > from && bytes + size > limits.BATCH_TARGET_BYTES) break;
        bytes += size;
        to++;
      }
      const { wall, random } = this.#context;
      leader.propose(encodeBatch(wall, random.uint32(), this.#queue.slice(from, to)));
      this.#queueBytes -= bytes;
      from = to;
    }
    if (from > 0) this.#queue = from === this.#queue.length ? [] : this.#queue.slice(from);
  }

  /** Proposes the end of sessions that nobody has used for the lifetime of request records. */
  expireSessions(): void {
    const { now, timing } = this.#context;
    if (now - this.#checkedAt < Math.min(EXPIRY_CHECK, timing.recordLifetime / 4)) return;
    this.#checkedAt = now;
    const sessions: SessionNumber[] = [];
    for (const session of this.#applier.sessions.numbers()) {
      const heard = this.#heard.get(session);
      if (heard === undefined) this.#heard.set(session, now);
      else if (this.#attached.has(session)) this.#heard.set(session, now);
      else if (now - heard > timing.recordLifetime) sessions.push(session);
    }
    if (sessions.length > 0) this.#enqueue(encodeItem({ kind: 'expire', sessions }));
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
    const connection = this.#attached.get(name.session);
    if (connection === undefined) return;
    if (this.#silent || this.#withheld?.add(name, slot, reply) === 'full') {
      this.#missed.add(connection);
      return;
    }
    if (this.#withheld !== undefined) return;
    const { session, sequence } = name;
    this.#context.respond(connection, { kind: 'reply', session, sequence, slot, reply });
  }

  resend(session: SessionNumber, from: number, reason: 'gap' | 'overloaded'): void {
    this.#passed.set(session, from - 1);
    const connection = this.#attached.get(session);
    if (connection === undefined || !this.#once(`resend ${session}`)) return;
    this.#context.respond(connection, { kind: 'resend', session, from, reason });
  }

  expired(session: SessionNumber): void {
    this.#passed.delete(session);
    this.#heard.delete(session);
    const connection = this.#attached.get(session);
    if (connection === undefined) return;
    this.#attached.delete(session);
    this.#sessionsOf.get(connection)?.delete(session);
    this.#context.respond(connection, { kind: 'expired', session });
  }

  opened(client: string, session: SessionNumber): void {
    const connection = this.#openers.get(client);
    if (connection === undefined) return;
    this.#openers.delete(client);
    this.#route(session, connection);
    this.#context.respond(connection, { kind: 'opened', client: unhex(client), session });
  }

  openRefused(client: string): void {
    const connection = this.#openers.get(client);
    if (connection === undefined) return;
    this.#openers.delete(client);
    this.#context.respond(connection, {
      kind: 'openRefused',
      client: unhex(client),
      reason: this.#queue.length >= limits.QUEUE_REQUESTS ? 'overloaded' : 'sessions',
    });
  }

  endStep(): void {
    if (this.#told.size > 0) this.#told = new Set();
  }
}

function unhex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
