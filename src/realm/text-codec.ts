/**
 * `TextEncoder` and `TextDecoder` for UTF-8: an isolate has none. The loader of the realm's text puts them in
 * the place of the globals in our own modules, and users get the same.
 */

/** `String` as it is for every value. */
const textFrom: (value: unknown) => string = String;
const REPLACEMENT = 0xfffd;
/** Units that one call of `fromCharCode` takes. */
const CHUNK = 4096;

class Utf8Encoder {
  readonly encoding = 'utf-8';

  /** A lone surrogate becomes U+FFFD. */
  encode(text: unknown = ''): Uint8Array<ArrayBuffer> {
    const source = textFrom(text);
    const bytes = new Uint8Array(source.length * 3);
    let length = 0;
    for (let at = 0; at < source.length; at++) {
      let point = source.charCodeAt(at);
      if (point < 0x80) {
        bytes[length++] = point;
        continue;
      }
      if (point >= 0xd800 && point < 0xe000) {
        const whole = source.codePointAt(at) ?? REPLACEMENT;
        if (whole > 0xffff) at++;
        point = whole > 0xffff ? whole : REPLACEMENT;
      }
      length = put(bytes, length, point);
    }
    return bytes.slice(0, length);
  }
}

function put(bytes: Uint8Array, at: number, point: number): number {
  let length = at;
  if (point < 0x800) bytes[length++] = 0xc0 | (point >> 6);
  else {
    if (point < 0x1_0000) bytes[length++] = 0xe0 | (point >> 12);
    else {
      bytes[length++] = 0xf0 | (point >> 18);
      bytes[length++] = 0x80 | ((point >> 12) & 0x3f);
    }
    bytes[length++] = 0x80 | ((point >> 6) & 0x3f);
  }
  bytes[length++] = 0x80 | (point & 0x3f);
  return length;
}

interface DecoderOptions {
  readonly fatal?: boolean;
  readonly ignoreBOM?: boolean;
}

class Utf8Decoder {
  readonly encoding = 'utf-8';
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;

  constructor(label: unknown = 'utf-8', options: DecoderOptions = {}) {
    const name = textFrom(label).trim().toLowerCase();
    if (name !== 'utf-8' && name !== 'utf8') {
      throw new RangeError(`TextDecoder knows utf-8 here, not ${name.slice(0, 40)}`);
    }
    this.fatal = options.fatal === true;
    this.ignoreBOM = options.ignoreBOM === true;
  }

  decode(input?: Uint8Array | ArrayBuffer): string {
    const bytes = bytesOf(input);
    const units: number[] = [];
    let text = '';
    let at = 0;
    while (at < bytes.length) {
      const { point, length } = decodePoint(bytes, at);
      if (point < 0 && this.fatal) throw new TypeError('not UTF-8');
      const whole = point < 0 ? REPLACEMENT : point;
      if (whole > 0xffff) {
        units.push(0xd800 + ((whole - 0x1_0000) >> 10), 0xdc00 + ((whole - 0x1_0000) & 0x3ff));
      } else units.push(whole);
      at += length;
      if (units.length >= CHUNK) text += String.fromCharCode(...units.splice(0));
    }
    text += String.fromCharCode(...units);
    return !this.ignoreBOM && text.startsWith('\ufeff') ? text.slice(1) : text;
  }
}

function bytesOf(input: Uint8Array | ArrayBuffer | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(input)) {
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  }
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  throw new TypeError('decode takes bytes');
}

/** A code point, or -1 with the length of what is to be one replacement (the longest valid prefix). */
function decodePoint(
  bytes: Uint8Array,
  at: number,
): { readonly point: number; readonly length: number } {
  const first = bytes[at] as number;
  if (first < 0x80) return { point: first, length: 1 };
  if (first < 0xc2 || first > 0xf4) return { point: -1, length: 1 };
  const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  let point = first & (0x3f >> more);
  for (let count = 1; count <= more; count++) {
    const byte = bytes[at + count];
    const low = count === 1 ? lowest(first) : 0x80;
    const top = count === 1 ? highest(first) : 0xbf;
    if (byte === undefined || byte < low || byte > top) return { point: -1, length: count };
    point = (point << 6) | (byte & 0x3f);
  }
  return { point, length: more + 1 };
}

/** What may follow: neither longer forms than needed, nor surrogates, nor beyond U+10FFFF. */
function lowest(first: number): number {
  if (first === 0xe0) return 0xa0;
  return first === 0xf0 ? 0x90 : 0x80;
}

function highest(first: number): number {
  if (first === 0xed) return 0x9f;
  return first === 0xf4 ? 0x8f : 0xbf;
}

export { Utf8Encoder as TextEncoder, Utf8Decoder as TextDecoder };
