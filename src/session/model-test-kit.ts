import { fail, ok } from 'node:assert/strict';
import { ByteReader, limits } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import { makeView, readItem, REPLY } from '../paxos/index.ts';
import type { ClientRequest, ClientResponse, Item, View } from '../paxos/index.ts';
import { bytes, NOT_READ, resultReply, text } from './script-test-kit.ts';

type Numbered = Extract<Item, { sequence: number }>;

interface Session {
  readonly client: string;
  next: number;
  lowWater: number;
  /** Applied and not acknowledged; undefined while blocked. */
  readonly cells: Map<number, Uint8Array | undefined>;
  readonly forbidden: Set<number>;
}

/**
 * A model of the replicas behind the leader's door: the rules of sessions (next expected sequence number,
 * duplicates answered from the table, a gap sent back) around an object that is a list of commands.
 */
export class ModelService {
  readonly view: View = makeView(
    1,
    1,
    ['a:1', 'b:1', 'c:1'].map((address, at) => ({ id: at + 1, address, durable: true })),
  );
  readonly #sessions = new Map<number, Session>();
  /** Every command that took effect, in order. */
  readonly applied: string[] = [];
  /** How often an idle client said what it has. */
  acknowledgements = 0;
  #slot = 0;
  #lastSession = 0;
  /** Where the session's replies go. */
  onReply: (session: number, response: ClientResponse) => void = () => {};
  readonly #blocked: { readonly session: number; readonly sequence: number }[] = [];

  /** What one request gives; undefined when the answer comes later, or never. */
  take(request: ClientRequest): ClientResponse | undefined {
    this.#slot++;
    if (request.kind === 'attach') {
      const next = this.#sessions.get(request.session)?.next;
      if (next === undefined) return { kind: 'expired', session: request.session };
      return { kind: 'attached', session: request.session, next };
    }
    if (request.kind === 'read') return this.#read(request);
    if (request.kind === 'renew') return undefined;
    // As a replica does, from the bytes that would enter the log.
    return this.#item(readItem(new ByteReader(request.bytes)));
  }

