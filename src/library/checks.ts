/** What the methods of our own objects ask of their arguments, before they change anything. */
import { RuntimeError, ValueError } from '../object/index.ts';

/** Names of things: accounts, groups, events. Enough for a path or a domain. */
const MAX_NAME_UNITS = 1024;

/**
 * How much one collection holds. An engine refuses more than 2 ** 24 entries of a Map, among which it may
 * count what was deleted: with at most half of that, no replica is refused what another takes.
 */
export const MAX_ENTRIES = 4_000_000;

/** For messages: numbers as they are, of anything else what it is. */
export function describe(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}

/** A text that names something. Throws TypeError, or ValueError for one that is empty or too long. */
export function checkName(value: unknown, what: string): string {
  const name = checkText(value, what);
  if (name.length === 0) throw new ValueError(`${what} is not empty`);
  if (name.length > MAX_NAME_UNITS) {
    throw new ValueError(`${what} has at most ${MAX_NAME_UNITS} characters, not ${name.length}`);
  }
  return name;
}

export function checkText(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${what} is a text, not ${describe(value)}`);
}

/** Throws TypeError for what is no number, RangeError for one that is no integer between the two. */
export function checkInteger(
  value: unknown,
  what: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${what} is an integer, not ${describe(value)}`);
  }
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${what} is an integer from ${least} to ${most}, not ${value}`);
}

/** How many of a list, beginning where. */
export function checkPage(start: unknown, count: unknown): readonly [number, number] {
  return [checkInteger(start, 'start', 0), checkInteger(count, 'count', 0)];
}

export function checkList(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${what} is an array, not ${describe(value)}`);
}

/** Throws RuntimeError when there is no room for so many more. */
export function checkRoom(size: number, more = 1): void {
  if (size + more <= MAX_ENTRIES) return;
  throw new RuntimeError(`the object is full: it holds at most ${MAX_ENTRIES} of these`);
}

/** So many of them, beginning at a position. */
export function pageOf<T>(all: Iterable<T>, from: number, most: number): T[] {
  const page: T[] = [];
  let position = 0;
  for (const one of all) {
    if (page.length >= most) break;
    if (position >= from) page.push(one);
    position += 1;
  }
  return page;
}
