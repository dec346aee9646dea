import { present } from '../base/index.ts';
import { standsBefore } from '../state/index.ts';
import { apply, nativeOf } from './wrap.ts';

/**
 * Freezes the built-ins: what nobody captures must not change. A frozen property would forbid objects that
 * inherit it to have one of their own by assignment (`this.name = …` in a class of errors), which is a
 * mistake of the language; where that is usual, the property becomes an accessor that allows it.
 */

/** Of every prototype: what classes like to set. */
const OFTEN = ['constructor', 'toString', 'valueOf', 'toJSON', 'name', 'message'];

/** Whose properties are all made so: whatever is called like a method of these is a plain field elsewhere. */
function ordinary(): readonly object[] {
  const generator = function* none(): Generator<never> {};
  const list = [][Symbol.iterator]();
  return [
    Object.prototype,
    Function.prototype,
    Error.prototype,
    // TypeScript and others make iterators by assignment of `next` and `Symbol.iterator`.
    Reflect.getPrototypeOf(Reflect.getPrototypeOf(list) as object) as object,
    Reflect.getPrototypeOf(generator) as object,
  ];
}

/** @param more Objects beside those that lead from the global one. */
export function freezeWorld(more: readonly object[]): void {
  const found = new Set<object>();
  const left: object[] = [globalThis, ...more];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    const prototype = Reflect.getPrototypeOf(next);
    if (prototype !== null) left.push(prototype);
    for (const key of Reflect.ownKeys(next)) pushParts(next, key, left);
  }
  const all = new Set(ordinary());
  for (const object of found) {
    if (!isPrototype(object) || object === globalThis) continue;
    const keys = all.has(object) ? Reflect.ownKeys(object) : OFTEN;
    for (const key of keys) allowOwn(object, key, found);
  }
  for (const object of found) Object.freeze(object);
}

function pushParts(object: object, key: PropertyKey, left: object[]): void {
  const own = Reflect.getOwnPropertyDescriptor(object, key);
  for (const part of [own?.value, own?.get, own?.set] as unknown[]) {
    if ((typeof part === 'object' && part !== null) || typeof part === 'function') left.push(part);
  }
}

function isPrototype(object: object): boolean {
  if (ordinary().includes(object)) return true;
  const own = Reflect.getOwnPropertyDescriptor(object, 'constructor');
  const maker: unknown = own?.value;
  return typeof maker === 'function' && Reflect.get(maker, 'prototype') === object;
}

/**
 * What no global name leads to, but a piece of syntax; by the names that the language's specification has.
 *
 * @param kinds Prototypes of functions, which only making code of a string leads to.
 */
export function hiddenObjects(
  kinds: Readonly<Record<string, object>>,
): Readonly<Record<string, object>> {
  const prototype = (value: object): object =>
    present(Reflect.getPrototypeOf(value) ?? undefined, 'a prototype');
  const strict = (function own(..._args: unknown[]): IArguments {
    // oxlint-disable-next-line eslint/prefer-rest-params
    return arguments;
  })();
  const iterators: unknown = Reflect.get(globalThis, 'Iterator');
  const from = nativeOf(iterators as object, 'from');
  const wrapped = apply(from, iterators, [{ next: () => undefined }]) as object;
  const thrower = Reflect.getOwnPropertyDescriptor(strict, 'callee')?.get;
  return {
    '%ArrayIteratorPrototype%': prototype([][Symbol.iterator]()),
    '%MapIteratorPrototype%': prototype(new Map()[Symbol.iterator]()),
    '%SetIteratorPrototype%': prototype(new Set()[Symbol.iterator]()),
    '%StringIteratorPrototype%': prototype(''[Symbol.iterator]()),
    '%RegExpStringIteratorPrototype%': prototype(''.matchAll(/x/g)),
    '%WrapForValidIteratorPrototype%': prototype(wrapped),
    '%TypedArray%': prototype(Uint8Array),
    '%ThrowTypeError%': present(thrower, 'the accessor of every strict function'),
    ...kinds,
  };
}

/** From now on an object that inherits `key` gets a property of its own when it is assigned. */
function allowOwn(holder: object, key: PropertyKey, found: Set<object>): void {
  const own = Reflect.getOwnPropertyDescriptor(holder, key);
  if (own === undefined || !('value' in own) || own.configurable !== true) return;
  const { value, enumerable = false } = own;
  const get = (): unknown => value;
  const setter = {
    set(this: unknown, assigned: unknown): void {
      const plain = typeof this !== 'object' && typeof this !== 'function';
      if (this === holder || plain || this === null) {
        throw new TypeError(`cannot assign to ${String(key)}: built-ins are frozen`);
      }
      const field = { value: assigned, writable: true, enumerable: true, configurable: true };
      if (!Reflect.defineProperty(this, key, field)) {
        throw new TypeError(`cannot assign to ${String(key)}: the object is frozen`);
      }
    },
  };
  const set = nativeOf(setter, 'set');
  if (!Reflect.defineProperty(holder, key, { get, set, enumerable, configurable: false })) return;
  standsBefore(get, value);
  found.add(get);
  found.add(set);
}
