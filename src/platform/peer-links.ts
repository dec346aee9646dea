import { connect } from 'node:net';
import { crc32 } from 'node:zlib';
import { ConCoordError, limits, MalformedBytes } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import type { Inbox, PeerPort } from '../host/index.ts';
import type { Member, Message, ReplicaId } from '../paxos/index.ts';
import {
  decodeChallenge,
  decodeRefusal,
  decodeWelcome,
  encodeHello,
  encodeMessageFrame,
  FRAME,
} from '../wire/index.ts';
import type { Challenge, Frame, PeerHello, Refusal, Welcome } from '../wire/index.ts';
import { Connection } from './connection.ts';
import {
  CONNECTION_TICK_MS,
  DIAL_TIMEOUT_MS,
  LINK_SILENCE_TICKS,
  PEER_BACKLOG_BYTES,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
} from './limits.ts';
import { splitAddress } from './split-address.ts';

export interface PeerLinksOptions {
  readonly inbox: Inbox;
  readonly random: Random;
  readonly hello: (target: ReplicaId) => PeerHello;
  /** Shows a member that asks for it that we have the token. */
  readonly prove: (challenge: Challenge, hello: Uint8Array) => Promise<Uint8Array>;
  /** Judges who answered; false keeps the link closed. */
  readonly accept: (member: Member, welcome: Welcome) => boolean;
  /** Returns `overtaken` when the hello was only too old by the time it was judged: another one may do. */
  readonly refused: (member: Member, refusal: Refusal) => 'refused' | 'overtaken';
  readonly tickMs?: number;
}

const NO_BODY = new Uint8Array(0);

/**
 * One link to each other member, for what we send; what it sends comes on a connection of its own.
 */
export class PeerLinks implements PeerPort {
  readonly #options: PeerLinksOptions;
  readonly #links = new Map<ReplicaId, Link>();
  readonly #timer: NodeJS.Timeout;
  /** The message sent last, encoded: an `accept` goes to all. */
  #encoded: { readonly message: Message; readonly frame: Uint8Array } | undefined;

