import { connect } from 'node:net';
import { crc32 } from 'node:zlib';
import { limits, MalformedBytes } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import type { Inbox, PeerPort } from '../host/index.ts';
import type { Member, Message, ReplicaId } from '../paxos/index.ts';
import { decodeRefusal, decodeWelcome, encodeHello, encodeMessageFrame, FRAME } from '../wire/index.ts';
import type { Frame, PeerHello, Refusal, Welcome } from '../wire/index.ts';
import { Connection } from './connection.ts';
import { splitAddress } from './split-address.ts';

/** Pauses between attempts, ms. Short at the top: survivors must meet a founder that is started again. */
const FIRST_PAUSE_MS = 20;
const LAST_PAUSE_MS = 250;
const DIAL_PATIENCE_MS = 2000;

export interface PeerLinksOptions {
  readonly inbox: Inbox;
  readonly random: Random;
  readonly hello: (target: ReplicaId) => PeerHello;
  /** Judges who answered; false keeps the link closed. */
  readonly accept: (member: Member, welcome: Welcome) => boolean;
  readonly refused: (member: Member, refusal: Refusal) => void;
}

/** One link to each other member, for what we send; what it sends comes on a connection of its own. */
export class PeerLinks implements PeerPort {
  readonly #options: PeerLinksOptions;
  readonly #links = new Map<ReplicaId, Link>();
  /** The last message that went to several, encoded: an `accept` goes to all. */
  #encoded: { readonly message: Message; readonly frame: Uint8Array } | undefined;

  constructor(options: PeerLinksOptions) {
    this.#options = options;
  }

  connect(peers: readonly Member[]): void {
    const wanted = new Map(peers.map((peer) => [peer.id, peer]));
    for (const [id, link] of this.#links) {
      if (wanted.get(id)?.address === link.member.address) continue;
      link.close();
      this.#links.delete(id);
    }
    for (const [id, member] of wanted) {
      if (!this.#links.has(id)) this.#links.set(id, new Link(member, this.#options));
    }
  }

  send(to: ReplicaId, message: Message): void {
    const link = this.#links.get(to);
    if (link === undefined || !link.ready) return;
    if (this.#encoded?.message !== message) {
      this.#encoded = { message, frame: encodeMessageFrame(message, crc32) };
    }
    link.send(this.#encoded.frame);
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }
}

/** Dials one member, again and again, and sends while the connection is good. */
class Link {
  readonly member: Member;
  readonly #options: PeerLinksOptions;
  #connection: Connection | undefined;
  #welcomed = false;
  #closed = false;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(member: Member, options: PeerLinksOptions) {
    this.member = member;
    this.#options = options;
    this.#dial();
  }

  get ready(): boolean {
    return this.#welcomed;
  }

  send(frame: Uint8Array): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    // A member that does not keep up is not waited for: it fetches later what is dropped here.
    if (connection.backlog + frame.length > limits.PEER_IN_FLIGHT_BYTES && connection.backlog > 0) return;
    connection.sendFrame(frame);
  }

  #dial(): void {
    const { host, port } = splitAddress(this.member.address);
    const socket = connect({ host, port, noDelay: true });
    this.#timer = setTimeout(() => socket.destroy(), DIAL_PATIENCE_MS);
    const connection = new Connection(socket, limits.MAX_CLIENT_FRAME_BYTES, {
      frame: (frame) => this.#onFrame(frame),
      closed: () => this.#onClosed(),
    });
    this.#connection = connection;
    socket.once('connect', () => {
      connection.send(FRAME.hello, encodeHello(this.#options.hello(this.member.id)));
    });
  }

  #onFrame(frame: Frame): void {
    if (frame.type === FRAME.refusal) {
      this.#pauseMs = LAST_PAUSE_MS;
      this.#options.refused(this.member, decodeRefusal(frame.body));
      return;
    }
    if (frame.type !== FRAME.welcome || this.#welcomed) {
      throw new MalformedBytes(`frame ${frame.type} on a link`);
    }
    const welcome = decodeWelcome(frame.body);
    if (!this.#options.accept(this.member, welcome)) {
      this.#pauseMs = LAST_PAUSE_MS;
      this.#connection?.destroy('not the member that was dialled');
      return;
    }
    clearTimeout(this.#timer);
    this.#welcomed = true;
    this.#pauseMs = FIRST_PAUSE_MS;
  }

  #onClosed(): void {
    clearTimeout(this.#timer);
    this.#connection = undefined;
    if (this.#welcomed) this.#options.inbox.push({ kind: 'peerLost', id: this.member.id });
    this.#welcomed = false;
    if (this.#closed) return;
    const pause = this.#options.random.between(Math.ceil(this.#pauseMs / 2), this.#pauseMs);
    this.#pauseMs = Math.min(LAST_PAUSE_MS, this.#pauseMs * 2);
    this.#timer = setTimeout(() => this.#dial(), pause);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#connection?.end('not needed any more');
  }
}
