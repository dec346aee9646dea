import { MalformedBytes } from '../base/index.ts';
import { date, getOwnPropertyDescriptor, map, ownKeys, set } from './builtins.ts';
import { ATTRIBUTE, indicesOf, isIndex, namedKeys } from './keys.ts';
import type { Key } from './keys.ts';
import { KIND } from './kind.ts';
import type { Kind } from './kind.ts';
import { putRecord, recordOf } from './private-fields.ts';
import type { PrivateRecord } from './private-fields.ts';
import { SHAPE_FLAG } from './tag.ts';

/** A property as it shall be. */
export interface Property {
  readonly key: Key;
  readonly attributes: number;
  /** The value, or the getter. */
  readonly value: unknown;
  readonly setter: unknown;
}

export type Properties = readonly Property[];

/** What an object of code shall be like. */
export interface Change {
  readonly target: object;
  readonly kind: Kind;
  readonly flags: number;
  readonly prototype: object | null;
  readonly properties: Properties;
  readonly record: PrivateRecord;
  /** Of an array. */
  readonly length: number;
  readonly elements: Properties;
  /** Of a map key, value, key, value, …; of a set the items. */
  readonly entries: readonly unknown[];
  /** Of a date. */
  readonly time: number;
  /** Of a buffer. */
  readonly bytes: Uint8Array;
}

/**
 * Makes an object of code what it was when the state was captured. Throws `MalformedBytes` where
 * that cannot be.
 */
export function putBack(change: Change): void {
  const { target, kind, record } = change;
  if (record.length > 0 || recordOf(target) !== undefined) putRecord(target, record);
  putProperties(target, namedKeys(target, kind), change.properties);
  if (kind === KIND.array) putElements(change);
  if (kind === KIND.map) {
    map.clear(target);
    const { entries } = change;
    for (let at = 0; at < entries.length; at += 2) map.put(target, entries[at], entries[at + 1]);
  }
  if (kind === KIND.set) {
    set.clear(target);
    for (const item of change.entries) set.put(target, item);
  }
  if (kind === KIND.date) date.put(target, change.time);
  if (kind === KIND.buffer) putBytes(target as ArrayBuffer, change.bytes);
  if (Object.getPrototypeOf(target) !== change.prototype) setPrototype(target, change.prototype);
  if ((change.flags & SHAPE_FLAG.extensible) === 0) Object.preventExtensions(target);
  else if (!Object.isExtensible(target)) throw new MalformedBytes('an object that was closed');
}

/**
 * Gives `target` these properties, in this order. Those that have stayed since the module was
 * evaluated come first and in their order, so what is out of place was deleted in between.
 */
export function putProperties(
  target: object,
  present: readonly Key[],
  properties: Properties,
): void {
  const wanted = new Map(properties.map((property) => [property.key, property]));
  for (const group of [isIndex, isName, isSymbol]) {
    const order = properties.filter(({ key }) => group(key));
    let at = 0;
    for (const key of present.filter(group)) {
      // Indices are always in their order.
      if (group === isIndex ? wanted.has(key) : order[at]?.key === key) at++;
      else if (!Reflect.deleteProperty(target, key)) {
        throw new MalformedBytes('a property that cannot have gone');
      }
    }
  }
  for (const property of properties) defineOrRefuse(target, property);
}

function isName(key: Key): boolean {
  return typeof key === 'string' && !isIndex(key);
}

function isSymbol(key: Key): boolean {
  return typeof key === 'symbol';
}

function putElements({ target, flags, length, elements }: Change): void {
  const wanted = new Set(elements.map(({ key }) => key));
  for (const index of indicesOf(ownKeys(target))) {
    if (!wanted.has(String(index)) && !Reflect.deleteProperty(target, index)) {
      throw new MalformedBytes('an element that cannot have gone');
    }
  }
  if (length > (target as unknown[]).length) makeSparse(target, length, elements.length);
  for (const element of elements) defineOrRefuse(target, element);
  putLength(target, length, (flags & SHAPE_FLAG.fixedLength) !== 0);
}

/** An array with more holes than that keeps its elements one by one. */
const READY_ELEMENTS = 1024;

/**
 * Makes the engine keep the elements of `target` one by one when there are few for its length: a
 * great length then takes no memory. Until `putLength` the array has an element too many.
 */
export function makeSparse(target: object, length: number, elements: number): void {
  if (length <= elements + READY_ELEMENTS) return;
  const last = 2 ** 32 - 2;
  Reflect.defineProperty(target, last, { value: undefined, configurable: true, writable: true });
}

/** Sets the length of an array; `isFixed` for good. */
export function putLength(target: object, length: number, isFixed: boolean): void {
  const now = getOwnPropertyDescriptor(target, 'length');
  if (now?.value === length && now.writable === !isFixed) return;
  const isPut =
    length < 2 ** 32 &&
    Reflect.defineProperty(target, 'length', { value: length, writable: !isFixed });
  if (!isPut) throw new MalformedBytes('a length that cannot be');
}

function putBytes(target: ArrayBuffer, bytes: Uint8Array): void {
  const own = new Uint8Array(target);
  if (own.length !== bytes.length) throw new MalformedBytes('a buffer of another length');
  own.set(bytes);
}

export function defineOrRefuse(target: object, property: Property): void {
  if (Reflect.defineProperty(target, property.key, descriptorOf(property))) return;
  throw new MalformedBytes('a property that cannot be');
}

function descriptorOf({ attributes, value, setter }: Property): PropertyDescriptor {
  const shared = {
    enumerable: (attributes & ATTRIBUTE.enumerable) !== 0,
    configurable: (attributes & ATTRIBUTE.configurable) !== 0,
  };
  if ((attributes & ATTRIBUTE.accessor) === 0) {
    return { ...shared, value, writable: (attributes & ATTRIBUTE.writable) !== 0 };
  }
  if (!isFunctionOrNone(value) || !isFunctionOrNone(setter)) {
    throw new MalformedBytes('an accessor that is no function');
  }
  return { ...shared, get: value as () => unknown, set: setter as (value: unknown) => void };
}

function isFunctionOrNone(value: unknown): boolean {
  return value === undefined || typeof value === 'function';
}

export function setPrototype(target: object, prototype: object | null): void {
  if (Reflect.setPrototypeOf(target, prototype)) return;
  throw new MalformedBytes('a prototype that cannot be');
}
