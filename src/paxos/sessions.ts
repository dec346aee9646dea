import { assert, limits, MalformedBytes, present } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import type { Slot } from './ballot.ts';
import { REPLY } from './client.ts';
import { CLIENT_ID_BYTES } from './entry.ts';
import type { Item, RequestName, SessionNumber } from './entry.ts';
import { bytesThatCount, Replies } from './replies.ts';
import type { Cell } from './replies.ts';

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

/** What becomes of one item of a batch: decided in slot order before anything of the batch is executed. */
export type Plan =
  /** Execute it; `settle` with the result. */
  | {
      readonly kind: 'execute';
      readonly name: RequestName;
      readonly command: Uint8Array;
      readonly cell: Cell;
    }
  /** Its reply is known without the object. */
  | {
      readonly kind: 'reply';
      readonly name: RequestName;
      readonly reply: Uint8Array;
      readonly cell: Cell;
    }
  /** Its reply is that of `target`, which may be executed in this very batch. */
  | {
      readonly kind: 'resolved';
      readonly name: RequestName;
      readonly target: Cell;
      readonly cell: Cell;
    }
  /** Applied before; `cell` is undefined when the client acknowledged it, and then nobody waits. */
  | { readonly kind: 'duplicate'; readonly name: RequestName; readonly cell: Cell | undefined }
  /** Not the successor of the session's last request, or over a bound: the client sends it again. */
  | {
      readonly kind: 'resend';
      readonly session: SessionNumber;
      readonly from: number;
      readonly reason: 'gap' | 'overloaded';
    }
  | { readonly kind: 'expired'; readonly session: SessionNumber }
  /** Nobody is told. */
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'opened'; readonly client: string; readonly session: SessionNumber }
  | { readonly kind: 'openRefused'; readonly client: string }
  | { readonly kind: 'expire'; readonly sessions: readonly SessionNumber[] };

const CANCELLED = Uint8Array.of(REPLY.cancelled);
const NEVER = Uint8Array.of(REPLY.resolvedNever);
const FORGOTTEN = Uint8Array.of(REPLY.forgotten);
const UNKNOWN = Uint8Array.of(REPLY.resolvedUnknown);

export class Sessions {
  /** In the order of their numbers, because they are created in it: replicas capture the same bytes. */
  #sessions = new Map<SessionNumber, Session>();
  #byClient = new Map<string, Session>();
  #lastNumber = 0;
  readonly #replyLimit: number;
  #replies: Replies;
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
        return this.#open(hex(item.client));
      case 'close':
        this.#remove(slot, item.session);
        return { kind: 'expired', session: item.session };
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
        return this.#numbered(slot, item);
    }
  }

  #open(client: string): Plan {
    const known = this.#byClient.get(client);
    if (known !== undefined) return { kind: 'opened', client, session: known.number };
    if (this.#sessions.size >= limits.MAX_SESSIONS) return { kind: 'openRefused', client };
    const number = ++this.#lastNumber;
    this.#add(newSession(number, client));
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
      return { kind: 'duplicate', name, cell: session.cells.get(item.sequence) };
    }
    if (item.sequence > session.next) {
      return { kind: 'resend', session: session.number, from: session.next, reason: 'gap' };
    }
    if (session.cells.size >= limits.SESSION_WINDOW) {
      return { kind: 'resend', session: session.number, from: session.next, reason: 'overloaded' };
    }
    session.next++;
    const cell: Cell = { session: session.number, slot, reply: undefined };
    session.cells.set(item.sequence, cell);
    if (session.forbidden.delete(item.sequence) || item.kind === 'cancel') {
      noteCancelled(session, item.sequence);
      return { kind: 'reply', name, reply: CANCELLED, cell };
    }
    if (item.kind === 'call') return { kind: 'execute', name, command: item.command, cell };
    return this.#resolve(name, item.target, cell);
  }

  #resolve(name: RequestName, target: RequestName, cell: Cell): Plan {
    const session = this.#sessions.get(target.session);
    if (session === undefined) return { kind: 'reply', name, reply: UNKNOWN, cell };
    if (target.sequence < session.next) {
      const applied = session.cells.get(target.sequence);
      if (applied === undefined || applied === cell)
        return { kind: 'reply', name, reply: withoutCell(session, target.sequence), cell };
      return { kind: 'resolved', name, target: applied, cell };
    }
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

  /** Everything that was planned of this slot is settled; slots are told in their order. */
  slotSettled(slot: Slot): void {
    if (this.#dropped[0]?.slot !== slot) return;
    const dropped = present(this.#dropped.shift(), 'what the slot dropped');
    this.#replies.release(dropped.cells);
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
    writer.varint(this.#lastNumber).varint(this.#sessions.size);
    for (const session of this.#sessions.values()) {
      writer
        .varint(session.number)
        .text(session.client)
        .varint(session.next)
        .varint(session.lowWater);
      writer.varint(session.cells.size);
      for (const [sequence, cell] of session.cells) {
        writer.varint(sequence).varint(cell.slot);
        writer.bytes(present(cell.reply, 'reply of an applied request'));
        bytes += bytesThatCount(cell.reply);
      }
      writer.varint(session.forbidden.size);
      for (const sequence of session.forbidden) writer.varint(sequence);
      writer.varint(session.blurred).varint(session.cancelled.size);
      for (const sequence of session.cancelled) writer.varint(sequence);
    }
    assert(bytes === this.#replies.bytes, 'the bytes of all kept replies are counted exactly');
  }

  /** Replaces everything by what `write` wrote; throws `MalformedBytes` on anything else. */
  read(reader: ByteReader): void {
    this.#sessions = new Map();
    this.#byClient = new Map();
    this.#replies = new Replies(this.#replyLimit);
    this.#dropped = [];
    this.#lastNumber = reader.varint();
    for (let left = reader.count(8); left > 0; left--) {
      const number = reader.varint();
      const client = reader.text();
      if (client.length !== 2 * CLIENT_ID_BYTES) throw new MalformedBytes('impossible client id');
      const session = newSession(number, client);
      session.next = reader.varint();
      session.lowWater = reader.varint();
      for (let cells = reader.count(3); cells > 0; cells--) {
        const sequence = reader.varint();
        const cell: Cell = { session: number, slot: reader.varint(), reply: undefined };
        session.cells.set(sequence, cell);
        this.#replies.add(cell, reader.bytes().slice());
      }
      for (let count = reader.count(); count > 0; count--) session.forbidden.add(reader.varint());
      session.blurred = reader.varint();
      for (let count = reader.count(); count > 0; count--) session.cancelled.add(reader.varint());
      this.#add(session);
    }
    if (this.#replies.overLimit)
      throw new MalformedBytes('more replies than all sessions may keep');
  }
}

function newSession(number: SessionNumber, client: string): Session {
  return {
    number,
    client,
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

/** The reply to a `resolve` whose target was applied. */
export function resolvedReply(target: Uint8Array): Uint8Array {
  if (target[0] === REPLY.cancelled) return NEVER;
  // The answer to a question about a question is the answer itself: it must not grow with each.
  if (target[0] !== REPLY.result) return target;
  const reply = new Uint8Array(target.length + 1);
  reply[0] = REPLY.resolvedReply;
  reply.set(target, 1);
  return reply;
}

/** The reply to an executed call. */
export function resultReply(result: Uint8Array): Uint8Array {
  const reply = new Uint8Array(result.length + 1);
  reply[0] = REPLY.result;
  reply.set(result, 1);
  return reply;
}

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
