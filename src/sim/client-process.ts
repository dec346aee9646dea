import type { Random } from '../base/index.ts';
import { CLIENT_ID_BYTES } from '../paxos/index.ts';
import type { ClientRequest, RequestName, View } from '../paxos/index.ts';
import { ClientSession } from '../session/index.ts';
import type {
  CallId,
  CallRequest,
  GiveUp,
  LinkId,
  SessionEffect,
  Settlement,
} from '../session/index.ts';
import {
  decodeRefusal,
  decodeResponses,
  decodeWelcome,
  encodeHello,
  packRequests,
  WIRE,
} from '../wire/index.ts';
import type { Welcome } from '../wire/index.ts';
import { packet, STREAM } from './client-links.ts';
import type { ConnectionEnd } from './connection.ts';
import type { Machine, Network } from './network.ts';
import type { VirtualProcess } from './process.ts';
import { MS } from './world.ts';

export interface ClientProcessOptions {
  readonly process: VirtualProcess;
  readonly network: Network;
  readonly random: Random;
  readonly machine: Machine;
  readonly bootstrap: readonly Machine[];
  readonly acknowledgeBytes: number;
  /** Told when the client is idle and says what it has. */
  readonly acknowledged: () => void;
  /** By how much its clocks run faster than the time of the world; 1 when left out. */
  readonly rate?: number;
  readonly leaseMs?: number;
  readonly watch?: ClientWatch;
}

/** For whoever wants to know more of a client than what becomes of its calls. */
export interface ClientWatch {
  /** These go to a replica, for the first time or again. */
  sent(requests: readonly ClientRequest[]): void;
  /** What these calls gave is lost. */
  lost(sequences: readonly number[]): void;
  /** It has done all that was due. */
  turned(): void;
}

/** A client as a process of the virtual world: the production session over virtual connections. */
export class ClientProcess {
  readonly process: VirtualProcess;
  readonly #options: ClientProcessOptions;
  readonly #session: ClientSession;
  readonly #waiting = new Map<CallId, (settlement: Settlement) => void>();
  readonly #ends = new Map<LinkId, ConnectionEnd>();
  #scheduled = false;
  readonly #rate: number;
  /** The newest view that it has heard of. */
  #view: View | undefined;
  /** The wake-up that counts; older ones are ignored. */
  #wake = 0;

