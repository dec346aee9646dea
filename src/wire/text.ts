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
  const length = reader.varint();
  if (length > maxBytes) throw new MalformedBytes(`text of ${length} bytes, at most ${maxBytes}`);
  const bytes = reader.raw(length);
  if (length > SHORT_BYTES) return decodeUtf8(bytes);
  let text = '';
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) return decodeUtf8(bytes);
    text += String.fromCharCode(byte);
  }
  return text;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MalformedBytes('text is not UTF-8');
  }
}
