import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { limits } from '../base/index.ts';
import { findBuiltIn } from '../library/index.ts';
import { Machine } from '../object/index.ts';
import type { ObjectType } from '../object/index.ts';
import { makeView, readOutcome, REPLY } from '../paxos/index.ts';
import type { ClientRequest, ClientResponse, Item, View } from '../paxos/index.ts';
import {
  decodeHello,
  decodeRequests,
  encodeFrame,
  encodeRefusal,
  encodeWelcome,
  FRAME,
  FrameReader,
  packResponses,
} from '../wire/index.ts';
import type { Frame, Refusal } from '../wire/index.ts';

type Numbered = Extract<Item, { sequence: number }>;

interface Session {
  next: number;
  readonly replies: Map<number, Uint8Array>;
}

const COUNTER = 'concoord.object.counter.Counter';

/** Replicas that share one memory in place of agreement, and speak to clients over real sockets. */
export class FakeInstance implements AsyncDisposable {
  readonly id: string;
  readonly replicas: FakeReplica[] = [];
  /** Index of the replica that leads. */
  leader: number | undefined = 0;
  readonly type: ObjectType;
  readonly machine: Machine;
  readonly #sessions = new Map<number, Session>();
  readonly #clients = new Map<string, number>();
  /** Told what an idle client says to have every reply below. */
  onAcknowledge: (lowWater: number) => void = () => {};
  #slot = 0;
  /** Calls are applied, but nobody is told. */
  silent = false;
  /** Calls are applied, and their results given up at once. */
  forgetful = false;
  /** How old the reads that came were allowed to be. */
  readonly maxLags: (number | undefined)[] = [];
  /** Requests are dropped. */
  deaf = false;
  /** The calls that clients have given back, whatever had become of them. */
  readonly withdrawn: number[] = [];

  constructor(id = 'ab'.repeat(16), type = findBuiltIn(COUNTER)) {
    if (type === undefined) throw new Error('no such built-in object');
    this.id = id;
    this.type = type;
    this.machine = new Machine(type);
  }

  /** An instance of `count` replicas that listen on loopback. */
  static async start(count: number, id?: string, type?: ObjectType): Promise<FakeInstance> {
    const instance = new FakeInstance(id, type);
    for (let index = 0; index < count; index++) {
      instance.replicas.push(await FakeReplica.start(instance, index));
    }
    return instance;
  }

  get addresses(): string {
    return this.replicas.map(({ address }) => address).join(', ');
  }

  get view(): View {
    const members = this.replicas.map(({ address }, at) => ({
      id: at + 1,
      address,
      durable: true,
    }));
    return makeView(1, 1, members);
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  expireAll(): void {
    this.#sessions.clear();
    this.#clients.clear();
  }

  take(request: ClientRequest): ClientResponse | undefined {
    if (this.deaf) return undefined;
    this.#slot++;
    switch (request.kind) {
      case 'attach': {
        const { session } = request;
        const next = this.#sessions.get(session)?.next;
        return next === undefined
          ? { kind: 'expired', session }
          : { kind: 'attached', session, next };
      }
      case 'renew': {
        const { session, token } = request;
        return { kind: 'renewed', session, token, losses: 0, owned: [], resting: [] };
      }
      case 'read': {
        const result = this.machine.read(request.command);
        return { kind: 'readReply', token: request.token, slot: this.#slot, result };
      }
      case 'item':
        return this.#item(request.item);
    }
  }

  #item(item: Item): ClientResponse | undefined {
    if (!('session' in item) && item.kind !== 'open') return undefined;
    if (item.kind === 'acknowledge') {
      this.onAcknowledge(item.lowWater);
      return undefined;
    }
    if (item.kind === 'open') {
      const name = item.client.join('.');
      const session = this.#clients.get(name) ?? this.#clients.size + 1;
      this.#clients.set(name, session);
      if (!this.#sessions.has(session)) {
        this.#sessions.set(session, { next: 1, replies: new Map() });
      }
      return { kind: 'opened', client: item.client, session };
    }
    if (item.kind === 'close') {
      this.#sessions.delete(item.session);
      return { kind: 'expired', session: item.session };
    }
    return this.#numbered(item);
  }

  #numbered(item: Numbered): ClientResponse | undefined {
    const { session: number, sequence } = item;
    const session = this.#sessions.get(number);
    if (session === undefined) return { kind: 'expired', session: number };
    if (sequence > session.next) {
      return { kind: 'resend', session: number, from: session.next, reason: 'gap' };
    }
    let reply = session.replies.get(sequence);
    if (reply === undefined) {
      session.next++;
      reply = this.#apply(item);
      session.replies.set(sequence, reply);
    }
    if (this.silent) return undefined;
    return { kind: 'reply', session: number, sequence, slot: this.#slot, reply };
  }

  #apply(item: Numbered): Uint8Array {
    const { session, sequence } = item;
    if (item.kind === 'cancel') return Uint8Array.of(REPLY.cancelled);
    if (item.kind === 'resolve') {
      const target = this.#sessions.get(item.target.session);
      if (target === undefined) return Uint8Array.of(REPLY.resolvedUnknown);
      const reply = target.replies.get(item.target.sequence);
      if (reply === undefined) return Uint8Array.of(REPLY.resolvedNever);
      return Uint8Array.of(REPLY.resolvedReply, ...reply);
    }
    if (item.kind === 'withdraw') {
      this.withdrawn.push(item.callSequence);
      return Uint8Array.of(REPLY.resolvedNever);
    }
    const context = { time: 0, seed: 0, session, sequence, slot: this.#slot, index: 0 };
    const result = this.machine.apply(item.command, context);
    if (this.forgetful) return Uint8Array.of(REPLY.forgotten);
    const { grant, result: own = result } = readOutcome(result) ?? {};
    const given = grant === undefined ? [REPLY.result] : [REPLY.granted, grant.slot, grant.index];
    return Uint8Array.of(...given, ...own);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.stop()));
  }
}

