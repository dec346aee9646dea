import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket as UdpSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { answer, answerTruncated } from './answer.ts';
import type { Transport } from './answer.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Zone } from './zone.ts';

/** Connections at a time; beyond them the one that has been silent for longest is closed. */
const MAX_CONNECTIONS = 256;
const MAX_CONNECTIONS_OF_ONE = 32;
/** From one whole query to the next (RFC 7766, 6.2.3). */
const IDLE_MS = 10_000;
const LENGTH_BYTES = 2;
const ATTEMPTS = 10;

export interface ListenerOptions {
  readonly address: string;
  readonly port: number;
  /** One for each transport: who floods by UDP in the name of others must not keep these from TCP. */
  readonly limits: Readonly<Record<Transport, RateLimit>>;
  readonly zone: () => Zone | undefined;
}

/** Answers at one address and port, over UDP and TCP. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  /** In the order in which they were heard. */
  readonly #conversations = new Set<Conversation>();

  private constructor(options: ListenerOptions) {
    this.#options = options;
    const { address } = options;
    // A name for this machine can have addresses of both families, each with a socket of its own.
    this.#udp = address.includes(':')
      ? createSocket({ type: 'udp6', ipv6Only: true })
      : createSocket('udp4');
    this.#udp.on('message', (packet, from) => this.#onPacket(packet, from));
    this.#tcp = createServer((socket) => this.#onConnection(socket));
  }

  /**
   * @param attempts With port 0: one that is free over UDP may be taken over TCP, and then another is tried.
   * @throws NodeJS.ErrnoException when the port cannot be had.
   */
  static async open(options: ListenerOptions, attempts = ATTEMPTS): Promise<Listener> {
    const listener = new Listener(options);
    try {
      await listener.#bind();
      return listener;
    } catch (error) {
      listener.close();
      const { code } = error as NodeJS.ErrnoException;
      if (options.port !== 0 || code !== 'EADDRINUSE' || attempts === 1) throw error;
      return Listener.open(options, attempts - 1);
    }
  }

  async #bind(): Promise<void> {
    const { address, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#udp.once('error', reject).bind({ address, port, exclusive: true }, resolve);
    });
    await new Promise<void>((resolve, reject) => {
      this.#tcp.once('error', reject).listen({ host: address, port: this.port }, resolve);
    });
    // Such as a reply to somebody who cannot be reached: nothing that the next one should suffer from.
    this.#udp.removeAllListeners('error').on('error', () => undefined);
    this.#tcp.removeAllListeners('error').on('error', () => undefined);
  }

  get port(): number {
    return this.#udp.address().port;
  }

  close(): void {
    try {
      this.#udp.close();
    } catch {
      // It was never bound.
    }
    this.#tcp.close();
    for (const conversation of this.#conversations) conversation.end();
  }

  #onPacket(packet: Buffer, from: RemoteInfo): void {
    if (from.port === 0) return;
    const verdict = this.#options.limits.udp.judge(from.address, performance.now());
    if (verdict === 'drop') return;
    const reply =
      verdict === 'tell' ? answerTruncated(packet) : answer(packet, this.#options.zone(), 'udp');
    // Whether it arrives is for the asker to find out.
    if (reply !== undefined) this.#udp.send(reply, from.port, from.address, () => undefined);
  }

  #onConnection(socket: Socket): void {
    const source = socket.remoteAddress ?? '';
    const conversation = new Conversation(socket, {
      reply: (packet) =>
        this.#options.limits.tcp.judge(source, performance.now()) === 'answer'
          ? answer(packet, this.#options.zone(), 'tcp')
          : 'tooMany',
      heard: () => {
        this.#conversations.delete(conversation);
        this.#conversations.add(conversation);
      },
      over: () => void this.#conversations.delete(conversation),
    });
    this.#conversations.add(conversation);
    const all = [...this.#conversations];
    const same = all.filter((other) => other.source === source);
    if (same.length > MAX_CONNECTIONS_OF_ONE) same[0]?.end();
    else if (all.length > MAX_CONNECTIONS) all[0]?.end();
  }
}

interface Conduct {
  /** `tooMany`: whoever asks so much may come back later. */
  readonly reply: (packet: Buffer) => Buffer | undefined | 'tooMany';
  /** A whole query has come. */
  readonly heard: () => void;
  readonly over: () => void;
}

/** A TCP connection: queries one behind the other, each behind its length (RFC 1035, 4.2.2). */
class Conversation {
  readonly source: string;
  readonly #socket: Socket;
  readonly #conduct: Conduct;
  #received: Buffer = Buffer.alloc(0);
  #patience: NodeJS.Timeout;

  constructor(socket: Socket, conduct: Conduct) {
    this.source = socket.remoteAddress ?? '';
    this.#socket = socket;
    this.#conduct = conduct;
    this.#patience = this.#wait();
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('drain', () => this.#readOn());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(this.#patience);
      conduct.over();
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  /** Bytes alone are no sign of life: who sends one at a time would keep a place for hours. */
  #wait(): NodeJS.Timeout {
    return setTimeout(() => this.end(), IDLE_MS);
  }

  #onData(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    this.#serve();
  }

  /** Who does not read replies is not read from, either. */
  #readOn(): void {
    this.#serve();
    if (!this.#socket.writableNeedDrain) this.#socket.resume();
  }

  #serve(): void {
    let at = 0;
    while (!this.#socket.writableNeedDrain && this.#received.length - at >= LENGTH_BYTES) {
      const length = this.#received.readUInt16BE(at);
      const end = at + LENGTH_BYTES + length;
      if (this.#received.length < end) break;
      if (!this.#take(this.#received.subarray(at + LENGTH_BYTES, end))) return;
      at = end;
    }
    this.#received = this.#received.subarray(at);
    if (this.#socket.writableNeedDrain) this.#socket.pause();
  }

  /** Returns whether the conversation goes on: who sends what deserves no reply is no resolver. */
  #take(packet: Buffer): boolean {
    clearTimeout(this.#patience);
    this.#patience = this.#wait();
    this.#conduct.heard();
    const reply = this.#conduct.reply(packet);
    if (reply === undefined || reply === 'tooMany') {
      this.end();
      return false;
    }
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16BE(reply.length);
    this.#socket.write(Buffer.concat([length, reply]));
    return true;
  }
}
