import { assert, limits, MalformedBytes, present } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import type { Slot } from './ballot.ts';
import { CLIENT_ID_BYTES } from './entry.ts';
import type { Item, RequestName, SessionNumber } from './entry.ts';
import { bytesThatCount, Replies } from './replies.ts';
import type { Plan } from './plan.ts';
import type { Cell } from './replies.ts';
import { CANCELLED, FORGOTTEN, NEVER, STALE, UNKNOWN } from './reply.ts';
import { Stakes } from './stakes.ts';

/**
 * Exactly once (docs/protocol.md, Safety 7). The table of sessions is replicated state: it changes only by
 * decided items, in slot order, and it is part of every snapshot. A session is a window of requests: those
 * applied and not yet acknowledged have their cells, with their replies as long as there is room for all
 * (`Replies`), and the next one must be the successor of the last.
 */

interface Session {
  readonly number: SessionNumber;
  /** The id that the client chose, hexadecimal. */
  readonly client: string;
  readonly leaseMs: number;
  /** The sequence number that is applied next. */
  next: number;
  lowWater: number;
  readonly cells: Map<number, Cell>;
  /** Sequence numbers at or above `next` that a `resolve` has forbidden. */
  readonly forbidden: Set<number>;
  /** The latest requests that were cancelled, in order: what became of them outlives their cells. */
  readonly cancelled: Set<number>;
  /** Of requests up to here it is not known any more whether they were cancelled. */
  blurred: number;
}

const NOTHING = new Uint8Array(0);

export class Sessions {
  /** In the order of their numbers, because they are created in it: replicas capture the same bytes. */
  #sessions = new Map<SessionNumber, Session>();
  #byClient = new Map<string, Session>();
  #lastNumber = 0;
  readonly #replyLimit: number;
  #replies: Replies;
  /** What sessions wait for and own in the object. */
  readonly stakes = new Stakes();
  /** The greatest fence that a call carried. */
  #fence = 0n;
  /** What items dropped from the table whose slots are not settled yet: it counts until then. */
  #dropped: { readonly slot: Slot; readonly cells: Cell[] }[] = [];

  /** @param replyLimit Bytes of the replies that are kept for all sessions; the same on every replica. */
  constructor(replyLimit: number = limits.TABLE_REPLY_BYTES) {
    this.#replyLimit = replyLimit;
    this.#replies = new Replies(replyLimit);
  }

  get count(): number {
    return this.#sessions.size;
  }

  numbers(): IterableIterator<SessionNumber> {
    return this.#sessions.keys();
  }

  /** The sequence number that would be applied next; undefined when there is no such session. */
  next(session: SessionNumber): number | undefined {
    return this.#sessions.get(session)?.next;
  }

  /** How long what it owns outlasts the last sign of its client, ms. */
  leaseMs(session: SessionNumber): number {
    return this.#sessions.get(session)?.leaseMs ?? limits.DEFAULT_LEASE_MS;
  }

  /** The session that this client id has, if any. */
  find(client: string): SessionNumber | undefined {
    return this.#byClient.get(client)?.number;
  }

  /** The kept reply to an applied request, for a client that asks again. */
  reply(name: RequestName): { readonly slot: Slot; readonly reply: Uint8Array } | undefined {
    const cell = this.#sessions.get(name.session)?.cells.get(name.sequence);
    return cell?.reply === undefined ? undefined : { slot: cell.slot, reply: cell.reply };
  }

