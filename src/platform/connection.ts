import type { Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { MalformedBytes } from '../base/index.ts';
import { FrameReader, FrameWriter } from '../wire/index.ts';
import type { Frame, FrameType } from '../wire/index.ts';

export interface ConnectionEvents {
  /** May throw `MalformedBytes`, which ends the connection as malformed. */
  readonly frame: (frame: Frame) => void;
  /** Called once. `why` is for people. */
  readonly closed: (why: string) => void;
}

/**
 * A socket that carries frames. What is sent in one turn of the event loop leaves in one write; what
 * arrives in one piece is handed over frame by frame.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #writer = new FrameWriter(crc32);
  readonly #events: ConnectionEvents;
  #reader: FrameReader;
  #flushing = false;
  #why = 'closed by the other side';
  #closed = false;

  constructor(socket: Socket, maxFrameBytes: number, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#reader = new FrameReader(maxFrameBytes, crc32);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#why = error.code ?? error.message;
    });
    socket.on('close', () => this.#close());
  }

  get remote(): string {
    return `${this.#socket.remoteAddress ?? '?'}:${this.#socket.remotePort ?? 0}`;
  }

  /** Bytes that wait for the other side to read. */
  get backlog(): number {
    return this.#writer.length + this.#socket.writableLength;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Frames of up to this many bytes are accepted from now on; those of a whole hello are small. */
  allow(maxFrameBytes: number): void {
    this.#reader = new FrameReader(maxFrameBytes, crc32);
  }

  send(type: FrameType, body: Uint8Array): void {
    if (this.#closed) return;
    this.#writer.add(type, body);
    this.#flushSoon();
  }

  /** A frame that was encoded before, for many receivers. */
  sendFrame(frame: Uint8Array): void {
    if (this.#closed) return;
    this.#writer.addFrame(frame);
    this.#flushSoon();
  }

  /** As soon as the running callback is done, thus at the end of a turn of the host. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => {
      this.#flushing = false;
      if (!this.#closed && this.#writer.length > 0) this.#socket.write(this.#writer.take());
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Calls back when everything sent has gone out. */
  onDrain(callback: () => void): void {
    this.#socket.once('drain', callback);
  }

  /** Ends the connection after what was sent; `why` is for people. */
  end(why: string): void {
    this.#why = why;
    process.nextTick(() => {
      if (this.#writer.length > 0) this.#socket.end(this.#writer.take());
      else this.#socket.end();
      this.#socket.destroySoon();
    });
  }

  /** Ends the connection at once. */
  destroy(why: string): void {
    this.#why = why;
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array): void {
    if (this.#closed) return;
    try {
      for (const frame of this.#reader.push(chunk)) {
        if (this.#closed) return;
        this.#events.frame(frame);
      }
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      this.destroy(`malformed: ${error.message}`);
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.closed(this.#why);
  }
}
