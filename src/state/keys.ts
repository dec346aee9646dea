import { getOwnPropertyDescriptor, typedArray, typedArrayPrototype, unbox } from './builtins.ts';
import { KIND } from './kind.ts';
import type { Kind } from './kind.ts';

export type Key = string | symbol;

/** Own attributes of a property, and whether it is an accessor, as bits. */
export const ATTRIBUTE = { writable: 1, enumerable: 2, configurable: 4, accessor: 8 } as const;
/** Of a property that was made by assignment. */
export const PLAIN = 7;

export function attributesOf(descriptor: PropertyDescriptor): number {
  const shared =
    (descriptor.enumerable === true ? ATTRIBUTE.enumerable : 0) |
    (descriptor.configurable === true ? ATTRIBUTE.configurable : 0);
  // Of an accessor it is not there at all.
  if (descriptor.writable === undefined) return shared | ATTRIBUTE.accessor;
  return descriptor.writable ? shared | ATTRIBUTE.writable : shared;
}

/** Whether a number that was read can be attributes: an accessor has no value to write. */
export function isAttributes(bits: number): boolean {
  return bits <= 0xf && (bits & 9) !== 9;
}

/**
 * To list the keys of a typed array takes a string for each of its elements. Of long ones of the
 * language's own classes nobody looks whether somebody has given them a named property.
 */
const LISTED_ELEMENTS = 4096;

/** All own keys in their order; of ordinary objects much quicker than `Reflect.ownKeys` on V8. */
export function allKeys(value: object): readonly Key[] {
  const names = Object.getOwnPropertyNames(value);
  const symbols = Object.getOwnPropertySymbols(value);
  return symbols.length === 0 ? names : [...names, ...symbols];
}

/** Own keys that are neither elements nor part of what the kind holds, in their order. */
export function namedKeys(value: object, kind: Kind): readonly Key[] {
  if (kind === KIND.ordinary || kind === KIND.code) return allKeys(value);
  if (kind === KIND.array) return afterElements(value, allKeys(value));
  if (kind === KIND.error) return allKeys(value).filter((key) => key !== 'stack');
  if (kind === KIND.typedArray) return typedArrayKeys(value);
  if (kind === KIND.boxed) {
    const primitive = unbox(value);
    if (typeof primitive !== 'string') return allKeys(value);
    const { length } = primitive;
    return allKeys(value)
      .slice(length)
      .filter((key) => key !== 'length');
  }
  return allKeys(value);
}

/**
 * Whether `namedKeys` never says this key of objects of this kind: it is an element, or a length that is more
 * than a property. To define one can throw, and run code of the value.
 */
export function isHeld(key: Key, kind: Kind): boolean {
  if (typeof key === 'symbol') return false;
  if (kind === KIND.array) return key === 'length' || isIndex(key);
  // Also `-0`, `1.5` and the like: whatever is the text of a number.
  return kind === KIND.typedArray && (key === '-0' || String(Number(key)) === key);
}

/** Whether it is the key of an element of an array. */
export function isIndex(key: Key): boolean {
  if (typeof key === 'symbol') return false;
  const index = Number(key);
  return Number.isInteger(index) && index >= 0 && index < 2 ** 32 - 1 && String(index) === key;
}

function typedArrayKeys(value: object): readonly Key[] {
  const length = typedArray.length(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  const isPlain = prototype !== null && Object.getPrototypeOf(prototype) === typedArrayPrototype;
  return isPlain && length > LISTED_ELEMENTS ? [] : allKeys(value).slice(length);
}

/** Of all keys of an array those that are neither elements nor its length. */
export function afterElements(value: object, keys: readonly Key[]): readonly Key[] {
  return keys.slice(keys.indexOf('length', denseLength(value, keys)) + 1);
}

/** How many elements a dense array has; 0 of an array with a hole. */
export function denseLength(value: object, keys: readonly Key[]): number {
  const { length } = value as readonly unknown[];
  // Indices come first and ascend: when the last one is at its place, all are.
  return length > 0 && keys[length - 1] === String(length - 1) ? length : 0;
}

/** Elements of an array one by one: there are holes, or attributes differ. */
export const SPARSE = 0xff;

/** The attributes that all elements of a dense array have in common, or `SPARSE`. */
export function elementMode(value: object, keys: readonly Key[]): number {
  const dense = denseLength(value, keys);
  if (dense === 0) return (value as readonly unknown[]).length === 0 ? PLAIN : SPARSE;
  let mode = -1;
  for (let index = 0; index < dense; index++) {
    const descriptor = getOwnPropertyDescriptor(value, index) as PropertyDescriptor;
    const attributes = attributesOf(descriptor);
    if (mode === -1) mode = attributes;
    if (attributes !== mode || (attributes & ATTRIBUTE.accessor) !== 0) return SPARSE;
  }
  return mode;
}

/** Indices of a sparse array, ascending. */
export function indicesOf(keys: readonly Key[]): readonly number[] {
  return keys.slice(0, keys.indexOf('length')).map(Number);
}
