import { assert } from '../base/index.ts';
import { SURFACE } from './surface-table.ts';

/**
 * Makes the built-ins the same on every engine: a newer one has more of them, and in another order, which
 * `'getOrInsert' in map` or `Object.getOwnPropertyNames(Math)` would tell. What is not in the table is taken
 * away, and what is there comes in the order of the table.
 */

/** `Reflect` itself is taken away for a moment, to be put in its place. */
const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } =
  Reflect;

/** What a function has that is no constructor. */
const OF_FUNCTIONS: readonly string[] = ['length', 'name'];

/** Made of our own text, so that they are the same anyway. */
const OURS = 'console crypto performance TextDecoder TextEncoder WeakMap WeakSet'.split(' ');

/** @param hidden By name, what no global name leads to but a piece of syntax. */
export function fixSurface(hidden: Readonly<Record<string, object>>): void {
  makeMathAnew();
  walkSurface(hidden, (name, object) => {
    const wanted = SURFACE.get(name) ?? (typeof object === 'function' ? OF_FUNCTIONS : undefined);
    assert(wanted !== undefined, `the engine brings ${name}, which no list has`);
    fixKeys(name, object, wanted);
  });
}

/** Engines are slow with an object from which something was taken away, unless others inherit from it. */
function makeMathAnew(): void {
  const anew = {};
  const keys = new Map(ownKeys(Math).map((key) => [textOf(key), key]));
  for (const text of SURFACE.get('Math') ?? []) {
    const key = keys.get(text);
    if (key === undefined) continue;
    const own = getOwnPropertyDescriptor(Math, key);
    if (own !== undefined) defineProperty(anew, key, own);
  }
  const own = getOwnPropertyDescriptor(globalThis, 'Math');
  defineProperty(globalThis, 'Math', { ...own, value: anew });
}

function fixKeys(name: string, object: object, wanted: readonly string[]): void {
  const keys = new Map(ownKeys(object).map((key) => [textOf(key), key]));
  for (const [text, key] of keys) {
    if (wanted.includes(text)) continue;
    assert(deleteProperty(object, key), `the engine keeps ${name}.${text}`);
  }
  for (const text of wanted) assert(keys.has(text), `the engine has no ${name}.${text}`);
  if (inOrder(object, wanted)) return;
  // Symbols come behind strings whatever happens; what cannot be moved was there first.
  for (const text of wanted) {
    const key = keys.get(text) as string | symbol;
    const own = getOwnPropertyDescriptor(object, key);
    if (own?.configurable !== true) continue;
    deleteProperty(object, key);
    defineProperty(object, key, own);
  }
  assert(inOrder(object, wanted), `the engine orders ${name} in another way`);
}

function inOrder(object: object, wanted: readonly string[]): boolean {
  return ownKeys(object).every((key, at) => textOf(key) === wanted[at]);
}

/** Every object that users can reach without making one, once; parts in the order of the table. */
export function walkSurface(
  hidden: Readonly<Record<string, object>>,
  visit: (name: string, object: object) => void,
): void {
  const found = new Set<object>();
  const left: (readonly [name: string, object: object])[] = [];
  const push = (name: string, value: unknown): void => {
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return;
    if (found.has(value)) return;
    found.add(value);
    left.push([name, value]);
  };
  const world = globalThis as unknown as Record<string, unknown>;
  for (const name of OURS) found.add(world[name] as object);
  push('globalThis', globalThis);
  push('Object.prototype', Object.prototype);
  push('Function.prototype', Function.prototype);
  for (const [name, object] of Object.entries(hidden)) push(name, object);
  for (let at = 0; at < left.length; at++) {
    const [name, object] = left[at] as (typeof left)[number];
    visit(name, object);
    const inside = object === globalThis ? '' : `${name}.`;
    for (const key of ownKeys(object)) {
      const own = getOwnPropertyDescriptor(object, key);
      const part = inside + textOf(key);
      push(part, own?.value);
      push(`${part}.get`, own?.get);
      push(`${part}.set`, own?.set);
    }
    push(`${inside}__proto__`, getPrototypeOf(object));
  }
}

/** `length`, or `@@iterator`. */
export function textOf(key: PropertyKey): string {
  if (typeof key !== 'symbol') return String(key);
  return (key.description ?? '').replace('Symbol.', '@@');
}
