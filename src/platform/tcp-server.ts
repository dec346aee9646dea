import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { ConCoordError, limits, MalformedBytes } from '../base/index.ts';
import type { Inbox } from '../host/index.ts';
import type { ReplicaId } from '../paxos/index.ts';
import {
  decodeHello,
  decodeMessage,
  encodeChallenge,
  encodeRefusal,
  encodeWelcome,
  FRAME,
  sharesWireVersion,
  WIRE,
} from '../wire/index.ts';
import type { Frame, Hello, PeerHello, Refusal, Welcome } from '../wire/index.ts';
import type { ClientConnections } from './client-connections.ts';
import { Connection } from './connection.ts';
import type { Guard } from './guard.ts';
import {
  ACCEPT_BACKLOG,
  CONNECTION_TICK_MS,
  FRAME_TICKS,
  HELLO_TIMEOUT_MS,
  LINK_SILENCE_TICKS,
  MAX_HELLO_BYTES,
  REFUSED_CONNECTIONS,
  STUCK_TICKS,
  UNFINISHED_BYTES,
} from './limits.ts';
import type { Logger } from './logger.ts';
import { SparingWarnings } from './sparing-warnings.ts';

export interface TcpServerOptions {
  readonly inbox: Inbox;
  readonly clients: ClientConnections;
  readonly logger: Logger;
  readonly judge: (hello: Hello) => { readonly welcome: Welcome } | { readonly refusal: Refusal };
  /** Asks for the token, where there is one, before a hello is judged. */
  readonly guard?: Guard | undefined;
  readonly maxConnections?: number;
  readonly helloTimeoutMs?: number;
  readonly tickMs?: number;
}

/** What is known of a connection: nothing, before its hello, and the proof where one is needed. */
interface Guest {
  role: Hello['role'] | undefined;
  onFrame: (frame: Frame) => void;
  onClosed: () => void;
}