  constructor(options: ClientProcessOptions) {
    this.#options = options;
    this.process = options.process;
    const random = options.random.fork();
    this.#session = new ClientSession({
      random: options.random.fork(),
      newClientId: () => Uint8Array.from({ length: CLIENT_ID_BYTES }, () => random.between(0, 255)),
      bootstrap: options.bootstrap,
      acknowledgeBytes: options.acknowledgeBytes,
      leaseMs: options.leaseMs,
    });
    this.#rate = options.rate ?? 1;
  }

  /** Monotonic ms. */
  get now(): number {
    return (this.process.world.now / MS) * this.#rate;
  }

  get outstanding(): number {
    return this.#session.outstanding;
  }

  /** Whether it knows, or was told in the beginning, one of these addresses: else nobody can help it. */
  knows(addresses: readonly Machine[]): boolean {
    const members = this.#view?.members.map(({ address }) => address) ?? [];
    return [...members, ...this.#options.bootstrap].some((known) => addresses.includes(known));
  }

  call(request: CallRequest, settled: (settlement: Settlement) => void): CallId {
    const id = this.#session.call(this.now, request);
    this.#waiting.set(id, settled);
    this.#turnSoon();
    return id;
  }

  resolve(requestId: string, deadline: number, settled: (settlement: Settlement) => void): void {
    this.#waiting.set(this.#session.resolve(this.now, { requestId, deadline }), settled);
    this.#turnSoon();
  }

  giveUp(id: CallId, reason: GiveUp): void {
    this.#session.giveUp(this.now, id, reason);
    this.#turnSoon();
  }

  /** Gives back what a call has given. */
  giveBack(name: RequestName): void {
    this.#session.giveBack(name);
    this.#turnSoon();
  }

  close(graceMs: number): void {
    const reason: GiveUp = { code: 'CLOSED', message: 'the client closed' };
    this.#session.close(this.now, graceMs, reason);
    this.#turnSoon();
  }

  #turnSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.process.after(0, 'client', () => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    for (const effect of this.#session.turn(this.now)) this.#perform(effect);
    this.#options.watch?.turned();
    const { wakeAt } = this.#session;
    const wake = ++this.#wake;
    if (!this.process.alive) return;
    if (wakeAt === Infinity || this.#scheduled) return;
    const wait = Math.max(MS, (wakeAt * MS) / this.#rate - this.process.world.now);
    this.process.after(wait, 'client', () => {
      if (wake === this.#wake) this.#turn();
    });
  }

  #perform(effect: SessionEffect): void {
    switch (effect.kind) {
      case 'connect':
        return this.#connect(effect.link, effect.address);
      case 'disconnect':
        this.#ends.get(effect.link)?.close();
        this.#ends.delete(effect.link);
        return;
      case 'send': {
        const end = this.#ends.get(effect.link);
        this.#options.watch?.sent(effect.requests);
        for (const request of effect.requests) {
          if (request.kind !== 'item' || request.item.kind !== 'acknowledge') continue;
          this.#options.acknowledged();
        }
        for (const body of packRequests(effect.requests)) end?.send(packet(STREAM.parts, body));
        return;
      }
      case 'ping':
        this.#ends.get(effect.link)?.send(packet(STREAM.ping, new Uint8Array(0)));
        return;
      case 'settled': {
        const settled = this.#waiting.get(effect.id);
        this.#waiting.delete(effect.id);
        settled?.(effect.settlement);
        return;
      }
      case 'lost':
        return this.#options.watch?.lost(effect.sequences);
      case 'closed':
        return this.process.end('killed');
    }
  }

  #connect(link: LinkId, address: Machine): void {
    const { network, machine } = this.#options;
    const hello = encodeHello({
      role: 'client',
      wire: WIRE,
      instance: this.#session.instance ?? '',
      library: 'sim',
      purpose: 'calls',
    });
    network.dial({
      process: this.process,
      from: machine,
      to: address,
      kind: 'client',
      hello: () => hello,
      answered: (answer, accepted, end) => this.#answered(link, answer, accepted, end),
      failed: (why) => this.#lost(link, why),
    });
  }

  #answered(link: LinkId, answer: Uint8Array, accepted: boolean, end: ConnectionEnd): void {
    if (!accepted) {
      end.close();
      return this.#lost(link, decodeRefusal(answer).message);
    }
    this.#ends.set(link, end);
    end.received = (bytes) => this.#received(link, bytes);
    end.closed = () => this.#lost(link, 'the connection broke');
    const greeting = greetingOf(decodeWelcome(answer));
    this.#learn(greeting.view);
    this.#session.connected(this.now, link, greeting);
    this.#turnSoon();
  }

  #received(link: LinkId, bytes: Uint8Array): void {
    this.#session.heard(this.now, link);
    if (bytes[0] === STREAM.parts) {
      const responses = decodeResponses(bytes.subarray(1));
      for (const response of responses) if ('view' in response) this.#learn(response.view);
      this.#session.received(this.now, link, responses);
    }
    this.#turnSoon();
  }

  #learn(view: View): void {
    if (view.epoch > (this.#view?.epoch ?? 0)) this.#view = view;
  }

  #lost(link: LinkId, why: string): void {
    this.#ends.delete(link);
    this.#session.disconnected(this.now, link, why);
    this.#turnSoon();
  }
}

function greetingOf({
  generation,
  id,
  instance,
  leader,
  methods,
  view,
}: Welcome): Parameters<ClientSession['connected']>[2] {
  return {
    instance,
    generation,
    view,
    leads: leader?.id === id,
    leader: leader?.address,
    reads: new Set(methods.filter(({ read }) => read).map(({ name }) => name)),
  };
}
