/**
 * Counts what travels between this process and the replicas, from outside the client: frames as they lie on
 * the wire (`src/wire/frame.ts`), in both directions. A frame is one message of a connection: a length, a
 * checksum, a type and a body, whatever number of calls or results the body holds.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

const LENGTH_BYTES = 4;

/** Finds the ends of frames in a stream of bytes, by their lengths alone. */
class Scanner {
  frames = 0;
  #length = 0;
  #known = 0;
  #left = 0;

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at);
        at += taken;
        this.#left -= taken;
        if (this.#left === 0) this.frames++;
        continue;
      }
      this.#length += (chunk[at++] as number) * 2 ** (8 * this.#known++);
      if (this.#known < LENGTH_BYTES) continue;
      this.#left = this.#length;
      this.#length = 0;
      this.#known = 0;
    }
  }
}

export class FrameCount {
  readonly #sent: Scanner[] = [];
  readonly #received: Scanner[] = [];

  /** Counts on all connections that are made from now on, until it is disposed of. */
  constructor() {
    subscribe('net.client.socket', this.#onSocket);
  }

  [Symbol.dispose](): void {
    unsubscribe('net.client.socket', this.#onSocket);
  }

  get sent(): number {
    return this.#sent.reduce((sum, { frames }) => sum + frames, 0);
  }

  get received(): number {
    return this.#received.reduce((sum, { frames }) => sum + frames, 0);
  }

  readonly #onSocket = (message: unknown): void => {
    this.#watch((message as { readonly socket: Socket }).socket);
  };

  #watch(socket: Socket): void {
    const sent = new Scanner();
    const received = new Scanner();
    this.#sent.push(sent);
    this.#received.push(received);
    // Not before: `connect` puts the method of the class in its place.
    socket.prependOnceListener('connect', () => {
      const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
      Object.assign(socket, {
        write: (...args: unknown[]): boolean => {
          if (args[0] instanceof Uint8Array) sent.push(args[0]);
          return write(...args);
        },
      });
    });
    socket.on('data', (chunk: Buffer) => received.push(chunk));
  }
}
