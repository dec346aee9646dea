/** What plain data are, compared and ordered: the same on every replica. */
import { describe } from './checks.ts';

/**
 * A text that equal keys share and others do not. Keys are texts, numbers, bigints, booleans, null, and
 * arrays of such, like `['10.0.0.1', 14000]`. Throws TypeError for anything else: Maps know objects by
 * identity only, which no object that was sent has in common with another.
 */
export function identify(value: unknown, what: string): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (Number.isNaN(value)) throw new TypeError(`${what} is not NaN, which nothing equals`);
      // In a template, −0 is 0, as for a Map.
      return `${value}`;
    case 'bigint':
      return `${value}n`;
    case 'boolean':
      return `${value}`;
    default:
      if (value === null) return 'null';
      if (!Array.isArray(value)) {
        const kinds = 'a text, number, bigint, boolean, null or an array of such';
        throw new TypeError(`${what} is ${kinds}, not ${describe(value)}`);
      }
      return `[${value.map((element) => identify(element, what)).join(',')}]`;
  }
}

/** As people read it: texts without quotes. */
export function show(value: unknown, what: string): string {
  return typeof value === 'string' ? value : identify(value, what);
}

/** By content. Maps and Sets are equal when they have the same in the same order; −0 is not 0. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) return equalLists(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, at) => byte === b[at]);
  }
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  if (a instanceof Map && b instanceof Map) return equalLists([...a].flat(1), [...b].flat(1));
  if (a instanceof Set && b instanceof Set) return equalLists([...a], [...b]);
  if (a instanceof Error && b instanceof Error) {
    return a.name === b.name && a.message === b.message;
  }
  return equalRecords(a as Record<string, unknown>, b as Record<string, unknown>);
}

function equalLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((element, at) => equalValues(element, b[at]));
}

function equalRecords(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && equalValues(a[name], b[name]));
}

/** What has an order: numbers among numbers, texts among texts (by code units, not by a locale). */
export type Ordered = string | number | bigint;

/** Throws TypeError for what has no order, or none with those that are there. */
export function checkOrdered(value: unknown, what: string, among?: Ordered): Ordered {
  const kind = typeof value;
  const ordered = kind === 'string' || kind === 'bigint' || kind === 'number';
  if (!ordered || Number.isNaN(value)) {
    throw new TypeError(`${what} is a text, a number or a bigint, not ${describe(value)}`);
  }
  if (among !== undefined && typeof among !== kind) {
    throw new TypeError(`${what} is a ${typeof among} like those that are there, not ${kind}`);
  }
  // So that what is found equal looks equal.
  return value === 0 ? 0 : (value as Ordered);
}
