import { ConCoordError } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import type { Admission, Inbox, PeerPort } from '../host/index.ts';
import type { Member, Message, ReplicaId } from '../paxos/index.ts';
import {
  decodeMessage,
  decodeRefusal,
  decodeWelcome,
  encodeHello,
  encodeMessage,
} from '../wire/index.ts';
import type { ConnectionEnd } from './connection.ts';
import type { Machine, Network } from './network.ts';
import type { VirtualProcess } from './process.ts';
import type { Fate } from './replica-process.ts';
import { MS } from './world.ts';

const REDIAL_MIN = 20 * MS;
const REDIAL_MAX = 250 * MS;

export interface PeerLinkParts {
  readonly process: VirtualProcess;
  readonly network: Network;
  readonly address: Machine;
  readonly admission: Admission;
  readonly inbox: Inbox;
  readonly random: Random;
  /** Watches the wire, independently of what sender and receiver believe. */
  readonly sent: (to: ReplicaId, message: Message) => void;
  readonly received: (from: ReplicaId, message: Message) => void;
  /** Refused for good: the directory of this process is a copy, or was put back. */
  readonly fatal: (fate: Fate) => void;
}

interface Dialled {
  readonly member: Member;
  end: ConnectionEnd | undefined;
  failures: number;
}

/** One connection to each peer that is wanted, and those on which others have called. */
export class PeerLinks implements PeerPort {
  readonly #parts: PeerLinkParts;
  readonly #dialled = new Map<ReplicaId, Dialled>();
  readonly #inbound = new Map<ReplicaId, ConnectionEnd>();
  #encoded: { readonly message: Message; readonly bytes: Uint8Array } | undefined;

  constructor(parts: PeerLinkParts) {
    this.#parts = parts;
  }

  connect(peers: readonly Member[]): void {
    const wanted = new Set(peers.map(({ id }) => id));
    for (const [id, { end }] of this.#dialled) {
      if (wanted.has(id)) continue;
      this.#dialled.delete(id);
      end?.close();
    }
    for (const member of peers) {
      const known = this.#dialled.get(member.id);
      if (known?.member.address === member.address) continue;
      known?.end?.close();
      const dialled: Dialled = { member, end: undefined, failures: 0 };
      this.#dialled.set(member.id, dialled);
      this.#dial(dialled);
    }
  }

  send(to: ReplicaId, message: Message): void {
    this.#parts.sent(to, message);
    // As over TCP, a connection carries what its dialler says.
    const end = this.#dialled.get(to)?.end;
    if (end === undefined) return;
    if (this.#encoded?.message !== message) {
      this.#encoded = { message, bytes: encodeMessage(message) };
    }
    end.send(this.#encoded.bytes);
  }

  /** Networks delay whatever they like. */
  sendLater(to: ReplicaId, message: Message): void {
    this.send(to, message);
  }

  /** A connection from a replica that was let in; the newest counts. */
  accept({ id, address, durable }: Member, end: ConnectionEnd): void {
    const { inbox } = this.#parts;
    this.#inbound.get(id)?.close();
    this.#inbound.set(id, end);
    inbox.push({ kind: 'peerCalled', member: { id, address, durable } });
    this.#receive(id, end);
    end.closed = () => {
      if (this.#inbound.get(id) !== end) return;
      this.#inbound.delete(id);
      inbox.push({ kind: 'peerLost', id });
      inbox.push({ kind: 'peerHungUp', id });
    };
  }

  #receive(id: ReplicaId, end: ConnectionEnd): void {
    const { inbox, received } = this.#parts;
    end.received = (bytes) => {
      const message = decodeMessage(bytes);
      received(id, message);
      inbox.push({ kind: 'message', from: id, message });
    };
  }

  #dial(dialled: Dialled): void {
    const { admission, network, process } = this.#parts;
    const { id, address } = dialled.member;
    network.dial({
      process,
      from: this.#parts.address,
      to: address,
      kind: 'peer',
      hello: () => encodeHello(admission.hello(id)),
      answered: (answer, accepted, end) => {
        if (this.#dialled.get(id) !== dialled) return end.close();
        if (accepted) this.#welcomed(dialled, answer, end);
        else this.#refused(dialled, answer, end);
      },
      failed: () => this.#redial(dialled, REDIAL_MIN * 2 ** Math.min(4, dialled.failures++)),
    });
  }

  #welcomed(dialled: Dialled, answer: Uint8Array, end: ConnectionEnd): void {
    const { admission, inbox } = this.#parts;
    const welcome = decodeWelcome(answer);
    const { id, address } = dialled.member;
    if (welcome.id !== id) {
      end.close();
      inbox.push({ kind: 'peerMet', id: welcome.id, address, view: welcome.view });
      this.#redial(dialled, REDIAL_MAX);
      return;
    }
    try {
      admission.judgeLife(id, welcome.incarnation, welcome.position, address);
    } catch (error) {
      if (!(error instanceof ConCoordError)) throw error;
      // It forgot what it acknowledged, or it acknowledged more since it answered: ask it again.
      end.close();
      this.#redial(dialled, REDIAL_MAX);
      return;
    }
    dialled.failures = 0;
    dialled.end = end;
    end.closed = () => {
      if (dialled.end !== end) return;
      dialled.end = undefined;
      inbox.push({ kind: 'peerLost', id });
      this.#redial(dialled, REDIAL_MIN);
    };
  }

  #refused(dialled: Dialled, answer: Uint8Array, end: ConnectionEnd): void {
    const { admission, fatal } = this.#parts;
    const refusal = decodeRefusal(answer);
    const { code, message } = refusal;
    end.close();
    const { name, world } = this.#parts.process;
    if (world.traced) world.say(`${name} is refused: ${message}`);
    const stale = code === 'STALE_DIRECTORY' && !admission.isOvertaken(refusal);
    if (stale) fatal({ code, words: message });
    else this.#redial(dialled, REDIAL_MAX);
  }

  #redial(dialled: Dialled, delay: number): void {
    const { process, random } = this.#parts;
    process.after(random.between(REDIAL_MIN, Math.max(REDIAL_MIN, delay)), 'connection', () => {
      if (this.#dialled.get(dialled.member.id) !== dialled || dialled.end !== undefined) return;
      this.#dial(dialled);
    });
  }
}
