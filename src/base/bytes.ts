/** Growing writer and checked reader for our binary formats: little-endian, LEB128 for unsigned integers. */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Bytes that do not follow the format they claim; whoever reads input from outside makes it an error. */
export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes';
}

/** Up to here a loop beats a call into the engine (measured on Node 24). */
const SHORT_BYTES = 32;

export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** @param room Bytes to begin with, or memory to write into; what outgrows it is written elsewhere. */
  constructor(room: number | Uint8Array = 256) {
    this.#bytes = typeof room === 'number' ? new Uint8Array(room) : room;
    this.#view = viewOf(this.#bytes);
  }

  get length(): number {
    return this.#length;
  }

  /** Makes room for `count` more bytes and returns the offset at which they start. */
  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = viewOf(grown);
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
    return this;
  }

  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  f64(value: number): this {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  /** A safe non-negative integer, 1 to 8 bytes. */
  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a varint: ${value}`);
    let at = this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[at++] = (rest & 0x7f) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.#bytes[at++] = rest;
    this.#length = at;
    return this;
  }

  /** The bytes as they are, without a length. */
  raw(bytes: Uint8Array): this {
    const { length } = bytes;
    const at = this.#reserve(length);
    if (length > SHORT_BYTES) this.#bytes.set(bytes, at);
    else for (let from = 0; from < length; from++) this.#bytes[at + from] = bytes[from] as number;
    return this;
  }

  /** Length as varint, then the bytes. */
  bytes(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes);
  }

  /** UTF-8 with its length in bytes; a lone surrogate becomes U+FFFD. */
  text(text: string): this {
    return this.bytes(encoder.encode(text));
  }

  /** Overwrites four bytes written before, for lengths known only afterwards. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  /** What was written, without a copy; the writer must not be used afterwards. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#length);
  }

  /** A copy of exactly what was written; the writer may be used again after `clear`. */
  copy(): Uint8Array {
    const length = this.#length;
    if (length > SHORT_BYTES) return this.#bytes.slice(0, length);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) bytes[at] = this.#bytes[at] as number;
    return bytes;
  }

  clear(): void {
    this.#length = 0;
  }
}

/** Reads what `ByteWriter` writes. Every method throws `MalformedBytes` instead of reading past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  /** Made when it is needed: most of what is read has neither `u32` nor `f64`. */
  #view: DataView | undefined;
  #at: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#at = offset;
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    if (count > this.remaining)
      throw new MalformedBytes(`needs ${count} bytes, has ${this.remaining}`);
    const at = this.#at;
    this.#at = at + count;
    return at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  u32(): number {
    const at = this.#take(4);
    return (this.#view ??= viewOf(this.#bytes)).getUint32(at, true);
  }

  f64(): number {
    const at = this.#take(8);
    return (this.#view ??= viewOf(this.#bytes)).getFloat64(at, true);
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) throw new MalformedBytes('varint beyond 2^53');
        if (byte === 0 && count > 0) throw new MalformedBytes('varint is not in its shortest form');
        return value;
      }
      scale *= 0x80;
    }
    throw new MalformedBytes('varint longer than 8 bytes');
  }

  /** A varint that counts items of at least `itemBytes` each, refused when they cannot follow. */
  count(itemBytes = 1): number {
    const count = this.varint();
    if (count * itemBytes > this.remaining) throw new MalformedBytes(`claims ${count} items`);
    return count;
  }

  /** `count` bytes as a view into the input: copy them to keep them longer than the input. */
  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + at, count);
  }

  /** The byte `ahead` of the next one, which is left where it is; undefined behind the end. */
  peek(ahead: number): number | undefined {
    return this.#bytes[this.#at + ahead];
  }

  /** Reads on behind these bytes, if they are the next ones. */
  takes(bytes: Uint8Array): boolean {
    const { length } = bytes;
    if (length > this.remaining) return false;
    const from = this.#at;
    for (let at = 0; at < length; at++) if (this.#bytes[from + at] !== bytes[at]) return false;
    this.#at = from + length;
    return true;
  }

  bytes(): Uint8Array {
    return this.raw(this.varint());
  }

  text(): string {
    try {
      return decoder.decode(this.bytes());
    } catch (error) {
      if (error instanceof MalformedBytes) throw error;
      throw new MalformedBytes('text is not UTF-8');
    }
  }

  /** Everything that is left. */
  rest(): Uint8Array {
    return this.raw(this.remaining);
  }

  /** Refuses trailing bytes: a format says where it ends. */
  end(): void {
    if (this.remaining !== 0) throw new MalformedBytes(`${this.remaining} bytes too many`);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
