import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { crc32 } from 'node:zlib';
import { answerChallenge } from '../auth/index.ts';
import type { Token } from '../auth/index.ts';
import { limits, Random } from '../base/index.ts';
import { makeView } from '../paxos/index.ts';
import type { Member, ReplicaId } from '../paxos/index.ts';
import { encodeFrame, encodeHello, FRAME, FrameReader, WIRE } from '../wire/index.ts';
import type { Frame, FrameType, Hello, PeerHello, Refusal, Welcome } from '../wire/index.ts';
import { ClientConnections } from './client-connections.ts';
import { PeerLinks } from './peer-links.ts';
import { TcpServer } from './tcp-server.ts';
import type { TcpServerOptions } from './tcp-server.ts';
import { TestInbox } from './test-kit.ts';

export const INSTANCE = '00112233445566778899aabbccddeeff';

export function peerHello(id: ReplicaId, incarnation = 1, target = 0): PeerHello {
  return {
    role: 'peer',
    wire: WIRE,
    instance: INSTANCE,
    generation: 1,
    id,
    incarnation,
    position: 0,
    address: `127.0.0.1:${id}`,
    durable: false,
    codeHash: 'c0de',
    engine: 'v8',
    target,
  };
}

export function clientHello(purpose: 'calls' | 'control'): Hello {
  return { role: 'client', wire: WIRE, instance: '', library: 'test', purpose };
}

/** What the replica `id` says of itself. */
export function welcome(id: ReplicaId): Welcome {
  const address = `127.0.0.1:${id}`;
  const view = makeView(1, 1, [{ id, address, durable: false }]);
  return {
    wire: 1,
    instance: INSTANCE,
    generation: 1,
    genesis: view,
    id,
    incarnation: 1,
    position: 0,
    address,
    view,
    leader: undefined,
    objectName: 'counter.Counter',
    codeHash: 'c0de',
    methods: [],
  };
}

interface StationOptions extends Partial<TcpServerOptions> {
  /** What it shows to others. */
  readonly token?: Token;
}

/** A replica as the network sees it. */
export class Station {
  readonly id: ReplicaId;
  readonly inbox = new TestInbox();
  readonly warnings: string[] = [];
  readonly refusals: Refusal[] = [];
  readonly clients: ClientConnections;
  readonly links: PeerLinks;
  server: TcpServer;
  /** What `judge` answers to those who are not welcome. */
  refusal: Refusal | undefined;
  readonly #options: StationOptions;

  constructor(id: ReplicaId, options: StationOptions = {}) {
    this.id = id;
    this.#options = options;
    this.clients = new ClientConnections(this.inbox, (request, answer) =>
      answer({ echo: request }),
    );
    this.links = new PeerLinks({
      inbox: this.inbox,
      random: new Random(id),
      hello: (target) => peerHello(id, 1, target),
      prove: (challenge, hello) => answerChallenge(options.token, challenge, hello),
      accept: (member, answer) => {
        if (answer.id === member.id) return true;
        this.inbox.push({ kind: 'peerMet', id: answer.id, address: member.address });
        return false;
      },
      refused: (_member, refusal) => {
        this.refusals.push(refusal);
        return refusal.code === 'STALE_DIRECTORY' ? 'overtaken' : 'refused';
      },
      tickMs: options.tickMs ?? 1000,
    });
    this.server = this.#serve();
  }

  #serve(): TcpServer {
    return new TcpServer({
      inbox: this.inbox,
      clients: this.clients,
      logger: {
        debug: () => undefined,
        info: () => undefined,
        warn: (line) => this.warnings.push(line),
      },
      judge: () =>
        this.refusal === undefined ? { welcome: welcome(this.id) } : { refusal: this.refusal },
      ...this.#options,
    });
  }

  /** Also after a `stop`: another server then has the same port. */
  async listen(port = 0, host = '127.0.0.1'): Promise<number> {
    this.server = this.#serve();
    await this.server.listen(host, port);
    return this.server.port;
  }

  stop(): Promise<void> {
    return this.server.close();
  }

  async close(): Promise<void> {
    this.links.close();
    await this.server.close();
  }
}

/** A station that listens at `port`, and goes away with the test. */
export async function station(
  t: TestContext,
  id: ReplicaId,
  options: StationOptions = {},
): Promise<{ readonly it: Station; readonly port: number }> {
  const it = new Station(id, options);
  t.after(() => it.close());
  return { it, port: await it.listen() };
}

export function memberAt(id: ReplicaId, port: number, host = '127.0.0.1'): Member {
  return { id, address: `${host}:${port}`, durable: false };
}

/** The other end of a connection, by hand. */
export class Wire {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  closed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const reader = new FrameReader(limits.MAX_PEER_FRAME_BYTES, crc32);
    this.socket.on('data', (chunk) => this.frames.push(...reader.push(chunk)));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  send(type: FrameType, body: Uint8Array): void {
    this.socket.write(encodeFrame(type, body, crc32));
  }

  async frame(type: FrameType): Promise<Uint8Array> {
    for (;;) {
      const at = this.frames.findIndex((frame) => frame.type === type);
      if (at >= 0) return this.frames.splice(at, 1)[0]?.body ?? new Uint8Array(0);
      await once(this.socket, 'data', { signal: AbortSignal.timeout(10_000) });
    }
  }
}

/** A connection whose hello was accepted. */
export async function greeted(t: TestContext, port: number, hello: Hello): Promise<Wire> {
  const wire = new Wire(port);
  t.after(() => wire.socket.destroy());
  wire.send(FRAME.hello, encodeHello(hello));
  await wire.frame(FRAME.welcome);
  return wire;
}
