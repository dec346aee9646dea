import { limits, MalformedBytes } from '../base/index.ts';
import type { ByteReader } from '../base/index.ts';
import { setHidden } from './error-value.ts';
import type { ErrorReviver } from './error-value.ts';
import { isWellFormed, readText } from './text.ts';
import { MAX_BIGINT_BYTES, MAX_ERRORS, MAX_INTEGER, MIN_INTEGER, TAG } from './value-tag.ts';

/** The range of `Date`: a hundred million days around 1970. */
const MAX_DATE = 8_640_000_000_000_000;

/** Units or bytes that become text in one go: few enough to pass as arguments. */
const CHUNK = 4096;

/** Reads what `ValueWriter` writes; throws `MalformedBytes` on anything else, whoever made it. */
export class ValueReader {
  readonly #reader: ByteReader;
  readonly #revive: ErrorReviver;
  #depth = 0;
  #errors = 0;

  constructor(reader: ByteReader, revive: ErrorReviver) {
    this.#reader = reader;
    this.#revive = revive;
  }

  read(): unknown {
    const reader = this.#reader;
    const tag = reader.u8();
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.integer:
        return this.#integer();
      case TAG.float:
        return this.#float();
      case TAG.nan:
        return Number.NaN;
      case TAG.bigint:
        return this.#magnitude();
      case TAG.negativeBigint:
        return this.#negativeBigint();
      case TAG.string:
        return readText(reader);
      case TAG.utf16:
        return this.#utf16();
      case TAG.bytes:
        // A copy, of this very class: what arrived belongs to the connection and may be a Buffer.
        return new Uint8Array(reader.bytes());
      case TAG.date:
        return this.#date();
      case TAG.invalidDate:
        return new Date(Number.NaN);
      case TAG.array:
        return this.list();
      case TAG.object:
        return this.properties({});
      case TAG.bareObject:
        return this.properties(Object.create(null) as object);
      case TAG.map:
        return this.#map();
      case TAG.set:
        return this.#set();
      case TAG.error:
        return this.#error();
      case TAG.errorWithCause:
        return this.#errorWithCause();
      default:
        throw new MalformedBytes(`unknown tag ${tag}`);
    }
  }

  /** What `ValueWriter.list` writes. */
  list(): unknown[] {
    const count = this.#reader.count();
    this.#enter();
    // Grown, never sized by the count: nested claims would add up to more memory than there is.
    const values: unknown[] = [];
    for (let left = count; left > 0; left--) values.push(this.read());
    this.#depth--;
    return values;
  }

  /** What `ValueWriter.properties` writes, as own properties of `target`. */
  properties(target: object): object {
    // A key has two bytes at least, its value one.
    const count = this.#reader.count(3);
    this.#enter();
    const own = target as Record<string, unknown>;
    for (let left = count; left > 0; left--) {
      const key = this.#string();
      const value = this.read();
      if (key in own) define(own, key, value);
      else own[key] = value;
    }
    this.#depth--;
    return target;
  }

  #string(): string {
    const tag = this.#reader.u8();
    if (tag === TAG.string) return readText(this.#reader);
    if (tag === TAG.utf16) return this.#utf16();
    throw new MalformedBytes(`tag ${tag} instead of a string`);
  }

  #integer(): number {
    const zigzag = this.#reader.varint();
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  #float(): number {
    const value = this.#reader.f64();
    const shorter = Number.isInteger(value) && value <= MAX_INTEGER && value >= MIN_INTEGER;
    if (Number.isNaN(value) || (shorter && !Object.is(value, -0))) {
      throw new MalformedBytes('a float that has another form');
    }
    return value;
  }

  #negativeBigint(): bigint {
    const magnitude = this.#magnitude();
    if (magnitude === 0n) throw new MalformedBytes('a negative zero bigint');
    return -magnitude;
  }

  #magnitude(): bigint {
    const count = this.#reader.varint();
    if (count > MAX_BIGINT_BYTES) throw new MalformedBytes(`a bigint of ${count} bytes`);
    const bytes = this.#reader.raw(count);
    if (count === 0) return 0n;
    if (bytes[count - 1] === 0) throw new MalformedBytes('a bigint with leading zeros');
    const parts: string[] = ['0x'];
    for (let end = count; end > 0; end -= CHUNK) {
      let part = '';
      for (let at = end - 1; at >= Math.max(end - CHUNK, 0); at--) {
        const byte = bytes[at] as number;
        part += byte < 0x10 ? `0${byte.toString(16)}` : byte.toString(16);
      }
      parts.push(part);
    }
    return BigInt(parts.join(''));
  }

  #utf16(): string {
    const count = this.#reader.count(2);
    const bytes = this.#reader.raw(2 * count);
    const parts: string[] = [];
    for (let begin = 0; begin < count; begin += CHUNK) {
      const units: number[] = [];
      for (let at = begin; at < Math.min(begin + CHUNK, count); at++) {
        units.push((bytes[2 * at] as number) | ((bytes[2 * at + 1] as number) << 8));
      }
      parts.push(String.fromCharCode(...units));
    }
    const text = parts.join('');
    if (isWellFormed(text)) throw new MalformedBytes('a string that has a UTF-8 form');
    return text;
  }

  #date(): Date {
    const time = this.#reader.f64();
    if (!Number.isInteger(time) || Math.abs(time) > MAX_DATE || Object.is(time, -0)) {
      throw new MalformedBytes('a time outside the range of dates');
    }
    return new Date(time);
  }

  #map(): Map<unknown, unknown> {
    const count = this.#reader.count(2);
    this.#enter();
    const map = new Map<unknown, unknown>();
    for (let left = count; left > 0; left--) {
      const key = this.read();
      map.set(key, this.read());
    }
    if (map.size !== count) throw new MalformedBytes('a key occurs twice');
    this.#depth--;
    return map;
  }

  #set(): Set<unknown> {
    const count = this.#reader.count();
    this.#enter();
    const set = new Set<unknown>();
    for (let left = count; left > 0; left--) set.add(this.read());
    if (set.size !== count) throw new MalformedBytes('an item occurs twice');
    this.#depth--;
    return set;
  }

  #error(): Error {
    if (++this.#errors > MAX_ERRORS) throw new MalformedBytes(`more than ${MAX_ERRORS} errors`);
    const name = this.#string();
    return this.#revive(name, this.#string());
  }

  #errorWithCause(): Error {
    const error = this.#error();
    this.#enter();
    setHidden(error, 'cause', this.read());
    this.#depth--;
    return error;
  }

  #enter(): void {
    if (this.#depth >= limits.MAX_VALUE_DEPTH) throw new MalformedBytes('nested too deeply');
    this.#depth++;
  }
}

/** Ours: what objects of users find in its place is charged. */
const { defineProperty } = Object;

/**
 * An own property, also under a name (`__proto__`) with which assignment would do something else.
 */
function define(target: object, key: string, value: unknown): void {
  if (Object.hasOwn(target, key)) throw new MalformedBytes('a key occurs twice');
  defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
