import type { ClientRequest, SessionNumber, Slot } from '../paxos/index.ts';
import type { Call } from './calls.ts';
import type { LinkId } from './types.ts';

/** Reads that are outstanding at once. */
const MAX_READS = 1024;

interface Read {
  readonly call: Call;
  readonly request: ClientRequest;
  /** The connection on which it was asked; 0 when it is to be asked again. */
  link: LinkId;
}

export interface ReadTerms {
  readonly session: SessionNumber;
  readonly after: number;
  readonly atLeast: Slot;
  readonly link: LinkId;
}

export function isStale({ work }: Call): boolean {
  return work.kind === 'call' && work.consistency === 'stale';
}

/** Reads without an answer, in the order in which they were asked. They change nothing: ask again at will. */
export class Reads {
  readonly #open = new Map<number, Read>();
  #lastToken = 0;

  get size(): number {
    return this.#open.size;
  }

  get hasRoom(): boolean {
    return this.#open.size < MAX_READS;
  }

  get wantLeader(): boolean {
    for (const { call } of this.#open.values()) if (!isStale(call)) return true;
    return false;
  }

  /** Whether an answer is due on this connection. */
  areDue(link: LinkId): boolean {
    for (const read of this.#open.values()) if (read.link === link) return true;
    return false;
  }

  add(
    call: Call,
    command: Uint8Array,
    { session, after, atLeast, link }: ReadTerms,
  ): { readonly token: number; readonly request: ClientRequest } {
    const token = ++this.#lastToken;
    const consistency = isStale(call) ? 'stale' : 'linearizable';
    const request: ClientRequest = {
      kind: 'read',
      token,
      session,
      after,
      consistency,
      atLeast,
      command,
    };
    this.#open.set(token, { call, request, link });
    return { token, request };
  }

  /** What has to be asked (again) on this connection, and is taken as asked from now on. */
  unasked(link: LinkId, replica: 'leader' | 'other'): ClientRequest[] {
    const requests: ClientRequest[] = [];
    for (const read of this.#open.values()) {
      if (read.link === link || (replica === 'other' && !isStale(read.call))) continue;
      read.link = link;
      requests.push(read.request);
    }
    return requests;
  }

  /** The read was refused, and will be asked again; false when nobody waits for it. */
  postpone(token: number): boolean {
    const read = this.#open.get(token);
    if (read === undefined) return false;
    read.link = 0;
    return true;
  }

  get(token: number): Call | undefined {
    return this.#open.get(token)?.call;
  }

  /** Takes a read out, because it is answered or given up. */
  end(token: number): Call | undefined {
    const read = this.#open.get(token);
    this.#open.delete(token);
    return read?.call;
  }

  /** Takes out a read and all that were made after it. */
  endFrom(token: number): Call[] {
    const later = [...this.#open].filter(([other]) => other >= token);
    for (const [other] of later) this.#open.delete(other);
    return later.map(([, read]) => read.call);
  }
}
