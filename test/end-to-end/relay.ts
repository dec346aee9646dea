/** The network between replicas, and between them and clients, in the hands of a test. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { limits } from '../../src/base/index.ts';
import { decodeHello, encodeFrame, FRAME, FrameReader } from '../../src/wire/index.ts';
import type { Frame } from '../../src/wire/index.ts';
import { addressOf } from './kit.ts';
import { freePort } from './ports.ts';
import type { Surroundings } from './process.ts';

const BEHIND = fileURLToPath(new URL('./behind.ts', import.meta.url));

/** Whoever dials: a replica by its address, or some client. */
export type Caller = string;
export const CLIENT: Caller = 'client';

export type Verdict = 'pass' | 'cut';

export interface Rules {
  /** Whether bytes flow on connections that `from` dialled to the replica at `to`. */
  readonly flows: (from: Caller, to: string) => boolean;
  /** Sees every frame before it goes on; `cut` drops it, and the connection with it. */
  readonly judge: (from: Caller, to: string, frame: Frame, way: 'there' | 'back') => Verdict;
}

const OPEN: Rules = { flows: () => true, judge: () => 'pass' };

/** Relays at the addresses of replicas. */
export class Network {
  #rules: Rules = OPEN;
  readonly #relays: Relay[] = [];

  /** The replica that is started with the result advertises `port`, where a relay stands. */
  async front(port: number): Promise<Partial<Surroundings>> {
    const back = await freePort();
    const relay = new Relay(port, back, () => this.#rules);
    this.#relays.push(relay);
    await relay.open();
    return {
      env: { CONCOORD_TEST_BEHIND: `${port}:${back}` },
      node: ['--import', BEHIND],
    };
  }

  /** Where the replica that advertises `port` really listens: a way around the relay. */
  backOf(port: number): number {
    const relay = this.#relays.find(({ front }) => front === port);
    if (relay === undefined) throw new Error(`no relay at ${port}`);
    return relay.back;
  }

  /** From now on. What was held flows again where the rules allow it. */
  rule(rules: Partial<Rules>): void {
    this.#rules = { ...OPEN, ...rules };
    for (const relay of this.#relays) relay.reconsider();
  }

  heal(): void {
    this.rule(OPEN);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#relays.map((relay) => relay.close()));
  }
}

class Relay {
  readonly front: number;
  readonly back: number;
  readonly #rules: () => Rules;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();

  constructor(front: number, back: number, rules: () => Rules) {
    this.front = front;
    this.back = back;
    this.#rules = rules;
    this.#server = createServer({ noDelay: true }, (socket) => {
      const pair = new Pair(socket, this.front, this.back, this.#rules);
      this.#pairs.add(pair);
      socket.once('close', () => this.#pairs.delete(pair));
    });
  }

  async open(): Promise<void> {
    this.#server.listen({ host: '127.0.0.1', port: this.front, exclusive: true });
    await once(this.#server, 'listening');
  }

  reconsider(): void {
    for (const pair of this.#pairs) pair.reconsider();
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const pair of this.#pairs) pair.cut();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

/** One connection through a relay. Frames pass whole; what is held keeps its order. */
class Pair {
  readonly #near: Socket;
  readonly #to: string;
  readonly #rules: () => Rules;
  #far: Socket | undefined;
  #from: Caller | undefined;
  #held: (() => void)[] = [];

  constructor(near: Socket, front: number, back: number, rules: () => Rules) {
    this.#near = near;
    this.#to = addressOf(front);
    this.#rules = rules;
    near.on('error', () => undefined).on('close', () => this.#later(() => this.cut()));
    this.#pump(near, 'there', (frame) => {
      if (this.#from === undefined) this.#greet(frame, back);
      else this.#pass(frame, 'there');
    });
  }

  #pump(socket: Socket, way: string, onFrame: (frame: Frame) => void): void {
    const reader = new FrameReader(limits.MAX_PEER_FRAME_BYTES, crc32);
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) onFrame(frame);
      } catch (error) {
        throw new Error(`the relay of ${this.#to} reads nonsense, ${way}`, { cause: error });
      }
    });
  }

  #greet(frame: Frame, back: number): void {
    const hello = decodeHello(frame.body);
    this.#from = hello.role === 'peer' ? hello.address : CLIENT;
    this.#later(() => {
      const far = connect({ host: '127.0.0.1', port: back, noDelay: true });
      this.#far = far;
      far.on('error', () => undefined).on('close', () => this.#later(() => this.cut()));
      this.#pump(far, 'back', (answer) => this.#pass(answer, 'back'));
      far.write(encodeFrame(frame.type, frame.body, crc32));
    });
  }

  #pass(frame: Frame, way: 'there' | 'back'): void {
    this.#later(() => {
      const target = way === 'there' ? this.#far : this.#near;
      const known = frame.type === FRAME.welcome || this.#from === undefined;
      if (!known && this.#rules().judge(this.#from as Caller, this.#to, frame, way) === 'cut') {
        this.cut();
      } else if (target?.writable === true)
        target.write(encodeFrame(frame.type, frame.body, crc32));
    });
  }

  /** At once when bytes flow, else when they do again. */
  #later(deed: () => void): void {
    this.#held.push(deed);
    this.reconsider();
  }

  reconsider(): void {
    const from = this.#from;
    if (from !== undefined && !this.#rules().flows(from, this.#to)) return;
    for (const deed of this.#held.splice(0)) deed();
  }

  cut(): void {
    this.#held = [];
    this.#near.destroy();
    this.#far?.destroy();
  }
}