export class FakeReplica {
  readonly #instance: FakeInstance;
  readonly #index: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** The requests of every frame that came, by kind. */
  readonly frames: string[][] = [];
  /** How many have said hello. */
  greetings = 0;
  /** Told when requests have come. */
  onRequests: () => void = () => {};
  /** Told when they are answered. */
  onAnswered: () => void = () => {};
  refusal: Refusal | undefined;
  /** Accepts connections, and says nothing. */
  mute = false;

  private constructor(instance: FakeInstance, index: number) {
    this.#instance = instance;
    this.#index = index;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(instance: FakeInstance, index: number, port = 0): Promise<FakeReplica> {
    const replica = new FakeReplica(instance, index);
    replica.#server.listen(port, '127.0.0.1');
    await once(replica.#server, 'listening');
    return replica;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Breaks every connection. */
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.breakAll();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    const reader = new FrameReader(limits.MAX_CLIENT_FRAME_BYTES, crc32);
    socket.on('data', (chunk) => {
      for (const frame of reader.push(chunk)) if (!this.mute) this.#onFrame(socket, frame);
    });
  }

  #onFrame(socket: Socket, frame: Frame): void {
    if (frame.type === FRAME.hello) {
      decodeHello(frame.body);
      this.greetings++;
      this.#greet(socket);
    } else if (frame.type === FRAME.ping) {
      socket.write(encodeFrame(FRAME.pong, frame.body, crc32));
    } else if (frame.type === FRAME.requests) {
      const requests = decodeRequests(frame.body);
      this.frames.push(requests.map((one) => (one.kind === 'item' ? one.item.kind : one.kind)));
      this.onRequests();
      const responses = requests.flatMap((request) => this.#answer(request));
      for (const body of packResponses(responses)) {
        socket.write(encodeFrame(FRAME.responses, body, crc32));
      }
      this.onAnswered();
    }
  }

  #answer(request: ClientRequest): ClientResponse[] {
    const instance = this.#instance;
    const stale = request.kind === 'read' && request.consistency === 'stale';
    if (instance.leader !== this.#index && !stale) {
      const leader = instance.replicas[instance.leader ?? -1]?.address;
      return [{ kind: 'redirect', leader, view: instance.view }];
    }
    if (request.kind === 'read') instance.maxLags.push(request.maxLagMs);
    const response = instance.take(request);
    return response === undefined ? [] : [response];
  }

  #greet(socket: Socket): void {
    if (this.refusal !== undefined) {
      socket.end(encodeFrame(FRAME.refusal, encodeRefusal(this.refusal), crc32));
      return;
    }
    const { id, view, leader, type } = this.#instance;
    const welcome = encodeWelcome({
      wire: 1,
      instance: id,
      generation: 1,
      genesis: view,
      id: this.#index + 1,
      incarnation: 1,
      position: 0,
      address: this.address,
      view,
      leader: leader === undefined ? undefined : view.members[leader],
      objectName: type.name,
      codeHash: 'hash',
      methods: type.methods,
    });
    socket.write(encodeFrame(FRAME.welcome, welcome, crc32));
  }
}
