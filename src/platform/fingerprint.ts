import { Digest } from '../base/index.ts';

const PROBES = 400;
/** At a time, and every so many. */
const LETTERS = 512;
const LETTER_STEP = 5;

type Fields = Record<string, Record<string, unknown>>;
type Call = (...args: unknown[]) => unknown;

const nothing = JSON.parse('[null]') as readonly Fields[];
const wrong = JSON.parse('{"one": 1, "list": [{}]}') as Record<string, unknown>;
const patterns = JSON.parse('["(", "a**", "zz"]') as readonly string[];
const frozen = Object.freeze({ one: 1 }) as Record<string, unknown>;

/** What engines say of what is wrong: objects keep it. */
const ERRORS: readonly (() => unknown)[] = [
  () => nothing[0]?.['x'] ?? (nothing[0] as Fields)['x'],
  () => (wrong['two'] as Fields)['x'],
  () => {
    (nothing[0] as Fields)['x'] = {};
  },
  () => (wrong['one'] as Call)(),
  () => (wrong['list'] as { first: Call }).first(),
  () => new (wrong['one'] as new () => object)(),
  () => [...(wrong['one'] as unknown[])],
  () => Math.max(...(wrong['one'] as number[])),
  () => new Map(wrong['list'] as []),
  () => {
    const { x } = nothing[0] as Fields;
    return x;
  },
  () => {
    frozen['one'] = 2;
  },
  () => {
    frozen['two'] = 2;
  },
  () => delete frozen['one'],
  () => Object.defineProperty(frozen, 'two', { value: 1 }),
  () => 'x' in (wrong['one'] as object),
  () => frozen instanceof (wrong['one'] as never),
  () => new Uint8Array(-1),
  () => 'x'.repeat(-1),
  () => (1).toFixed(101),
  () => (1).toString(1),
  () => BigInt(1.5),
  () => BigInt('x'),
  () => 1n / BigInt(0),
  () => (wrong['one'] as bigint) + 1n,
  () => Number(Symbol('s')),
  () => String(Object.create(null)),
  () => JSON.parse('{"a":[1,2,}'),
  () => JSON.parse('{a'),
  () => JSON.parse('['),
  () => [].reduce((a) => a),
  () => [1].map(wrong['one'] as () => unknown),
  () => Map.prototype.get.call(wrong as never, 1),
  () => new Date(Number.NaN).toISOString(),
  () => new RegExp(patterns[0] ?? ''),
  () => new RegExp(patterns[1] ?? ''),
  () => new RegExp('x', patterns[2]),
  () => decodeURIComponent('%'),
  () => new Uint8Array(2).set([1, 2, 3]),
  () => new DataView(new ArrayBuffer(1)).getInt16(0),
];

function words(run: () => unknown): string {
  try {
    return typeof run();
  } catch (error) {
    return String(error);
  }
}

/** Case, composition and kinds of letters go by the version of Unicode; new letters come in blocks. */
function probeLetters(add: (text: string) => void): void {
  const last = 0x1_f000;
  for (let from = 0x80; from < last; from += LETTERS * LETTER_STEP) {
    let text = '';
    for (let at = 0; at < LETTERS; at++) text += String.fromCodePoint(from + at * LETTER_STEP);
    add(text.toUpperCase() + text.toLowerCase());
    add(text.normalize('NFD') + text.replaceAll(/[\p{L}\p{M}\p{N}]/gu, ''));
  }
}

/**
 * What this JavaScript engine computes where the language leaves room: last bits of transcendental
 * functions, number formatting, letters, and the words of its errors. Replicas whose engines differ would
 * diverge on ordinary code, so the handshake compares this. Engines of different versions that agree may mix.
 */
export function engineFingerprint(): string {
  const digest = new Digest();
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const add = (value: number): void => {
    view.setFloat64(0, value);
    digest.bytes(bytes);
  };
  const functions = [
    Math.sin,
    Math.cos,
    Math.tan,
    Math.asin,
    Math.atan,
    Math.exp,
    Math.expm1,
    Math.log,
    Math.log1p,
    Math.log2,
    Math.log10,
    Math.sinh,
    Math.tanh,
    Math.cbrt,
    Math.sqrt,
    Math.acos,
    Math.acosh,
    Math.asinh,
    Math.atanh,
    Math.cosh,
  ];
  for (let i = 1; i <= PROBES; i++) {
    const x = (i * 0.618_033_988_749_894_9) % 1;
    for (const f of functions) add(f(x));
    add(Math.atan2(x, i));
    add(Math.hypot(x, i));
    digest.bytes(
      Buffer.from(`${x} ${(x * 1e21).toFixed(3)} ${x.toPrecision(9)} ${(x * i).toString(36)}`),
    );
  }
  for (let i = 1; i <= PROBES; i++) {
    // Of all sizes, since the ways to compute them differ.
    const x = ((i * 0.618_033_988_749_894_9) % 1) * 10 ** ((i % 40) - 15);
    for (const f of functions) add(f(x));
    for (const f of functions) add(f(-x));
  }
  digest.bytes(Buffer.from(ERRORS.map(words).join('\n')));
  probeLetters((text) => digest.bytes(Buffer.from(text)));
  return digest.hex();
}