  /** Decides an item of the batch in `slot`. Items must come in slot order, each exactly once. */
  plan(slot: Slot, item: Item): Plan {
    switch (item.kind) {
      case 'open':
        return this.#open(hex(item.client), item.leaseMs);
      case 'close':
        if (!this.#sessions.has(item.session)) return { kind: 'expired', session: item.session };
        this.#remove(slot, item.session);
        return { kind: 'expire', sessions: [item.session] };
      case 'lapse':
        return { kind: 'lapse', sessions: item.sessions };
      case 'timeout':
        return { kind: 'timeout', name: item.call };
      case 'expire':
        for (const session of item.sessions) this.#remove(slot, session);
        return { kind: 'expire', sessions: item.sessions };
      case 'era':
        return this.#beginEra(slot, item.above);
      case 'acknowledge': {
        const session = this.#sessions.get(item.session);
        if (session === undefined) return { kind: 'expired', session: item.session };
        this.#acknowledge(slot, session, item.lowWater);
        return { kind: 'acknowledged' };
      }
      case 'call':
      case 'cancel':
      case 'resolve':
      case 'withdraw':
        return this.#numbered(slot, item);
    }
  }

  #open(client: string, leaseMs = limits.DEFAULT_LEASE_MS): Plan {
    const known = this.#byClient.get(client);
    if (known !== undefined) return { kind: 'opened', client, session: known.number };
    if (this.#sessions.size >= limits.MAX_SESSIONS) return { kind: 'openRefused', client };
    const number = ++this.#lastNumber;
    this.#add(newSession(number, client, leaseMs));
    return { kind: 'opened', client, session: number };
  }

  #beginEra(slot: Slot, above: SessionNumber): Plan {
    const sessions = [...this.#sessions.keys()].filter((session) => session <= above);
    for (const session of sessions) this.#remove(slot, session);
    this.#lastNumber = Math.max(this.#lastNumber, above);
    return { kind: 'expire', sessions };
  }

  #numbered(slot: Slot, item: Extract<Item, { sequence: number }>): Plan {
    const session = this.#sessions.get(item.session);
    if (session === undefined) return { kind: 'expired', session: item.session };
    const name = { session: item.session, sequence: item.sequence };
    this.#acknowledge(slot, session, item.lowWater);
    for (const sequence of item.received) {
      if (sequence < session.next) this.#drop(slot, session, sequence);
    }
    if (item.sequence < session.next) {
      const cell = session.cells.get(item.sequence);
      return { kind: 'duplicate', name, cell, withdrawn: item.kind === 'cancel' };
    }
    if (item.sequence > session.next) {
      return { kind: 'resend', session: session.number, from: session.next, reason: 'gap' };
    }
    if (session.cells.size >= limits.SESSION_WINDOW) {
      return { kind: 'resend', session: session.number, from: session.next, reason: 'overloaded' };
    }
    session.next++;
    const cell: Cell = { ...name, slot, reply: undefined };
    session.cells.set(item.sequence, cell);
    if (session.forbidden.delete(item.sequence) || item.kind === 'cancel') {
      noteCancelled(session, item.sequence);
      return { kind: 'reply', name, reply: CANCELLED, cell };
    }
    if (item.kind === 'call') {
      if (item.fence !== undefined) {
        if (item.fence < this.#fence) return { kind: 'reply', name, reply: STALE, cell };
        this.#fence = item.fence;
      }
      return { kind: 'execute', name, command: item.command, cell };
    }
    if (item.kind === 'resolve') return this.#resolve(name, item.target, cell, 'ask');
    return this.#resolve(
      name,
      { session: item.session, sequence: item.callSequence },
      cell,
      'undo',
    );
  }

