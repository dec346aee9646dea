import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { limits } from '../../src/base/index.ts';
import {
  decodeRefusal,
  decodeWelcome,
  encodeFrame,
  encodeHello,
  FRAME,
  FrameReader,
  WIRE,
} from '../../src/wire/index.ts';
import type {
  ClientHello,
  Frame,
  FrameType,
  Hello,
  PeerHello,
  Refusal,
  Welcome,
} from '../../src/wire/index.ts';

/** A connection of somebody who need not keep to any rule. */
export class Raw {
  readonly socket: Socket;
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #reader = new FrameReader(limits.MAX_PEER_FRAME_BYTES, crc32);
  readonly #frames: Frame[] = [];
  #waiting: ((frame: Frame | undefined) => void) | undefined;
  #over = false;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('error', () => undefined).on('data', (chunk) => this.#take(chunk));
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.#over = true;
        this.#waiting?.(undefined);
        resolve();
      });
    });
  }

  #take(chunk: Buffer): void {
    this.#frames.push(...this.#reader.push(chunk));
    const frame = this.#waiting === undefined ? undefined : this.#frames.shift();
    if (frame === undefined) return;
    this.#waiting?.(frame);
    this.#waiting = undefined;
  }

  /** Any bytes. */
  write(bytes: Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** A frame with a valid checksum; whether its body makes sense is another matter. */
  send(type: FrameType, body: Uint8Array): this {
    return this.write(encodeFrame(type, body, crc32));
  }

  hello(hello: Hello): this {
    return this.send(FRAME.hello, encodeHello(hello));
  }

  /** The next frame; undefined when the connection ends first. */
  frame(): Promise<Frame | undefined> {
    const frame = this.#frames.shift();
    if (frame !== undefined || this.#over) return Promise.resolve(frame);
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  async refusal(): Promise<Refusal> {
    const frame = await this.frame();
    if (frame?.type !== FRAME.refusal) throw new Error(`no refusal, but ${frame?.type}`);
    return decodeRefusal(frame.body);
  }

  async welcome(): Promise<Welcome> {
    const frame = await this.frame();
    if (frame?.type !== FRAME.welcome) throw new Error(`no welcome, but ${frame?.type}`);
    return decodeWelcome(frame.body);
  }

  async end(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

export const CLIENT_HELLO: ClientHello = {
  role: 'client',
  wire: WIRE,
  instance: '',
  library: 'a test',
  purpose: 'calls',
};

/** A hello that a replica of the instance could have sent, from an id that nobody knows. */
export function strangerHello(welcome: Welcome, engine: string, port: number): PeerHello {
  const { instance, generation, codeHash } = welcome;
  return {
    role: 'peer',
    wire: WIRE,
    instance,
    generation,
    id: 0xbad,
    incarnation: 1,
    position: 0,
    address: `127.0.0.1:${port}`,
    durable: false,
    codeHash,
    engine,
    target: welcome.id,
  };
}

/** What processes a process has started that are still there, by the names of their programs. */
export function childrenOf(pid: number): readonly string[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, program = '', parent] =
        /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      return Number(parent) === pid ? [program] : [];
    } catch {
      // It has ended since it was listed.
      return [];
    }
  });
}

/** Resident memory of a process, MiB. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
