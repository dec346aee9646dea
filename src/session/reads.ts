import { present } from '../base/index.ts';
import type { ClientRequest, ClientResponse, SessionNumber, Slot } from '../paxos/index.ts';
import type { Call } from './calls.ts';
import { isNotRead } from './reply.ts';
import type { LinkId } from './types.ts';

/** Reads that are outstanding at once. */
const MAX_READS = 1024;

type ReadRequest = Extract<ClientRequest, { kind: 'read' }>;
export type ReadReply = Extract<ClientResponse, { kind: 'readReply' }>;

interface Read {
  readonly call: Call;
  request: ReadRequest;
  /** The connection on which it was asked; 0 when it is to be asked again. */
  link: LinkId;
  /** Held back while an earlier read has none. */
  reply: ReadReply | undefined;
}

export interface ReadTerms {
  readonly session: SessionNumber;
  readonly after: number;
  readonly atLeast: Slot;
}

/** What a reply to a read settles: some reads, or that one of them has to become a call. */
export interface ReadProgress {
  readonly settled: readonly { readonly call: Call; readonly reply: ReadReply }[];
  /** Not a read, as it turns out, with all that were made after it and are not settled. */
  readonly refused: readonly Call[];
}

export function isStale({ work }: Call): boolean {
  return work.kind === 'call' && work.consistency === 'stale';
}

/**
 * Reads without an answer. They change nothing, so they can be asked again at will. But a later read must
 * not see an older state: linearizable reads are answered in the order in which they were made, and when
 * one of them is asked again, so are all behind it, under new tokens. Stale ones promise nothing like that.
 */
export class Reads {
  /** In the order of their tokens. */
  readonly #open = new Map<number, Read>();
  #lastToken = 0;

  get size(): number {
    return this.#open.size;
  }

  get hasRoom(): boolean {
    return this.#open.size < MAX_READS;
  }

  /** A linearizable read is among them. */
  get wantLeader(): boolean {
    for (const { call } of this.#open.values()) if (!isStale(call)) return true;
    return false;
  }

  /** Whether an answer is due on this connection. */
  areDue(link: LinkId): boolean {
    for (const read of this.#open.values()) if (read.link === link) return true;
    return false;
  }

  /** Whether a linearizable read waits to be asked again, so that later ones have to wait behind it. */
  arePostponed(link: LinkId): boolean {
    for (const { link: asked, call } of this.#open.values()) {
      if (asked !== link && !isStale(call)) return true;
    }
    return false;
  }

  /** A new read, asked on this connection. */
  add(
    call: Call,
    terms: ReadTerms,
    link: LinkId,
  ): { readonly token: number; readonly request: ClientRequest } {
    const { work } = call;
    const token = ++this.#lastToken;
    const command = present(work.kind === 'call' ? work.command : undefined, 'command of a read');
    const consistency = isStale(call) ? 'stale' : 'linearizable';
    const maxLagMs = work.kind === 'call' ? work.maxLagMs : undefined;
    const bound = maxLagMs === undefined ? {} : { maxLagMs };
    const request: ReadRequest = { kind: 'read', token, ...terms, consistency, ...bound, command };
    this.#open.set(token, { call, request, link, reply: undefined });
    return { token, request };
  }

  /** What has to be asked (again) on this connection, and is taken as asked from now on. */
  unasked(link: LinkId, replica: 'leader' | 'other'): ClientRequest[] {
    const requests: ClientRequest[] = [];
    for (const [before, read] of [...this.#open]) {
      if (read.link === link || (replica === 'other' && !isStale(read.call))) continue;
      const token = ++this.#lastToken;
      this.#open.delete(before);
      this.#open.set(token, read);
      read.call.place = { kind: 'reading', token };
      read.link = link;
      read.reply = undefined;
      read.request = { ...read.request, token };
      requests.push(read.request);
    }
    return requests;
  }

  /** The read was refused, and will be asked again; false when nobody waits for it. */
  postpone(token: number): boolean {
    const refused = this.#open.get(token);
    if (refused === undefined) return false;
    refused.link = 0;
    if (isStale(refused.call)) return true;
    for (const read of this.#open.values()) {
      if (read.call.id > refused.call.id && !isStale(read.call)) read.link = 0;
    }
    return true;
  }

  /** Takes a read out, because its caller gave up. */
  drop(token: number): void {
    this.#open.delete(token);
  }

  /** A reply: to a token that is not known any more it says nothing. */
  answer(reply: ReadReply): ReadProgress {
    const read = this.#open.get(reply.token);
    if (read === undefined) return { settled: [], refused: [] };
    if (isNotRead(reply.result)) return { settled: [], refused: this.#takeFrom(read.call) };
    read.reply = reply;
    if (!isStale(read.call)) return this.release();
    this.#open.delete(reply.token);
    return { settled: [{ call: read.call, reply }], refused: [] };
  }

  /** Settles linearizable reads up to the first that has no reply. */
  release(): ReadProgress {
    const settled: { readonly call: Call; readonly reply: ReadReply }[] = [];
    for (const [token, { call, reply }] of this.#open) {
      if (isStale(call)) continue;
      if (reply === undefined) break;
      this.#open.delete(token);
      settled.push({ call, reply });
    }
    return { settled, refused: [] };
  }

  /** Takes out a read and all that were made after it, in the order in which they were made. */
  #takeFrom(refused: Call): Call[] {
    const later = [...this.#open].filter(([, { call }]) => call.id >= refused.id);
    for (const [token] of later) this.#open.delete(token);
    return later.map(([, { call }]) => call).sort((a, b) => a.id - b.id);
  }
}