  constructor(options: PeerLinksOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#encoded = undefined;
      for (const link of this.#links.values()) link.tick();
    }, options.tickMs ?? CONNECTION_TICK_MS);
    this.#timer.unref();
  }

  connect(peers: readonly Member[]): void {
    const wanted = new Map(peers.map((peer) => [peer.id, peer]));
    for (const [id, link] of [...this.#links]) {
      if (wanted.get(id)?.address === link.member.address) continue;
      link.close();
      this.#links.delete(id);
    }
    for (const [id, member] of wanted) {
      if (!this.#links.has(id)) this.#open(member);
    }
  }

  #open(member: Member): void {
    try {
      this.#links.set(member.id, new Link(member, splitAddress(member.address), this.#options));
    } catch (error) {
      // The address came from another replica, which cannot be trusted to have checked it.
      if (!(error instanceof ConCoordError)) throw error;
      this.#options.refused(member, { code: error.code, message: error.message });
    }
  }

  send(to: ReplicaId, message: Message): void {
    const link = this.#links.get(to);
    if (link?.ready === true) link.send(this.#frameOf(message));
  }

  sendLater(to: ReplicaId, message: Message): void {
    const link = this.#links.get(to);
    if (link?.ready === true) link.sendLater(this.#frameOf(message));
  }

  #frameOf(message: Message): Uint8Array {
    if (this.#encoded?.message !== message) {
      this.#encoded = { message, frame: encodeMessageFrame(message, crc32) };
    }
    return this.#encoded.frame;
  }

  /** What is to leave at the end of the running callback leaves now. */
  flush(): void {
    for (const link of this.#links.values()) link.flush();
  }

  close(): void {
    clearInterval(this.#timer);
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }
}

/** Dials one member, again and again, and sends while the connection is good. */
class Link {
  readonly member: Member;
  readonly #where: { readonly host: string; readonly port: number };
  readonly #options: PeerLinksOptions;
  #connection: Connection | undefined;
  #state: 'down' | 'greeting' | 'proving' | 'ready' | 'closed' = 'down';
  /** As it was sent on this connection. */
  #hello: Uint8Array = NO_BODY;
  #pauseMs = REDIAL_MIN_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    member: Member,
    where: { readonly host: string; readonly port: number },
    options: PeerLinksOptions,
  ) {
    this.member = member;
    this.#where = where;
    this.#options = options;
    this.#dial();
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  send(frame: Uint8Array): void {
    if (this.#hasRoom(frame)) this.#connection?.sendFrame(frame);
  }

  sendLater(frame: Uint8Array): void {
    if (this.#hasRoom(frame)) this.#connection?.sendFrameLater(frame);
  }

  /** A member that does not keep up is not waited for: it fetches later what is dropped here. */
  #hasRoom(frame: Uint8Array): boolean {
    const backlog = this.#connection?.backlog ?? 0;
    return backlog === 0 || backlog + frame.length <= PEER_BACKLOG_BYTES;
  }

  flush(): void {
    this.#connection?.flushNow();
  }

  /** Asks for a sign of life, and gives the connection up when none comes. */
  tick(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#state !== 'ready') return;
    if (connection.tick().quiet > LINK_SILENCE_TICKS) connection.destroy('silent');
    else connection.send(FRAME.ping, NO_BODY);
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    this.#connection?.end('not needed any more');
  }

  #dial(): void {
    const socket = connect({ ...this.#where, noDelay: true });
    const connection = new Connection(socket, limits.MAX_CLIENT_FRAME_BYTES, {
      frame: (frame) => this.#onFrame(connection, frame),
      closed: () => this.#onClosed(),
    });
    this.#timer = setTimeout(() => connection.destroy('no welcome'), DIAL_TIMEOUT_MS);
    this.#connection = connection;
    this.#state = 'greeting';
    socket.once('connect', () => {
      this.#hello = encodeHello(this.#options.hello(this.member.id));
      connection.send(FRAME.hello, this.#hello);
    });
  }

  #onFrame(connection: Connection, frame: Frame): void {
    if (this.#state === 'ready' && frame.type === FRAME.pong) return;
    if (this.#state === 'greeting' && frame.type === FRAME.challenge) {
      void this.#prove(connection, decodeChallenge(frame.body));
      return;
    }
    if (this.#state !== 'greeting' && this.#state !== 'proving') {
      throw new MalformedBytes(`frame ${frame.type} on a link`);
    }
    if (frame.type === FRAME.refusal) {
      const verdict = this.#options.refused(this.member, decodeRefusal(frame.body));
      // A leader that is full of work overtakes its hellos often: members must be linked all the same.
      this.#pauseMs = verdict === 'overtaken' ? REDIAL_MIN_MS : REDIAL_MAX_MS;
      connection.destroy('refused');
      return;
    }
    if (frame.type !== FRAME.welcome) throw new MalformedBytes(`frame ${frame.type} on a link`);
    if (!this.#options.accept(this.member, decodeWelcome(frame.body))) {
      connection.destroy('not the member that was dialled');
      return;
    }
    clearTimeout(this.#timer);
    this.#state = 'ready';
    this.#pauseMs = REDIAL_MIN_MS;
  }

  async #prove(connection: Connection, challenge: Challenge): Promise<void> {
    this.#state = 'proving';
    try {
      connection.send(FRAME.proof, await this.#options.prove(challenge, this.#hello));
    } catch (error) {
      connection.destroy(`no proof: ${(error as Error).message}`);
    }
  }

  #onClosed(): void {
    clearTimeout(this.#timer);
    this.#connection = undefined;
    if (this.#state === 'closed') return;
    if (this.#state === 'ready') this.#options.inbox.push({ kind: 'peerLost', id: this.member.id });
    this.#state = 'down';
    const pause = this.#options.random.between(Math.ceil(this.#pauseMs / 2), this.#pauseMs);
    this.#pauseMs = Math.min(REDIAL_MAX_MS, this.#pauseMs * 2);
    this.#timer = setTimeout(() => this.#dial(), pause);
  }
}
