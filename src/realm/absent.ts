import { RuntimeError } from '../object/index.ts';
import { method, replace } from './wrap.ts';

const TIME = 'keep the time in the state, and let the client call again';
const AT_ONCE = 'methods answer at once, so write them without promises';
const LOCALE = 'compare with < and format by hand, or in the client';
const COLLECTED = 'remove entries by a rule of yours, or keep them in a Map or Set';
const SHARED = 'an object has one thread: use ArrayBuffer';
const CODE = 'code comes with the class, and never from a string';
const IO = 'the client does what concerns the world, and passes the result on';

/** What to do instead, for those who judge code before it runs here. */
export const WORDS = { TIME, AT_ONCE, LOCALE, COLLECTED, CODE, IO } as const;

/** What replicas could not do alike, and what to do instead. */
export const ABSENT: readonly (readonly [name: string, instead: string])[] = [
  ['AsyncDisposableStack', AT_ONCE],
  ['Atomics', SHARED],
  ['FinalizationRegistry', COLLECTED],
  ['Intl', LOCALE],
  ['Promise', AT_ONCE],
  ['Proxy', 'use a class with accessors'],
  ['ShadowRealm', CODE],
  ['SharedArrayBuffer', SHARED],
  ['WeakRef', COLLECTED],
  ['WebAssembly', 'write it in TypeScript'],
  ['clearImmediate', TIME],
  ['clearInterval', TIME],
  ['clearTimeout', TIME],
  ['eval', CODE],
  ['fetch', IO],
  ['queueMicrotask', AT_ONCE],
  ['setImmediate', TIME],
  ['setInterval', TIME],
  ['setTimeout', TIME],
  ['structuredClone', 'copy by hand, or by JSON.parse(JSON.stringify(value))'],
];

const NODE = 'objects compute only; the client does the rest, and passes the result on';
const NAME = 'name the global itself';
const PAGE = 'there is no page: the client shows what the object answers';
const CALLS = 'call the method itself, or let clients ask again';

/**
 * What programs find in Node.js or in a browser, and the language does not have. They are no properties of
 * the global object, where code looks for them that runs anywhere (`globalThis.process?.env`); the loader
 * writes an error that says what to do instead in the place of their names.
 */
export const FOREIGN: readonly (readonly [name: string, instead: string])[] = [
  ...['__dirname', '__filename', 'process', 'Deno', 'Bun', 'Worker'].map(
    (name) => [name, NODE] as const,
  ),
  ...['WebSocket', 'XMLHttpRequest', 'EventSource', 'Request', 'Response', 'Headers'].map(
    (name) => [name, IO] as const,
  ),
  ...['global', 'window', 'self', 'frames', 'parent'].map((name) => [name, NAME] as const),
  ...['document', 'navigator', 'location', 'history', 'alert', 'HTMLElement'].map(
    (name) => [name, PAGE] as const,
  ),
  ...['localStorage', 'sessionStorage', 'indexedDB', 'caches'].map(
    (name) => [name, 'fields of the object are kept: use those'] as const,
  ),
  ...['EventEmitter', 'EventTarget', 'Event', 'MessageChannel', 'BroadcastChannel'].map(
    (name) => [name, CALLS] as const,
  ),
  ...['AbortController', 'AbortSignal'].map((name) => [name, AT_ONCE] as const),
  ...['URL', 'URLSearchParams'].map(
    (name) => [name, 'keep it as text, and let the client take it apart'] as const,
  ),
  ...['atob', 'btoa'].map((name) => [name, 'write bytes out by hand, or in the client'] as const),
  ...['requestAnimationFrame', 'requestIdleCallback'].map((name) => [name, TIME] as const),
  ['Buffer', 'use Uint8Array, TextEncoder and TextDecoder'],
  ['exports', 'use export'],
  ['module', 'use export'],
  ['require', 'import what the class needs at its head'],
];

