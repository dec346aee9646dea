import { ABSENT, FOREIGN, WORDS } from '../realm/index.ts';
import { printable } from './report.ts';

/** The globals that the realm has and that are the same everywhere; a test holds them against it. */
export const PRESENT: ReadonlySet<string> = new Set(
  `AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date DisposableStack
   Error EvalError Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array
   Iterator JSON Map Math NaN Number Object RangeError ReferenceError Reflect RegExp Set String
   SuppressedError Symbol SyntaxError TextDecoder TextEncoder TypeError URIError Uint16Array Uint32Array
   Uint8Array Uint8ClampedArray console crypto decodeURI decodeURIComponent encodeURI encodeURIComponent
   escape globalThis isFinite isNaN parseFloat parseInt performance undefined unescape`.split(
    /\s+/,
  ),
);

/** A global of the language, or something that belongs to one. */
export function isBuiltIn(path: readonly string[]): boolean {
  return PRESENT.has(path[0] ?? '') && path[0] !== 'undefined';
}

/** There, but only for what the loader makes of private fields. */
export const WEAK: ReadonlySet<string> = new Set(['WeakMap', 'WeakSet']);

/** Reading these throws in the realm, whatever is done with them. */
export const THROWING: ReadonlyMap<string, string> = new Map([
  ...ABSENT,
  ...[...WEAK].map((name) => [name, WORDS.COLLECTED] as const),
]);

/** Hosts have these, the language does not. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map(FOREIGN);

/** What is missing when a name is used that nothing declares. */
export function whyAbsent(name: string): string {
  const instead =
    THROWING.get(name) ??
    ELSEWHERE.get(name) ??
    'it has what the language has, and nothing declares this';
  return `there is no ${printable(name)} in a replicated object: ${instead}`;
}

/** What the last match left behind, which the realm takes away. */
const REMEMBERED: ReadonlySet<string> = new Set(
  "$1 $2 $3 $4 $5 $6 $7 $8 $9 $_ $& $+ $` $' input lastMatch lastParen leftContext rightContext".split(
    ' ',
  ),
);

/** Of these the realm has what is listed, and nothing else. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  crypto: ['getRandomValues', 'randomUUID'],
  performance: ['now', 'timeOrigin', 'toJSON'],
};

export function whyNoStatic(holder: string, key: string): string | undefined {
  const name = `${holder}.${key}`;
  if (holder === 'RegExp' && REMEMBERED.has(key)) {
    return `there is no ${name} in a replicated object: take the result of the match`;
  }
  if (holder === 'Array' && key === 'fromAsync') {
    return `there is no ${name} in a replicated object: ${WORDS.AT_ONCE}`;
  }
  const known = Object.hasOwn(ONLY, holder) ? ONLY[holder] : undefined;
  if (known === undefined || known.includes(key)) return undefined;
  return `there is no ${name} in a replicated object: there is ${known.slice(0, 2).join(' and ')}`;
}
