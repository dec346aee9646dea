import type { ClientPort, Inbox } from '../host/index.ts';
import type { ClientResponse, ConnectionId } from '../paxos/index.ts';
import { decodeRequests, packResponses } from '../wire/index.ts';
import type { ConnectionEnd } from './connection.ts';

/** First byte of everything on a client's connection. */
export const STREAM = { parts: 0, ping: 1, pong: 2 } as const;

/** A packet of a stream: its kind, then the body. */
export function packet(kind: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = kind;
  bytes.set(body, 1);
  return bytes;
}

const NOTHING = new Uint8Array(0);

/** The connections of clients to a replica. */
export class ClientLinks implements ClientPort {
  readonly #inbox: Inbox;
  readonly #ends = new Map<ConnectionId, ConnectionEnd>();
  #lastId: ConnectionId = 0;
  /** Responses of this turn. */
  #waiting = new Map<ConnectionId, ClientResponse[]>();

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  accept(end: ConnectionEnd): void {
    const connection = ++this.#lastId;
    this.#ends.set(connection, end);
    end.received = (bytes) => {
      if (bytes[0] === STREAM.ping) return end.send(packet(STREAM.pong, NOTHING));
      for (const request of decodeRequests(bytes.subarray(1))) {
        this.#inbox.push({ kind: 'request', connection, request });
      }
    };
    end.closed = () => {
      this.#ends.delete(connection);
      this.#inbox.push({ kind: 'disconnected', connection });
    };
  }

  respond(connection: ConnectionId, response: ClientResponse): void {
    const waiting = this.#waiting.get(connection);
    if (waiting === undefined) this.#waiting.set(connection, [response]);
    else waiting.push(response);
  }

  /** Ends a turn: everything for one client leaves together. */
  flush(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const [connection, responses] of waiting) {
      const end = this.#ends.get(connection);
      if (end === undefined) continue;
      for (const body of packResponses(responses)) end.send(packet(STREAM.parts, body));
    }
  }
}