  #resolve(name: RequestName, targetName: RequestName, cell: Cell, how: 'ask' | 'undo'): Plan {
    const session = this.#sessions.get(targetName.session);
    if (session === undefined) return { kind: 'reply', name, reply: UNKNOWN, cell };
    if (targetName.sequence < session.next) {
      const target = session.cells.get(targetName.sequence);
      const otherwise = withoutCell(session, targetName.sequence);
      // The client has the reply; but what it was given may be there, and is to go back.
      const isOver = target === cell || (target === undefined && how === 'ask');
      if (isOver) return { kind: 'reply', name, reply: otherwise, cell };
      return { kind: 'resolved', name, targetName, target, undo: how === 'undo', otherwise, cell };
    }
    const target = targetName;
    // A client has at most a window outstanding: whatever is further ahead was never made.
    if (target.sequence < session.next + limits.SESSION_WINDOW)
      session.forbidden.add(target.sequence);
    return { kind: 'reply', name, reply: NEVER, cell };
  }

  /** Drops the replies that the client has; acknowledgements may be repeated and come late. */
  #acknowledge(slot: Slot, session: Session, lowWater: number): void {
    const below = Math.min(lowWater, session.next);
    for (let sequence = session.lowWater; sequence < below; sequence++) {
      this.#drop(slot, session, sequence);
    }
    session.lowWater = Math.max(session.lowWater, below);
  }

  #drop(slot: Slot, session: Session, sequence: number): void {
    const cell = session.cells.get(sequence);
    if (cell === undefined) return;
    session.cells.delete(sequence);
    const last = this.#dropped.at(-1);
    if (last?.slot === slot) last.cells.push(cell);
    else this.#dropped.push({ slot, cells: [cell] });
  }

  /**
   * Stores the reply of a planned request; plans are settled in the order in which they were made. At the
   * bound others are given up for it, or even this one. Returns how many.
   */
  settle(cell: Cell, reply: Uint8Array): number {
    return this.#replies.settle(cell, reply);
  }

  /** A call was undone after it had its reply. */
  undo(cell: Cell): void {
    this.#replies.revise(cell, CANCELLED);
  }

  /** Everything that was planned of this slot is settled; slots are told in their order. */
  slotSettled(slot: Slot): void {
    if (this.#dropped[0]?.slot !== slot) return;
    const dropped = present(this.#dropped.shift(), 'what the slot dropped');
    this.#replies.release(dropped.cells);
    // Nobody is there to be told.
    for (const cell of dropped.cells) this.stakes.unblock(cell);
  }

  /** Bytes of the replies that are kept: those of one session, or of all. */
  replyBytes(session?: SessionNumber): number {
    return session === undefined ? this.#replies.bytes : this.#replies.bytesOf(session);
  }

  /** Whether the log has given this number to a session, which may be gone by now. */
  wasOpened(session: SessionNumber): boolean {
    return session <= this.#lastNumber;
  }

  #add(session: Session): void {
    this.#sessions.set(session.number, session);
    this.#byClient.set(session.client, session);
  }

  #remove(slot: Slot, number: SessionNumber): void {
    const session = this.#sessions.get(number);
    if (session === undefined) return;
    for (const sequence of session.cells.keys()) this.#drop(slot, session, sequence);
    this.#sessions.delete(number);
    this.#byClient.delete(session.client);
  }

  /** Everything, for a snapshot; nothing may be planned and unsettled. */
  write(writer: ByteWriter): void {
    let bytes = 0;
    writer.varint(this.#lastNumber).text(this.#fence.toString()).varint(this.#sessions.size);
    for (const session of this.#sessions.values()) {
      writer
        .varint(session.number)
        .text(session.client)
        .varint(session.leaseMs)
        .varint(session.next)
        .varint(session.lowWater);
      writer.varint(session.cells.size);
      for (const [sequence, cell] of session.cells) {
        writer.varint(sequence).varint(cell.slot);
        const waits = this.stakes.waiting(cell)?.cell === cell;
        assert((cell.reply === undefined) === waits, 'an applied request has a reply, or it waits');
        writer.bytes(cell.reply ?? NOTHING);
        bytes += bytesThatCount(cell.reply);
      }
      writer.varint(session.forbidden.size);
      for (const sequence of session.forbidden) writer.varint(sequence);
      writer.varint(session.blurred).varint(session.cancelled.size);
      for (const sequence of session.cancelled) writer.varint(sequence);
    }
    assert(bytes === this.#replies.bytes, 'the bytes of all kept replies are counted exactly');
    this.stakes.write(writer);
  }

  /**
   * Replaces everything by what `write` wrote; throws `MalformedBytes` on anything else.
   *
   * @param version Of the snapshot: those of version 1 know no leases, and nobody who waits.
   */
  read(reader: ByteReader, version = 2): void {
    this.#sessions = new Map();
    this.#byClient = new Map();
    this.#replies = new Replies(this.#replyLimit);
    this.#dropped = [];
    let unanswered = 0;
    this.#lastNumber = reader.varint();
    this.#fence = version === 1 ? 0n : readDigits(reader.text());
    for (let left = reader.count(8); left > 0; left--) {
      const number = reader.varint();
      const client = reader.text();
      if (client.length !== 2 * CLIENT_ID_BYTES) throw new MalformedBytes('impossible client id');
      const leaseMs = version === 1 ? limits.DEFAULT_LEASE_MS : reader.varint();
      const session = newSession(number, client, leaseMs);
      session.next = reader.varint();
      session.lowWater = reader.varint();
      for (let cells = reader.count(3); cells > 0; cells--) {
        const sequence = reader.varint();
        const slot = reader.varint();
        const cell: Cell = { session: number, sequence, slot, reply: undefined };
        session.cells.set(sequence, cell);
        const reply = reader.bytes();
        if (reply.length > 0) this.#replies.add(cell, reply.slice());
        else unanswered++;
      }
      for (let count = reader.count(); count > 0; count--) session.forbidden.add(reader.varint());
      session.blurred = reader.varint();
      for (let count = reader.count(); count > 0; count--) session.cancelled.add(reader.varint());
      this.#add(session);
    }
    if (this.#replies.overLimit)
      throw new MalformedBytes('more replies than all sessions may keep');
    if (version === 1) return this.stakes.clear();
    const waiting = this.stakes.read(reader, ({ session, sequence }) => {
      const cell = this.#sessions.get(session)?.cells.get(sequence);
      return cell?.reply === undefined ? cell : undefined;
    });
    if (waiting !== unanswered) throw new MalformedBytes('a request without a reply');
  }
}

function readDigits(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) throw new MalformedBytes('impossible fence');
  return BigInt(text);
}

function newSession(number: SessionNumber, client: string, leaseMs: number): Session {
  return {
    number,
    client,
    leaseMs,
    next: 1,
    lowWater: 1,
    cells: new Map(),
    forbidden: new Set(),
    cancelled: new Set(),
    blurred: 0,
  };
}

function noteCancelled(session: Session, sequence: number): void {
  session.cancelled.add(sequence);
  if (session.cancelled.size <= limits.SESSION_CANCELLED) return;
  const [oldest] = session.cancelled;
  session.blurred = present(oldest, 'a cancelled request');
  session.cancelled.delete(session.blurred);
}

/** What became of a request of the past whose reply the client has, or had and dropped. */
function withoutCell(session: Session, sequence: number): Uint8Array {
  if (session.cancelled.has(sequence)) return NEVER;
  return sequence <= session.blurred ? UNKNOWN : FORGOTTEN;
}

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

export function unhex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