  #read(request: Extract<ClientRequest, { kind: 'read' }>): ClientResponse {
    const { token, session, after, command } = request;
    const next = this.#sessions.get(session)?.next;
    ok(next === undefined || next > after, 'a read is asked when nothing is outstanding');
    const slot = this.#slot;
    if (text(command).startsWith('odd')) {
      return { kind: 'readReply', token, slot, result: NOT_READ };
    }
    return { kind: 'readReply', token, slot, result: bytes(`${this.applied.length}`) };
  }

  #item(item: Item): ClientResponse | undefined {
    switch (item.kind) {
      case 'open':
        return this.#open(item.client);
      case 'close':
        this.#sessions.delete(item.session);
        return { kind: 'expired', session: item.session };
      case 'acknowledge': {
        const session = this.#sessions.get(item.session);
        if (session === undefined) return { kind: 'expired', session: item.session };
        this.acknowledgements++;
        acknowledge(session, { lowWater: item.lowWater, received: [] });
        return undefined;
      }
      case 'expire':
      case 'lapse':
      case 'timeout':
      case 'era':
        return fail('only a leader lets sessions expire');
      default:
        return this.#numbered(item);
    }
  }

  #open(client: Uint8Array): ClientResponse {
    const name = client.join('.');
    for (const [number, session] of this.#sessions) {
      if (session.client === name) return { kind: 'opened', client, session: number };
    }
    const number = ++this.#lastSession;
    this.#sessions.set(number, {
      client: name,
      next: 1,
      lowWater: 1,
      cells: new Map(),
      forbidden: new Set(),
    });
    return { kind: 'opened', client, session: number };
  }

  #numbered(item: Numbered): ClientResponse | undefined {
    const session = this.#sessions.get(item.session);
    if (session === undefined) return { kind: 'expired', session: item.session };
    acknowledge(session, item);
    const { sequence } = item;
    if (sequence > session.next) {
      return { kind: 'resend', session: item.session, from: session.next, reason: 'gap' };
    }
    if (sequence < session.next) {
      const reply = session.cells.get(sequence);
      return reply === undefined ? undefined : this.#reply(item.session, sequence, reply);
    }
    session.next++;
    const reply = this.#apply(session, item);
    session.cells.set(sequence, reply);
    ok(session.cells.size <= limits.SESSION_WINDOW, 'a window of replies is kept at most');
    if (reply === undefined) this.#blocked.push({ session: item.session, sequence });
    return reply === undefined ? undefined : this.#reply(item.session, sequence, reply);
  }

  #apply(session: Session, item: Numbered): Uint8Array | undefined {
    const forbidden = session.forbidden.delete(item.sequence);
    if (forbidden || item.kind === 'cancel') return Uint8Array.of(REPLY.cancelled);
    if (item.kind === 'resolve') return this.#resolve(item);
    if (item.kind === 'withdraw') return Uint8Array.of(REPLY.resolvedNever);
    const command = text(item.command);
    if (command.startsWith('get')) return resultReply(`${this.applied.length}`);
    this.applied.push(command);
    return command.startsWith('blocked') ? undefined : resultReply(`${this.applied.length}`);
  }

  #resolve(item: Extract<Item, { kind: 'resolve' }>): Uint8Array {
    const session = this.#sessions.get(item.target.session);
    if (session === undefined) return Uint8Array.of(REPLY.resolvedUnknown);
    if (item.target.sequence >= session.next) {
      session.forbidden.add(item.target.sequence);
      return Uint8Array.of(REPLY.resolvedNever);
    }
    const reply = session.cells.get(item.target.sequence);
    if (reply === undefined) return Uint8Array.of(REPLY.forgotten);
    if (reply[0] === REPLY.forgotten) return reply;
    if (reply[0] === REPLY.cancelled) return Uint8Array.of(REPLY.resolvedNever);
    return Uint8Array.of(REPLY.resolvedReply, ...reply);
  }

  #reply(session: number, sequence: number, reply: Uint8Array): ClientResponse {
    return { kind: 'reply', session, sequence, slot: this.#slot, reply };
  }

  /** Wakes calls that were blocked. */
  release(random: Random, all: 'all' | 'some'): void {
    for (const name of this.#blocked.splice(0)) {
      if (all === 'some' && random.chance(1, 2)) {
        this.#blocked.push(name);
        continue;
      }
      const reply = resultReply('released');
      this.#sessions.get(name.session)?.cells.set(name.sequence, reply);
      this.onReply(name.session, this.#reply(name.session, name.sequence, reply));
    }
  }

  /** Of all results that are kept only the fact remains that there were some. */
  giveUpReplies(): void {
    for (const { cells } of this.#sessions.values()) {
      for (const [sequence, reply] of cells) {
        if (reply?.[0] === REPLY.result) cells.set(sequence, Uint8Array.of(REPLY.forgotten));
      }
    }
  }

  /** Replies that are kept. */
  get kept(): number {
    let count = 0;
    for (const { cells } of this.#sessions.values()) count += cells.size;
    return count;
  }

  /** Lets every session expire. */
  expireAll(): void {
    this.#sessions.clear();
    this.#blocked.length = 0;
  }
}

function acknowledge(
  session: Session,
  { lowWater, received }: Pick<Numbered, 'lowWater' | 'received'>,
): void {
  const below = Math.min(lowWater, session.next);
  for (let sequence = session.lowWater; sequence < below; sequence++) {
    ok(session.cells.get(sequence) !== undefined || !session.cells.has(sequence), 'was replied');
    session.cells.delete(sequence);
  }
  session.lowWater = Math.max(session.lowWater, below);
  for (const sequence of received) if (sequence < session.next) session.cells.delete(sequence);
}
