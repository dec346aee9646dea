/**
 * A rolling 64-bit digest, as two 32-bit lanes. It finds replicas that differ by accident (a defect, a bit
 * flip, an engine that computes otherwise); it is not cryptographic and resists no forger. The mixing is
 * that of MurmurHash3 (Appleby), one constant per lane.
 */
export class Digest {
  #a: number;
  #b: number;

  constructor(a = 0x9747b28c, b = 0x1b873593) {
    this.#a = a;
    this.#b = b;
  }

  word(value: number): this {
    this.#a = mix(this.#a, Math.imul(value, 0xcc9e2d51));
    this.#b = mix(this.#b, Math.imul(value ^ 0x5bd1e995, 0x1b873593));
    return this;
  }

  /** A safe non-negative integer. */
  integer(value: number): this {
    return this.word(value | 0).word(Math.floor(value / 0x1_0000_0000));
  }

  bytes(bytes: Uint8Array): this {
    const length = bytes.length;
    this.word(length);
    let at = 0;
    for (; at + 4 <= length; at += 4) {
      this.word(
        (bytes[at] as number) |
          ((bytes[at + 1] as number) << 8) |
          ((bytes[at + 2] as number) << 16) |
          ((bytes[at + 3] as number) << 24),
      );
    }
    let tail = 0;
    for (; at < length; at++) tail = (tail << 8) | (bytes[at] as number);
    return this.word(tail);
  }

  /** 16 hexadecimal digits. Reading does not change the digest. */
  hex(): string {
    return hex32(this.#a) + hex32(this.#b);
  }

  /** Continues from what `hex` printed. */
  static from(hex: string): Digest {
    return new Digest(
      Number.parseInt(hex.slice(0, 8), 16) | 0,
      Number.parseInt(hex.slice(8), 16) | 0,
    );
  }
}

function mix(lane: number, word: number): number {
  const k = Math.imul((word << 15) | (word >>> 17), 0x85ebca6b);
  const h = lane ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
