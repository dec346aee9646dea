import { KeyError } from '../object/index.ts';
import { checkList, checkPage, checkRoom, pageOf } from './checks.ts';
import { identify, show } from './plain-values.ts';

/** A set of texts, numbers, bigints, booleans, null, and arrays of such, which count as equal by content. */
export class SharedSet {
  /** By what identifies them, in the order in which they came. */
  values = new Map<string, unknown>();

  /** Adds a value; false when it is there. */
  add(value: unknown): boolean {
    const key = identify(value, VALUE);
    if (this.values.has(key)) return false;
    checkRoom(this.values.size);
    this.values.set(key, value);
    return true;
  }

  /** Adds values; returns how many were not there. */
  addAll(values: readonly unknown[]): number {
    const keys = identifyAll(values);
    const before = this.values.size;
    checkRoom(before, new Set(keys.filter((key) => !this.values.has(key))).size);
    for (const [at, key] of keys.entries()) {
      if (!this.values.has(key)) this.values.set(key, values[at]);
    }
    return this.values.size - before;
  }

  /** Removes a value. Throws KeyError when it is not there. */
  remove(value: unknown): void {
    if (!this.discard(value)) throw new KeyError(show(value, VALUE));
  }

  /** Removes a value; false when it is not there. */
  discard(value: unknown): boolean {
    return this.values.delete(identify(value, VALUE));
  }

  /** Whether the value is there. */
  has(value: unknown): boolean {
    return this.values.has(identify(value, VALUE));
  }

  /** Whether all of the values are there. */
  hasAll(values: readonly unknown[]): boolean {
    return identifyAll(values).every((key) => this.values.has(key));
  }

  /** How many values there are. */
  size(): number {
    return this.values.size;
  }

  /** All values, in the order in which they came. A large set does not fit into one reply: see `slice`. */
  members(): unknown[] {
    return [...this.values.values()];
  }

  /** So many from that position; the first that came is at 0. */
  slice(start = 0, count = 100): unknown[] {
    const [from, most] = checkPage(start, count);
    return pageOf(this.values.values(), from, most);
  }

  /** Removes all values. */
  clear(): void {
    this.values.clear();
  }

  toString(): string {
    return `SharedSet of ${this.values.size} values`;
  }

  __repr__(): string {
    return `<SharedSet size=${this.values.size}>`;
  }
}

const VALUE = 'a value';

function identifyAll(values: unknown): string[] {
  return checkList(values, 'values').map((value) => identify(value, VALUE));
}
