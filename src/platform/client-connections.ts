import { limits, MalformedBytes } from '../base/index.ts';
import type { ClientPort, Inbox } from '../host/index.ts';
import type { ClientResponse, ConnectionId } from '../paxos/index.ts';
import { decodeRequests, FRAME, packResponses } from '../wire/index.ts';
import type { ClientHello, Frame } from '../wire/index.ts';
import type { Connection } from './connection.ts';
import { CLIENT_PAUSE_BYTES, MAX_CONTROL_BYTES } from './limits.ts';

/** Answers an operator's question; the answer goes back as JSON. */
export type ControlHandler = (request: unknown, answer: (reply: unknown) => void) => void;

interface Client {
  readonly connection: Connection;
  responses: ClientResponse[];
  paused: boolean;
}

/** Connections from clients: requests in, responses out, both in batches. */
export class ClientConnections implements ClientPort {
  readonly #inbox: Inbox;
  readonly #control: ControlHandler;
  readonly #clients = new Map<ConnectionId, Client>();
  #lastId = 0;
  /** Clients that have responses to be sent at the end of this turn. */
  #answered: ConnectionId[] = [];

  constructor(inbox: Inbox, control: ControlHandler) {
    this.#inbox = inbox;
    this.#control = control;
  }

  get count(): number {
    return this.#clients.size;
  }

  /** Takes over a connection whose hello was accepted. */
  add(
    connection: Connection,
    hello: ClientHello,
  ): { readonly onFrame: (frame: Frame) => void; readonly onClosed: () => void } {
    if (hello.purpose === 'control') {
      return { onFrame: (frame) => this.#onControl(connection, frame), onClosed: () => undefined };
    }
    const id = ++this.#lastId;
    this.#clients.set(id, { connection, responses: [], paused: false });
    return {
      onFrame: (frame) => this.#onFrame(id, connection, frame),
      onClosed: () => {
        this.#clients.delete(id);
        this.#inbox.push({ kind: 'disconnected', connection: id });
      },
    };
  }

  #onFrame(id: ConnectionId, connection: Connection, frame: Frame): void {
    if (frame.type === FRAME.ping) {
      connection.send(FRAME.pong, frame.body);
      return;
    }
    if (frame.type !== FRAME.requests)
      throw new MalformedBytes(`frame ${frame.type} from a client`);
    for (const request of decodeRequests(frame.body)) {
      this.#inbox.push({ kind: 'request', connection: id, request });
    }
  }

  #onControl(connection: Connection, frame: Frame): void {
    if (frame.type !== FRAME.control || frame.body.length > MAX_CONTROL_BYTES) {
      throw new MalformedBytes(`frame ${frame.type} from an operator`);
    }
    let request: unknown;
    try {
      request = JSON.parse(Buffer.from(frame.body).toString());
    } catch {
      throw new MalformedBytes('a question that is not JSON');
    }
    this.#control(request, (reply) => {
      connection.send(FRAME.controlReply, Buffer.from(JSON.stringify(reply)));
    });
  }

  respond(id: ConnectionId, response: ClientResponse): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    client.responses.push(response);
    if (client.responses.length > 1) return;
    this.#answered.push(id);
    if (this.#answered.length === 1) process.nextTick(() => this.flush());
  }

  /** What is to leave at the end of the running callback leaves now. */
  flush(): void {
    for (const id of this.#answered.splice(0)) {
      const client = this.#clients.get(id);
      if (client !== undefined) this.#send(client);
    }
  }

  #send(client: Client): void {
    const { connection, responses } = client;
    client.responses = [];
    for (const body of packResponses(responses)) connection.send(FRAME.responses, body);
    connection.flushNow();
    const { backlog } = connection;
    if (backlog > limits.CONNECTION_BACKLOG_BYTES) {
      connection.destroy('does not read its replies');
    } else if (backlog > CLIENT_PAUSE_BYTES && !client.paused) {
      client.paused = true;
      connection.pause();
      connection.onDrain(() => {
        client.paused = false;
        connection.resume();
      });
    }
  }
}