export const LOCALE_METHODS = [
  'localeCompare',
  'toLocaleDateString',
  'toLocaleLowerCase',
  'toLocaleString',
  'toLocaleTimeString',
  'toLocaleUpperCase',
];

export function notHere(name: string, instead: string): RuntimeError {
  return new RuntimeError(`there is no ${name} in a replicated object: ${instead}`);
}

/** Reading one of these globals, even by `typeof`, throws an error that says what to do instead. */
export function removeAbsent(): void {
  const world = globalThis as unknown as Record<string, unknown>;
  silence(world['Promise']);
  for (const [name, instead] of ABSENT) {
    Reflect.defineProperty(globalThis, name, {
      get: method(() => {
        throw notHere(name, instead);
      }),
      enumerable: false,
      // Until everything is frozen.
      configurable: true,
    });
  }
  for (const name of ['Array', 'BigInt', 'Date', 'Number', 'Object', 'String']) {
    const { prototype } = world[name] as { prototype: object };
    removeMethods(prototype, LOCALE_METHODS, LOCALE);
  }
  removeMethods(Reflect.getPrototypeOf(Uint8Array.prototype) as object, LOCALE_METHODS, LOCALE);
  Reflect.deleteProperty(Array, 'fromAsync');
}

function removeMethods(holder: object, keys: readonly PropertyKey[], instead: string): void {
  for (const key of keys) {
    replace(holder, [key], () =>
      method(() => {
        throw notHere(String(key), instead);
      }),
    );
  }
}

/** Whoever comes by a promise cannot run anything later with it. */
function silence(maker: unknown): void {
  const { prototype } = maker as { prototype: object };
  removeMethods(prototype, ['then', 'catch', 'finally'], AT_ONCE);
  const statics = Reflect.ownKeys(maker as object).filter((key) => typeof key === 'string');
  removeMethods(maker as object, statics, AT_ONCE);
  replaceConstructor(prototype, 'Promise', AT_ONCE);
}

/** What functions inherit from, by the names of the specification; no name of the language leads there. */
const KINDS = [
  ['%Function.prototype%', 'function () {}'],
  ['%GeneratorFunction.prototype%', 'function* () {}'],
  ['%AsyncFunction.prototype%', 'async function () {}'],
  ['%AsyncGeneratorFunction.prototype%', 'async function* () {}'],
] as const;

/** Every kind of function leads to a maker of code from strings. Returns what functions inherit from. */
export function removeFunctionConstructors(
  native: FunctionConstructor,
): Readonly<Record<string, object>> {
  const prototypes: Record<string, object> = {};
  for (const [name, kind] of KINDS) {
    const prototype = Reflect.getPrototypeOf(native(`return ${kind}`)() as object) as object;
    replaceConstructor(prototype, 'Function', CODE);
    prototypes[name] = prototype;
  }
  // Their methods answer by promises, also when they are called wrongly.
  const steps = native('return (async function* () {})()')() as object;
  for (let holder = Reflect.getPrototypeOf(steps); holder !== Object.prototype;) {
    const own = holder as object;
    const keys = Reflect.ownKeys(own).filter((key) => key !== 'constructor');
    removeMethods(own, keys, AT_ONCE);
    holder = Reflect.getPrototypeOf(own);
  }
  const ours: unknown = Reflect.get(native.prototype, 'constructor');
  Reflect.defineProperty(globalThis, 'Function', {
    value: ours,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  return prototypes;
}

/** One that throws, but with the prototype, so that `instanceof` goes on to work. */
function replaceConstructor(prototype: object, name: string, instead: string): void {
  const stub = function refuse(): never {
    throw notHere(name, instead);
  };
  const fixed = { writable: false, enumerable: false, configurable: false };
  Reflect.defineProperty(stub, 'prototype', { value: prototype, ...fixed });
  Reflect.defineProperty(stub, 'name', { value: name, configurable: true });
  const own = Reflect.getOwnPropertyDescriptor(prototype, 'constructor');
  Reflect.defineProperty(prototype, 'constructor', { ...own, value: stub });
}
