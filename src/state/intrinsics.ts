/**
 * Everything that the language itself brings along, by name: `Array.prototype`, `Map.prototype.get`,
 * `%GeneratorPrototype%`. A state refers to these by their names, which are the same on every
 * replica and in every version of the engine; what they are is no state, since the realm freezes
 * them.
 */
import { assert } from '../base/index.ts';
import { getOwnPropertyDescriptor, ownKeys } from './builtins.ts';
import { isProxy, PrivateMap, PrivateSet } from './private-fields.ts';

/**
 * Names of the global object under which intrinsics are looked for, in the order in which they are
 * named.
 */
const GLOBALS = [
  'Object Function Array String Number Boolean Symbol BigInt Math JSON Reflect Proxy Date RegExp Map Set',
  'WeakMap WeakSet WeakRef FinalizationRegistry Error AggregateError EvalError RangeError ReferenceError',
  'SyntaxError TypeError URIError SuppressedError ArrayBuffer SharedArrayBuffer DataView Atomics Int8Array',
  'Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array',
  'Float16Array Float32Array Float64Array Promise Iterator AsyncIterator DisposableStack',
  'AsyncDisposableStack Intl Temporal WebAssembly eval isFinite isNaN parseFloat parseInt decodeURI',
  'decodeURIComponent encodeURI encodeURIComponent escape unescape TextEncoder TextDecoder structuredClone',
  'console crypto performance queueMicrotask setTimeout clearTimeout setInterval clearInterval setImmediate',
  'clearImmediate URL URLSearchParams atob btoa',
]
  .join(' ')
  .split(' ');

export interface Intrinsics {
  readonly names: ReadonlyMap<object, string>;
  readonly byName: ReadonlyMap<string, object>;
}

let known: Intrinsics | undefined;
const added: (readonly [string, object])[] = [];

/** Classes of the realm that no global name leads to, but errors that objects catch and keep. */
export function addIntrinsics(classes: readonly { readonly name: string }[]): void {
  nameIntrinsics(new Map(classes.map((each) => [each.name, each])));
}

/** The same under names that are given: part of the format of states that hold instances of them. */
export function nameIntrinsics(classes: ReadonlyMap<string, object>): void {
  assert(known === undefined, 'intrinsics are complete before they are asked for');
  for (const [name, each] of classes) added.push([`concoord.${name}`, each]);
}

/** What getters give that stand in the place of plain properties. */
const behind = new Map<unknown, unknown>();

/**
 * Says that a property of a built-in is now read by `get`, and is `value` all the same: it keeps the name
 * that it has in a world where nothing stands before it.
 */
export function standsBefore(get: () => unknown, value: unknown): void {
  behind.set(get, value);
}

/**
 * All intrinsics of this realm, as they are when first asked for: after the realm has replaced what
 * it replaces.
 */
export function intrinsics(): Intrinsics {
  known ??= collect();
  return known;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function collect(): Intrinsics {
  const names = new Map<object, string>();
  const queue: object[] = [];
  const name = (value: unknown, as: string): void => {
    if (!isObject(value) || names.has(value)) return;
    names.set(value, as);
    queue.push(value);
  };
  name(PrivateMap, 'WeakMap');
  name(PrivateSet, 'WeakSet');
  // The global object has a name but is not walked: what else the world put there is none of the
  // language's.
  names.set(globalThis, 'globalThis');
  for (const root of GLOBALS) name(getOwnPropertyDescriptor(globalThis, root)?.value, root);
  for (const [as, value] of [...hidden(), ...added]) name(value, as);
  // The queue grows while it is walked; keys in the order of their text, since that of engines may
  // differ.
  for (const value of queue) {
    const path = names.get(value) ?? '';
    if (isProxy(value)) continue;
    for (const [text, key] of sortedKeys(value)) {
      const descriptor = getOwnPropertyDescriptor(value, key);
      name(descriptor?.value ?? behind.get(descriptor?.get), `${path}.${text}`);
      name(descriptor?.get, `${path}.${text}.get`);
      name(descriptor?.set, `${path}.${text}.set`);
    }
  }
  return { names, byName: new Map([...names].map(([value, as]) => [as, value])) };
}

function sortedKeys(value: object): readonly (readonly [string, string | symbol])[] {
  return ownKeys(value)
    .map((key) => [typeof key === 'symbol' ? `[${String(key)}]` : key, key] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function prototypeOf(value: unknown): object | null {
  return isObject(value) ? (Object.getPrototypeOf(value) as object | null) : null;
}

/** What no global variable names: it is reached through syntax alone. */
function hidden(): readonly (readonly [string, unknown])[] {
  const generator = function* (): Generator<never> {};
  const matches = /./g[Symbol.matchAll]('');
  // An arguments object of strict code has the function that throws as its accessor.
  const strict = (function (): object {
    // eslint-disable-next-line prefer-rest-params -- the object itself is wanted
    return arguments;
  })();
  return [
    ['%ThrowTypeError%', getOwnPropertyDescriptor(strict, 'callee')?.get],
    ['%IteratorPrototype%', prototypeOf(prototypeOf([].values()))],
    ['%GeneratorFunction.prototype%', prototypeOf(generator)],
    ['%GeneratorPrototype%', prototypeOf(generator.prototype)],
    ['%TypedArray%', prototypeOf(Uint8Array)],
    ['%ArrayIteratorPrototype%', prototypeOf([].values())],
    ['%MapIteratorPrototype%', prototypeOf(new Map().entries())],
    ['%SetIteratorPrototype%', prototypeOf(new Set().values())],
    ['%StringIteratorPrototype%', prototypeOf(''[Symbol.iterator]())],
    ['%RegExpStringIteratorPrototype%', prototypeOf(matches)],
    ...iteratorHelpers(),
  ];
}

/** Prototypes of what the methods of iterators return, on engines that have them. */
function iteratorHelpers(): readonly (readonly [string, unknown])[] {
  const iterator: unknown = Reflect.get(globalThis, 'Iterator');
  if (!isObject(iterator)) return [];
  const from: unknown = Reflect.get(iterator, 'from');
  const helper: unknown = Reflect.get(prototypeOf(prototypeOf([].values())) ?? {}, 'drop');
  if (typeof from !== 'function' || typeof helper !== 'function') return [];
  const wrapped: unknown = Reflect.apply(from, iterator, [{ next: (): unknown => undefined }]);
  const dropped: unknown = Reflect.apply(helper, [].values(), [0]);
  return [
    ['%WrapForValidIteratorPrototype%', prototypeOf(wrapped)],
    ['%IteratorHelperPrototype%', prototypeOf(dropped)],
  ];
}
