import { MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';

/**
 * UTF-8 with its length in bytes, as `ByteWriter.text`, but quick for the short ASCII names and
 * strings that most calls carry: a call into the platform's encoder costs more than copying forty
 * characters.
 */

/** Up to here a loop beats `TextEncoder` (measured on Node 24). */
const SHORT_TEXT = 64;
/** Up to here a loop beats `TextDecoder`. */
const SHORT_BYTES = 12;

const encoder = new TextEncoder();
// A byte order mark at the begin of a string is part of the string.
const exact = { fatal: true, ignoreBOM: true };
const decoder = new TextDecoder('utf-8', exact);
/** As it is now: in the world of an object, another one takes its place later, which counts. */
const { fromCharCode } = String;

/** Matches a UTF-16 surrogate without its partner, which has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A lone surrogate becomes U+FFFD: where that matters, ask `isWellFormed` first. */
export function writeText(writer: ByteWriter, text: string): void {
  if (isShortAscii(text)) writeAscii(writer, text);
  else writer.bytes(encoder.encode(text));
}

/** @param text One that `isShortAscii` says yes to. */
export function writeAscii(writer: ByteWriter, text: string): void {
  const length = text.length;
  writer.varint(length);
  for (let at = 0; at < length; at++) writer.u8(text.charCodeAt(at));
}

export function isShortAscii(text: string): boolean {
  const length = text.length;
  if (length > SHORT_TEXT) return false;
  for (let at = 0; at < length; at++) if (text.charCodeAt(at) >= 0x80) return false;
  return true;
}

/** Whether `text` has a UTF-8 form: no surrogate stands alone. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** @param maxBytes A longer text is refused. */
export function readText(reader: ByteReader, maxBytes = Number.MAX_SAFE_INTEGER): string {
  return readUtf8(reader, reader.varint(), maxBytes);
}

function readUtf8(reader: ByteReader, length: number, maxBytes: number): string {
  if (length > maxBytes) throw new MalformedBytes(`text of ${length} bytes, at most ${maxBytes}`);
  const bytes = reader.raw(length);
  if (length > SHORT_BYTES) return decodeUtf8(bytes);
  let text = '';
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) return decodeUtf8(bytes);
    text += fromCharCode(byte);
  }
  return text;
}

interface KnownName {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** A power of two. */
const KNOWN_NAMES = 64;
const knownNames: (KnownName | undefined)[] = Array.from({ length: KNOWN_NAMES });

/**
 * As `readText`, for the few names of methods that come again with every call: known ones are found by their
 * bytes, and need not be made, nor be hashed by who looks them up.
 */
export function readName(reader: ByteReader, maxBytes: number): string {
  const length = reader.varint();
  const place =
    length +
    3 * (reader.peek(0) ?? 0) +
    5 * (reader.peek(length >>> 1) ?? 0) +
    7 * (reader.peek(length - 1) ?? 0);
  const slot = place & (KNOWN_NAMES - 1);
  const known = knownNames[slot];
  if (known?.bytes.length === length && reader.takes(known.bytes)) return known.text;
  const text = readUtf8(reader, length, maxBytes);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = reader.peek(at - length) as number;
  knownNames[slot] = { bytes, text };
  return text;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MalformedBytes('text is not UTF-8');
  }
}
