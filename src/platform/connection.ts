import type { Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { MalformedBytes } from '../base/index.ts';
import { FRAME_HEADER_BYTES, FrameReader, FrameWriter } from '../wire/index.ts';
import type { Frame, FrameType } from '../wire/index.ts';
import { LATER_MS, LINGER_MS } from './limits.ts';

export interface ConnectionEvents {
  /** May throw `MalformedBytes`, which ends the connection as malformed. */
  readonly frame: (frame: Frame) => void;
  /** Called once. `why` is for people. */
  readonly closed: (why: string) => void;
}

/** How many ticks in a row nothing moved, in each of the ways in which a connection can hang. */
export interface Stillness {
  /** Nothing has arrived. */
  readonly quiet: number;
  /** A frame has begun to arrive, and is not complete. */
  readonly unfinished: number;
  /** Something waits to be sent, and the other side takes nothing. */
  readonly stuck: number;
}

/** Length of a frame's own length. */
const LENGTH_BYTES = 4;
const NOTHING = new Uint8Array(0);

/**
 * A socket that carries frames. What is sent in one turn of the event loop leaves in one write;
 * what arrives in one piece is handed over frame by frame.
 */
export class Connection {
  readonly remote: string;
  readonly #socket: Socket;
  readonly #writer = new FrameWriter(crc32);
  readonly #events: ConnectionEvents;
  readonly #maxFirstBytes: number;
  #reader: FrameReader;
  /**
   * The first frame, as far as it is there: it is read alone, because it decides how the rest is
   * read.
   */
  #first: Uint8Array | undefined = NOTHING;
  /** Bytes that arrived of a frame which is not complete. */
  #unfinishedBytes = 0;
  /** Bytes that the other side has taken, at the last tick. */
  #taken = 0;
  #sent = 0;
  #still = { quiet: 0, unfinished: 0, stuck: 0 };
  #flushing = false;
  #later: NodeJS.Timeout | undefined;
  #why = 'closed by the other side';
  #ending = false;
  #closed = false;

  constructor(socket: Socket, maxFrameBytes: number, events: ConnectionEvents) {
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.#socket = socket;
    this.#events = events;
    this.#maxFirstBytes = maxFrameBytes;
    this.#reader = new FrameReader(maxFrameBytes, crc32);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#why = error.code ?? error.message;
    });
    socket.on('close', () => this.#close());
  }

  /** Bytes that wait for the other side to read. */
  get backlog(): number {
    return this.#writer.length + this.#socket.writableLength;
  }

  /** Bytes that we hold of a frame which is not complete. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** To be called while the first frame is handed over: later ones may have this many bytes. */
  allow(maxFrameBytes: number): void {
    this.#reader = new FrameReader(maxFrameBytes, crc32);
  }

  /** To be called while the first frame is handed over: the next one, too, decides how the rest is read. */
  expectAnotherFirst(): void {
    this.#first = NOTHING;
  }

  send(type: FrameType, body: Uint8Array): void {
    if (this.#ending) return;
    this.#writer.add(type, body);
    this.#flushSoon();
  }

  /** A frame that was encoded before, for many receivers. */
  sendFrame(frame: Uint8Array): void {
    if (this.#ending) return;
    this.#writer.addFrame(frame);
    this.#flushSoon();
  }

  /** Leaves with what is sent next, or in some milliseconds. */
  sendFrameLater(frame: Uint8Array): void {
    if (this.#ending) return;
    this.#writer.addFrame(frame);
    this.#later ??= setTimeout(() => this.flush(), LATER_MS);
  }

  /** As soon as the running callback is done, thus at the end of a turn of the host. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => this.flushNow());
  }

  /** What is to leave at the end of the running callback leaves now. */
  flushNow(): void {
    if (!this.#flushing) return;
    this.#flushing = false;
    this.flush();
  }

  /** Hands everything to the socket, in one write. */
  flush(): void {
    if (this.#later !== undefined) clearTimeout(this.#later);
    this.#later = undefined;
    if (this.#ending || this.#writer.length === 0) return;
    const bytes = this.#writer.take();
    this.#sent += bytes.length;
    this.#socket.write(bytes);
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

  /**
   * To be called at regular intervals. Counted in ticks and not in time, so that a process which
   * was stopped for a while does not blame the silence on others.
   */
  tick(): Stillness {
    const taken = this.#sent - this.#socket.writableLength;
    this.#still = {
      quiet: this.#still.quiet + 1,
      unfinished: this.#unfinishedBytes === 0 ? 0 : this.#still.unfinished + 1,
      stuck: this.backlog === 0 || taken !== this.#taken ? 0 : this.#still.stuck + 1,
    };
    this.#taken = taken;
    return this.#still;
  }

  /**
   * Ends the connection after what was sent, if the other side takes it soon; `why` is for people.
   */
  end(why: string): void {
    if (this.#closed || this.#ending) return;
    this.#why = why;
    this.flush();
    this.#ending = true;
    this.#socket.destroySoon();
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** Ends the connection at once. */
  destroy(why: string): void {
    if (this.#closed) return;
    if (!this.#ending) this.#why = why;
    this.#ending = true;
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array): void {
    this.#still.quiet = 0;
    try {
      let rest = chunk;
      while (this.#first !== undefined && rest.length > 0 && !this.#ending) {
        rest = this.#readFirst(this.#first, rest);
      }
      if (rest.length === 0 || this.#ending) return;
      this.#unfinishedBytes += rest.length;
      this.#handOver(this.#reader.push(rest));
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      this.destroy(`malformed: ${error.message}`);
    }
  }

  /** Returns what follows the first frame; nothing while it is not complete. */
  #readFirst(before: Uint8Array, chunk: Uint8Array): Uint8Array {
    const bytes = Buffer.concat([before, chunk]);
    const end = bytes.length < LENGTH_BYTES ? Infinity : LENGTH_BYTES + bytes.readUInt32LE();
    const possible = bytes.length < LENGTH_BYTES || end <= FRAME_HEADER_BYTES + this.#maxFirstBytes;
    if (bytes.length < end && possible) {
      this.#first = bytes;
      this.#unfinishedBytes = bytes.length;
      return NOTHING;
    }
    this.#first = undefined;
    const frame = bytes.subarray(0, end);
    this.#unfinishedBytes = frame.length;
    this.#handOver(this.#reader.push(frame));
    return bytes.subarray(end);
  }

  #handOver(frames: readonly Frame[]): void {
    for (const frame of frames) {
      this.#unfinishedBytes -= FRAME_HEADER_BYTES + frame.body.length;
      this.#still.unfinished = 0;
      if (!this.#ending) this.#events.frame(frame);
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ending = true;
    this.#events.closed(this.#why);
  }
}