/** One port for replicas and clients: the first frame says who it is. */
export class TcpServer {
  readonly #options: TcpServerOptions;
  readonly #server: Server;
  readonly #warnings: SparingWarnings;
  readonly #guests = new Map<Connection, Guest>();
  /** The connection on which each replica speaks to us; the newest has it, and the newest life. */
  readonly #peers = new Map<ReplicaId, Connection>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TcpServerOptions) {
    this.#options = options;
    this.#warnings = new SparingWarnings(options.logger);
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = this.#maxConnections + REFUSED_CONNECTIONS;
  }

  get #maxConnections(): number {
    return this.#options.maxConnections ?? limits.MAX_CONNECTIONS;
  }

  /** Where it listens: with port 0 the system chooses one. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** @throws ConCoordError `ADDRESS_IN_USE` or `CONNECTION`. */
  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        reject(listenError(error, host, port));
      });
      this.#server.listen({ host, port, exclusive: true, backlog: ACCEPT_BACKLOG }, () => {
        this.#server.removeAllListeners('error');
        this.#server.on('error', (error) =>
          this.#options.logger.warn(`accepting failed: ${error.message}`),
        );
        this.#timer = setInterval(() => this.#tick(), this.#options.tickMs ?? CONNECTION_TICK_MS);
        this.#timer.unref();
        resolve();
      });
    });
  }

  /** Takes no more connections, and ends those that there are. */
  close(): Promise<void> {
    clearInterval(this.#timer);
    for (const connection of this.#guests.keys()) connection.end('this replica stops');
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(socket: Socket): void {
    const guest: Guest = {
      role: undefined,
      onFrame: (frame) => this.#greet(connection, guest, frame),
      onClosed: () => undefined,
    };
    const timer = setTimeout(() => {
      if (guest.role === undefined) connection.destroy('no hello');
    }, this.#options.helloTimeoutMs ?? HELLO_TIMEOUT_MS);
    timer.unref();
    const connection = new Connection(socket, MAX_HELLO_BYTES, {
      frame: (frame) => guest.onFrame(frame),
      closed: (why) => {
        clearTimeout(timer);
        this.#guests.delete(connection);
        guest.onClosed();
        const odd = guest.role === undefined || why.startsWith('malformed');
        if (odd) this.#warn(connection, why, `connection from ${connection.remote} ended: ${why}`);
      },
    });
    if (this.#guests.size >= this.#maxConnections) {
      const message = `there are ${this.#maxConnections} connections, which is the limit`;
      // Not before its hello was read: closing with unread bytes would take the refusal away again.
      guest.onFrame = () => this.#refuse(connection, guest, { code: 'OVERLOADED', message });
    }
    this.#guests.set(connection, guest);
  }

  #greet(connection: Connection, guest: Guest, frame: Frame): void {
    if (frame.type !== FRAME.hello) throw new MalformedBytes('the first frame is no hello');
    const hello = decodeHello(frame.body);
    const { guard } = this.#options;
    // Whoever speaks another version must hear that, and not what this version asks next.
    if (guard === undefined || !sharesWireVersion(WIRE, hello.wire)) {
      this.#admit(connection, guest, hello);
      return;
    }
    const challenge = guard.challenge();
    connection.expectAnotherFirst();
    guest.onFrame = (answer) => {
      if (answer.type !== FRAME.proof) throw new MalformedBytes('no proof follows the challenge');
      const refusal = guard.judge(frame.body, challenge, answer.body);
      if (refusal === undefined) this.#admit(connection, guest, hello);
      else this.#refuse(connection, guest, refusal);
    };
    connection.send(FRAME.challenge, encodeChallenge(challenge));
  }

  #admit(connection: Connection, guest: Guest, hello: Hello): void {
    guest.role = hello.role;
    const verdict = this.#options.judge(hello);
    if ('refusal' in verdict) {
      this.#refuse(connection, guest, verdict.refusal);
      return;
    }
    connection.send(FRAME.welcome, encodeWelcome(verdict.welcome));
    if (hello.role === 'peer') {
      connection.allow(limits.MAX_PEER_FRAME_BYTES);
      this.#receive(connection, guest, hello, verdict.welcome.id);
    } else {
      connection.allow(limits.MAX_CLIENT_FRAME_BYTES);
      const { onFrame, onClosed } = this.#options.clients.add(connection, hello);
      guest.onFrame = onFrame;
      guest.onClosed = onClosed;
    }
  }

  #refuse(connection: Connection, guest: Guest, refusal: Refusal): void {
    guest.role ??= 'client';
    guest.onFrame = () => undefined;
    const { code, message } = refusal;
    const line = `refused ${connection.remote}: ${message} (${code})`;
    // Every start meets others that are dialling already: nobody has to know.
    if (code === 'CONNECTION') this.#options.logger.debug(line);
    else this.#warn(connection, code, line);
    connection.send(FRAME.refusal, encodeRefusal(refusal));
    connection.end('refused');
  }

  /** What others cause they cause again on another port of theirs. */
  #warn({ remote }: Connection, what: string, line: string): void {
    this.#warnings.warn(`${remote.slice(0, remote.lastIndexOf(':'))} ${what}`, line);
  }

  /** Takes messages from another replica. */
  #receive(connection: Connection, guest: Guest, hello: PeerHello, self: ReplicaId): void {
    const { id, address, durable, target } = hello;
    if (target !== 0 && target !== self) {
      // It looks for whoever lived here before; our welcome has told it.
      guest.onFrame = () => undefined;
      connection.end('looked for another life');
      return;
    }
    const before = this.#peers.get(id);
    this.#peers.set(id, connection);
    before?.destroy('a newer connection of the same replica');
    const { inbox } = this.#options;
    inbox.push({ kind: 'peerCalled', member: { id, address, durable } });
    guest.onFrame = (frame) => {
      if (frame.type === FRAME.ping) {
        connection.send(FRAME.pong, frame.body);
        return;
      }
      if (frame.type !== FRAME.message) {
        throw new MalformedBytes(`frame ${frame.type} from a replica`);
      }
      inbox.push({ kind: 'message', from: id, message: decodeMessage(frame.body) });
    };
    guest.onClosed = () => {
      if (this.#peers.get(id) !== connection) return;
      this.#peers.delete(id);
      inbox.push({ kind: 'peerLost', id });
      inbox.push({ kind: 'peerHungUp', id });
    };
  }

  /** Ends connections that hang, and those that hold too much memory. */
  #tick(): void {
    let unfinishedBytes = 0;
    for (const [connection, { role }] of this.#guests) {
      const { quiet, stuck, unfinished } = connection.tick();
      unfinishedBytes += connection.unfinishedBytes;
      if (role === 'peer' && quiet > LINK_SILENCE_TICKS) connection.destroy('silent');
      else if (unfinished > FRAME_TICKS) connection.destroy('a frame does not get complete');
      else if (stuck > STUCK_TICKS) connection.destroy('does not read what it is sent');
    }
    if (unfinishedBytes <= UNFINISHED_BYTES) return;
    const bySize = [...this.#guests.keys()].sort((a, b) => b.unfinishedBytes - a.unfinishedBytes);
    for (const connection of bySize) {
      if (unfinishedBytes <= UNFINISHED_BYTES) return;
      unfinishedBytes -= connection.unfinishedBytes;
      connection.destroy('too many frames are not complete');
    }
  }
}

const LISTEN_REMEDY =
  'Name an address of this machine with -a, and a port that you may use with -p.';

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ConCoordError {
  const message = `cannot listen at ${host}:${port}: ${error.code ?? error.message}`;
  if (error.code === 'EADDRINUSE') return new ConCoordError('ADDRESS_IN_USE', message);
  return new ConCoordError('CONNECTION', message, { remedy: LISTEN_REMEDY });
}
