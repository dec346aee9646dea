import { MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import { MAX_INTEGER, MIN_INTEGER, SHORT_TEXT, SMALL_INTEGER, TAG } from './tag.ts';

/**
 * Numbers, texts and bigints as bytes, exactly; without `TextEncoder`, which the language does not
 * have.
 */

/** Texts up to here are written unit by unit, longer ones through a buffer. */
const FEW_UNITS = 24;
/** Units that become text in one go: few enough to pass as arguments. */
const CHUNK = 4096;
const MAX_BIGINT_BYTES = 64 * 1024 * 1024;

const fromCharCode = String.fromCharCode;

export function writeNumber(writer: ByteWriter, value: number): void {
  if (Number.isInteger(value) && value <= MAX_INTEGER && value >= MIN_INTEGER) {
    // Division tells -0 from 0 where comparison does not.
    if (value > 0 || (value === 0 && 1 / value > 0)) {
      if (value < SMALL_INTEGER) writer.u8(TAG.smallInteger | value);
      else writer.u8(TAG.integer).varint(value * 2);
      return;
    }
    if (value < 0) {
      writer.u8(TAG.integer).varint(value * -2 - 1);
      return;
    }
  }
  if (Number.isNaN(value)) writer.u8(TAG.nan);
  else writer.u8(TAG.float).f64(value);
}

export function readInteger(reader: ByteReader): number {
  const zigzag = reader.varint();
  const value = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  if (value >= 0 && value < SMALL_INTEGER)
    throw new MalformedBytes('an integer that has another form');
  return value;
}

export function readFloat(reader: ByteReader): number {
  const value = reader.f64();
  const shorter = Number.isInteger(value) && value <= MAX_INTEGER && value >= MIN_INTEGER;
  if (Number.isNaN(value) || (shorter && !Object.is(value, -0))) {
    throw new MalformedBytes('a float that has another form');
  }
  return value;
}

/** A text with its tag. */
export function writeText(writer: ByteWriter, text: string): void {
  const { length } = text;
  const isLatin = length <= FEW_UNITS ? isFewLatin(text) : !/[^\0-\xff]/.test(text);
  if (!isLatin) {
    writeUtf16(writer, text);
    return;
  }
  if (length < SHORT_TEXT) writer.u8(TAG.shortText + length);
  else writer.u8(TAG.latin).varint(length);
  if (length <= FEW_UNITS) {
    for (let at = 0; at < length; at++) writer.u8(text.charCodeAt(at));
    return;
  }
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = text.charCodeAt(at);
  writer.raw(bytes);
}

function isFewLatin(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return false;
  return true;
}

function writeUtf16(writer: ByteWriter, text: string): void {
  const { length } = text;
  const bytes = new Uint8Array(2 * length);
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    bytes[2 * at] = unit & 0xff;
    bytes[2 * at + 1] = unit >>> 8;
  }
  writer.u8(TAG.utf16).varint(length).raw(bytes);
}

/** What `writeText` writes, when that is all there may be. */
export function readText(reader: ByteReader): string {
  const tag = reader.u8();
  if (tag >= TAG.shortText && tag < TAG.smallInteger) return readLatin(reader, tag - TAG.shortText);
  if (tag === TAG.latin) return readLongLatin(reader);
  if (tag === TAG.utf16) return readUtf16(reader);
  throw new MalformedBytes(`tag ${tag} instead of a text`);
}

export function readLongLatin(reader: ByteReader): string {
  const length = reader.varint();
  if (length < SHORT_TEXT) throw new MalformedBytes('a text that has another form');
  return readLatin(reader, length);
}

export function readLatin(reader: ByteReader, length: number): string {
  const bytes = reader.raw(length);
  if (length <= FEW_UNITS) {
    let text = '';
    for (let at = 0; at < length; at++) text += fromCharCode(bytes[at] as number);
    return text;
  }
  return unitsToText(bytes);
}

export function readUtf16(reader: ByteReader): string {
  const length = reader.count(2);
  const bytes = reader.raw(2 * length);
  const units = new Uint16Array(length);
  let isLatin = true;
  for (let at = 0; at < length; at++) {
    const unit = (bytes[2 * at] as number) | ((bytes[2 * at + 1] as number) << 8);
    units[at] = unit;
    if (unit > 0xff) isLatin = false;
  }
  if (isLatin) throw new MalformedBytes('a text that has another form');
  return unitsToText(units);
}

function unitsToText(units: Uint8Array | Uint16Array): string {
  const { length } = units;
  if (length <= CHUNK) return Reflect.apply(fromCharCode, undefined, units);
  const parts: string[] = [];
  for (let at = 0; at < length; at += CHUNK) {
    parts.push(Reflect.apply(fromCharCode, undefined, units.subarray(at, at + CHUNK)));
  }
  return parts.join('');
}

/** A bigint with its tag; false when it is too large. */
export function writeBigint(writer: ByteWriter, value: bigint): boolean {
  const magnitude = value < 0n ? -value : value;
  const digits = magnitude === 0n ? '' : magnitude.toString(16);
  const count = Math.ceil(digits.length / 2);
  if (count > MAX_BIGINT_BYTES) return false;
  writer.u8(value < 0n ? TAG.negativeBigint : TAG.bigint).varint(count);
  for (let end = digits.length; end > 0; end -= 2) {
    writer.u8(Number.parseInt(digits.slice(Math.max(end - 2, 0), end), 16));
  }
  return true;
}

export function readBigint(reader: ByteReader, isNegative: boolean): bigint {
  const count = reader.varint();
  if (count > MAX_BIGINT_BYTES) throw new MalformedBytes(`a bigint of ${count} bytes`);
  const bytes = reader.raw(count);
  if (count === 0) {
    if (isNegative) throw new MalformedBytes('a negative zero bigint');
    return 0n;
  }
  if (bytes[count - 1] === 0) throw new MalformedBytes('a bigint with leading zeros');
  const parts: string[] = ['0x'];
  for (let at = count - 1; at >= 0; at--)
    parts.push((bytes[at] as number).toString(16).padStart(2, '0'));
  const magnitude = BigInt(parts.join(''));
  return isNegative ? -magnitude : magnitude;
}
