import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { ConCoordError, limits, MalformedBytes } from '../base/index.ts';
import type { Inbox } from '../host/index.ts';
import type { ReplicaId } from '../paxos/index.ts';
import { decodeHello, decodeMessage, encodeRefusal, encodeWelcome, FRAME } from '../wire/index.ts';
import type { Frame, Hello, PeerHello, Refusal, Welcome } from '../wire/index.ts';
import type { ClientConnections } from './client-connections.ts';
import { Connection } from './connection.ts';
import type { Logger } from './logger.ts';

/** Whoever connects says hello within this time. */
const HELLO_MS = 5000;
/** A hello is small: nothing larger is read before it was accepted. */
const HELLO_BYTES = 16 * 1024;

export interface TcpServerOptions {
  readonly inbox: Inbox;
  readonly clients: ClientConnections;
  readonly logger: Logger;
  readonly judge: (hello: Hello) => { readonly welcome: Welcome } | { readonly refusal: Refusal };
}

/** One port for replicas and clients: the first frame says who it is. */
export class TcpServer {
  readonly #options: TcpServerOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  /** The connection on which each replica speaks to us; the newest life has it. */
  readonly #peers = new Map<ReplicaId, Connection>();

  constructor(options: TcpServerOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = limits.MAX_CONNECTIONS;
  }

  /** @throws ConCoordError `ADDRESS_IN_USE` or `CONNECTION`. */
  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const where = `${host}:${port}`;
        const message = `cannot listen at ${where}: ${error.code ?? error.message}`;
        if (error.code === 'EADDRINUSE') reject(new ConCoordError('ADDRESS_IN_USE', message));
        else reject(new ConCoordError('CONNECTION', message, { remedy: LISTEN_REMEDY }));
      });
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.removeAllListeners('error');
        this.#server.on('error', (error) =>
          this.#options.logger.warn(`accepting failed: ${error.message}`),
        );
        resolve();
      });
    });
  }

  /** Takes no more connections, and ends those that there are. */
  close(): Promise<void> {
    for (const connection of this.#connections) connection.end('this replica stops');
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    const state: Guest = { hello: undefined, onFrame: undefined, onClosed: undefined };
    const timer = setTimeout(() => connection.destroy('no hello'), HELLO_MS);
    const connection = new Connection(socket, HELLO_BYTES, {
      frame: (frame) => {
        if (state.onFrame !== undefined) state.onFrame(frame);
        else {
          clearTimeout(timer);
          this.#greet(connection, state, frame);
        }
      },
      closed: (why) => {
        clearTimeout(timer);
        this.#connections.delete(connection);
        state.onClosed?.(why);
        if (why.startsWith('malformed') || state.hello === undefined) {
          this.#options.logger.warn(`connection from ${remote} ended: ${why}`);
        }
      },
    });
    const { remote } = connection;
    this.#connections.add(connection);
  }

  #greet(connection: Connection, state: Guest, frame: Frame): void {
    if (frame.type !== FRAME.hello) throw new MalformedBytes('the first frame is no hello');
    const hello = decodeHello(frame.body);
    state.hello = hello;
    const verdict = this.#options.judge(hello);
    if ('refusal' in verdict) {
      const { code, message } = verdict.refusal;
      this.#options.logger.warn(`refused ${connection.remote}: ${message} (${code})`);
      connection.send(FRAME.refusal, encodeRefusal(verdict.refusal));
      connection.end('refused');
      state.onFrame = () => undefined;
      return;
    }
    connection.send(FRAME.welcome, encodeWelcome(verdict.welcome));
    const peer = hello.role === 'peer';
    // Whoever dials waits for the welcome, so nothing of a larger frame can be on its way yet.
    connection.allow(peer ? limits.MAX_PEER_FRAME_BYTES : limits.MAX_CLIENT_FRAME_BYTES);
    if (peer) this.#peer(connection, state, hello, verdict.welcome.id);
    else {
      const client = this.#options.clients.add(connection, hello);
      state.onFrame = client.onFrame;
      state.onClosed = client.onClosed;
    }
  }

  #peer(connection: Connection, state: Guest, hello: PeerHello, self: ReplicaId): void {
    const { id, target } = hello;
    if (target !== 0 && target !== self) {
      // It looks for whoever lived here before; our welcome has told it.
      state.onFrame = () => undefined;
      connection.end('looked for another life');
      return;
    }
    const before = this.#peers.get(id);
    this.#peers.set(id, connection);
    before?.destroy('a newer connection of the same replica');
    const { inbox } = this.#options;
    state.onFrame = (frame) => {
      if (frame.type !== FRAME.message)
        throw new MalformedBytes(`frame ${frame.type} from a replica`);
      if (this.#peers.get(id) !== connection) return;
      inbox.push({ kind: 'message', from: id, message: decodeMessage(frame.body) });
    };
    state.onClosed = () => {
      if (this.#peers.get(id) !== connection) return;
      this.#peers.delete(id);
      inbox.push({ kind: 'peerLost', id });
    };
  }
}

const LISTEN_REMEDY = 'Name an address of this machine with -a.';

/** What is known of a connection: nothing, before its hello. */
interface Guest {
  hello: Hello | undefined;
  onFrame: ((frame: Frame) => void) | undefined;
  onClosed: ((why: string) => void) | undefined;
}
