import { assert, MalformedBytes } from '../base/index.ts';

/**
 * A frame: length of what follows (u32), checksum of what follows it (u32), type (u8), body.
 * Numbers are little-endian. Only the type and the body are checked: a damaged length ends at the
 * wrong place, where the checksum fails.
 */
export interface Frame {
  readonly type: FrameType;
  /** Belongs to the receiver: the connection does not write over it. */
  readonly body: Uint8Array;
}

/** CRC-32, as in zlib; given by the platform, which has a quick one. */
export type Checksum = (bytes: Uint8Array) => number;

/** What a frame carries. Numbers are never given another meaning. */
export const FRAME = {
  /** First frame of whoever dials: a `PeerHello` or `ClientHello`. */
  hello: 1,
  /** Answer to a hello that is accepted. */
  welcome: 2,
  /** Answer to anything that ends the connection, with the reason. */
  refusal: 3,
  /** Replica to replica. */
  message: 4,
  /** Client to replica. */
  requests: 5,
  /** Replica to client. */
  responses: 6,
  /** Operator to replica. */
  control: 7,
  controlReply: 8,
  /** Asks for a `pong` with the same body: both sides find dead connections with it. */
  ping: 9,
  pong: 10,
  /** Answer to a hello where a token is needed, and the answer to that. */
  challenge: 11,
  proof: 12,
} as const;

export type FrameType = (typeof FRAME)[keyof typeof FRAME];

const LAST_TYPE = FRAME.proof;

/** Length and checksum. */
const PREFIX_BYTES = 8;
/** Everything before the body. */
export const FRAME_HEADER_BYTES = PREFIX_BYTES + 1;
/** What the length counts beyond the body: checksum and type. */
const COUNTED_BYTES = 5;

/** A writer that grew beyond this gives its buffer back. */
const MAX_KEPT_BYTES = 256 * 1024;
const NOTHING = new Uint8Array(0);

export function encodeFrame(type: FrameType, body: Uint8Array, checksum: Checksum): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  frame.set(body, FRAME_HEADER_BYTES);
  sealFrame(frame, type, checksum);
  return frame;
}

/** Fills in the header of a frame whose body is in place already. */
export function sealFrame(frame: Uint8Array, type: FrameType, checksum: Checksum): void {
  assert(frame.length >= FRAME_HEADER_BYTES, 'a frame has room for its header');
  setU32(frame, 0, frame.length - 4);
  frame[PREFIX_BYTES] = type;
  setU32(frame, 4, checksum(frame.subarray(PREFIX_BYTES)));
}

/** Packs many frames into one buffer, for one write to the socket. */
export class FrameWriter {
  readonly #checksum: Checksum;
  // Empty at first: most of many thousand connections are idle.
  #bytes = NOTHING;
  #length = 0;

  constructor(checksum: Checksum) {
    this.#checksum = checksum;
  }

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  add(type: FrameType, body: Uint8Array): void {
    const at = this.#reserve(FRAME_HEADER_BYTES + body.length);
    this.#bytes.set(body, at + FRAME_HEADER_BYTES);
    sealFrame(this.#bytes.subarray(at, this.#length), type, this.#checksum);
  }

  /** A frame that was encoded before, for many receivers. */
  addFrame(frame: Uint8Array): void {
    const at = this.#reserve(frame.length);
    this.#bytes.set(frame, at);
  }

  /** Everything added since the last call; the caller owns it. */
  take(): Uint8Array {
    const length = this.#length;
    this.#length = 0;
    // A small part is cut out, so that the buffer can serve again; a large one is given away whole.
    const bytes = this.#bytes;
    if (length * 4 < bytes.length && bytes.length <= MAX_KEPT_BYTES) return bytes.slice(0, length);
    this.#bytes = NOTHING;
    return bytes.subarray(0, length);
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length, 1024));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }
}

/** Cuts a stream of bytes into frames, however it is fragmented. */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #checksum: Checksum;
  /** Begin of a frame whose end has not arrived, in a buffer that grows as bytes arrive. */
  #partial = NOTHING;
  #partialLength = 0;
  #broken = false;

  /** @param maxBytes Longest body that is accepted. */
  constructor(maxBytes: number, checksum: Checksum) {
    this.#maxBytes = maxBytes;
    this.#checksum = checksum;
  }

  /**
   * The frames that are complete now. Their bodies may lie in `chunk`, which must not be written
   * over. Throws `MalformedBytes` on a bad length, type or checksum; the connection cannot be used
   * any more.
   */
  push(chunk: Uint8Array): Frame[] {
    if (this.#broken) throw new MalformedBytes('the stream was malformed before');
    this.#broken = true;
    // Never a Buffer, whose slice would not copy.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const frames: Frame[] = [];
    let at = this.#partialLength === 0 ? 0 : this.#complete(bytes, frames);
    while (bytes.length - at >= 4) {
      const end = at + this.#frameBytes(bytes, at);
      if (end > bytes.length) break;
      frames.push(this.#open(bytes, at, end));
      at = end;
    }
    if (at < bytes.length) this.#keep(bytes, at, bytes.length);
    this.#broken = false;
    return frames;
  }

  /** Continues the partial frame; returns how much of `bytes` it took. */
  #complete(bytes: Uint8Array, frames: Frame[]): number {
    let taken = 0;
    if (this.#partialLength < 4) {
      taken = Math.min(4 - this.#partialLength, bytes.length);
      this.#keep(bytes, 0, taken);
      if (this.#partialLength < 4) return taken;
    }
    const needed = this.#frameBytes(this.#partial, 0);
    const end = Math.min(taken + needed - this.#partialLength, bytes.length);
    this.#keep(bytes, taken, end);
    if (this.#partialLength === needed) {
      frames.push(this.#open(this.#partial, 0, needed));
      this.#partial = NOTHING;
      this.#partialLength = 0;
    }
    return end;
  }

  /**
   * Appends `bytes` from `begin` to `end` to the partial frame. The buffer doubles: it is never
   * sized by the length that a frame claims, so that a claim alone costs us nothing.
   */
  #keep(bytes: Uint8Array, begin: number, end: number): void {
    const needed = this.#partialLength + end - begin;
    if (needed > this.#partial.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#partial.length, 64));
      grown.set(this.#partial.subarray(0, this.#partialLength));
      this.#partial = grown;
    }
    this.#partial.set(bytes.subarray(begin, end), this.#partialLength);
    this.#partialLength = needed;
  }

  /** Length of the whole frame at `at`, of which four bytes are there. */
  #frameBytes(bytes: Uint8Array, at: number): number {
    const length = getU32(bytes, at);
    if (length < COUNTED_BYTES || length - COUNTED_BYTES > this.#maxBytes) {
      throw new MalformedBytes(
        `frame of length ${length}, at most ${this.#maxBytes + COUNTED_BYTES}`,
      );
    }
    return 4 + length;
  }

  #open(bytes: Uint8Array, at: number, end: number): Frame {
    const expected = getU32(bytes, at + 4);
    const actual = this.#checksum(bytes.subarray(at + PREFIX_BYTES, end));
    if (actual !== expected) throw new MalformedBytes('checksum of a frame is wrong');
    const type = bytes[at + PREFIX_BYTES] as number;
    if (type < 1 || type > LAST_TYPE) throw new MalformedBytes(`frame of type ${type}`);
    return { type: type as FrameType, body: bytes.subarray(at + FRAME_HEADER_BYTES, end) };
  }
}

function getU32(bytes: Uint8Array, at: number): number {
  const low =
    (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
}

function setU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
