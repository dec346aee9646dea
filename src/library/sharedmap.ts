import { KeyError, now, ValueError } from '../object/index.ts';
import { checkInteger, checkPage, checkRoom, describe, pageOf } from './checks.ts';
import { addDeadline, dropEarliest } from './deadlines.ts';
import type { Deadline } from './deadlines.ts';
import { identify, show } from './plain-values.ts';

/** How an entry is kept. */
export interface EntryOptions {
  /** For how long, by the time that the replicas agree upon; for ever when left out. */
  readonly ttlMs?: number | undefined;
}

/** An entry as it is at one moment. */
export interface MapEntry {
  readonly value: unknown;
  readonly version: number;
  /** ms since 1970; undefined when it does not end. */
  readonly expires: number | undefined;
}

interface StoredEntry {
  readonly key: unknown;
  value: unknown;
  version: number;
  expires: number | undefined;
}

/**
 * Values by key. Keys are texts, numbers, bigints, booleans, null, and arrays of such, which count as equal
 * by content. Each change of an entry gives it a version that no entry of this map had before: who has read
 * one can make sure that nobody else has changed it since, deleted and made again included.
 */
export class SharedMap {
  /** By what identifies the key, in the order in which they came. */
  entries = new Map<string, StoredEntry>();
  /** The latest version. */
  revision = 0;
  deadlines: Deadline[] = [];

  /** Sets the value of a key. Returns its version. */
  set(key: unknown, value: unknown, options?: EntryOptions): number {
    const id = identify(key, KEY);
    const expires = expiryOf(options);
    settle(this);
    return put(this, id, { key, value, version: 0, expires });
  }

  /** The value of a key; undefined when it is not there. */
  get(key: unknown): unknown {
    return find(this, key)?.value;
  }

  /** Whether the key is there. */
  has(key: unknown): boolean {
    return find(this, key) !== undefined;
  }

  /** Value, version and end of the same moment; undefined when it is not there. */
  entry(key: unknown): MapEntry | undefined {
    const found = find(this, key);
    if (found === undefined) return undefined;
    return { value: found.value, version: found.version, expires: found.expires };
  }

  /** Removes a key; false when it is not there. */
  delete(key: unknown): boolean {
    const there = find(this, key) !== undefined;
    if (there) this.entries.delete(identify(key, KEY));
    return there;
  }

  /** Sets the value unless there is one: returns its version. Undefined if there is. */
  setIfAbsent(key: unknown, value: unknown, options?: EntryOptions): number | undefined {
    return this.compareAndSet(key, 0, value, options);
  }

  /**
   * Sets the value if the version is still this one, 0 for none: returns the new version. Undefined if not.
   */
  compareAndSet(
    key: unknown,
    version: number,
    value: unknown,
    options?: EntryOptions,
  ): number | undefined {
    checkInteger(version, 'a version', 0);
    const expires = expiryOf(options);
    if ((find(this, key)?.version ?? 0) !== version) return undefined;
    settle(this);
    return put(this, identify(key, KEY), { key, value, version: 0, expires });
  }

  /** Deletes the entry if the version is still this one. */
  compareAndDelete(key: unknown, version: number): boolean {
    checkInteger(version, 'a version', 1);
    return find(this, key)?.version === version && this.delete(key);
  }

  /** Adds to a number; what is not there is 0. Returns the sum. Throws TypeError for other values. */
  increment(key: unknown, by = 1): number {
    checkInteger(by, 'by', -Number.MAX_SAFE_INTEGER);
    const found = find(this, key);
    const before = found === undefined ? 0 : found.value;
    if (typeof before !== 'number' || !Number.isSafeInteger(before)) {
      throw new TypeError(`only an integer can be incremented, not ${describe(before)}`);
    }
    const value = checkInteger(before + by, 'the sum', -Number.MAX_SAFE_INTEGER);
    settle(this);
    put(this, identify(key, KEY), { key, value, version: 0, expires: found?.expires });
    return value;
  }

  /** Gives an entry another end, or none. Throws KeyError when it is not there. */
  expire(key: unknown, ttlMs?: number): void {
    const expires = expiryOf({ ttlMs });
    const found = find(this, key);
    if (found === undefined) throw new KeyError(show(key, KEY));
    settle(this);
    put(this, identify(key, KEY), { ...found, expires });
  }

  /** How many keys there are. */
  size(): number {
    settle(this);
    return this.entries.size;
  }

  /** All keys, in the order in which they came. A large map does not fit into one reply: see `slice`. */
  keys(): unknown[] {
    settle(this);
    return Array.from(this.entries.values(), ({ key }) => key);
  }

  /** So many keys and values from that position; the first that came is at 0. */
  slice(start = 0, count = 100): [key: unknown, value: unknown][] {
    const [from, most] = checkPage(start, count);
    settle(this);
    const page = pageOf(this.entries.values(), from, most);
    return page.map(({ key, value }) => [key, value]);
  }

  /** Removes all entries. Their versions do not come again. */
  clear(): void {
    this.entries.clear();
    this.deadlines = [];
  }

  toString(): string {
    return `SharedMap of ${this.entries.size} keys`;
  }

  __repr__(): string {
    return `<SharedMap size=${this.entries.size} revision=${this.revision}>`;
  }
}

const KEY = 'a key';
/** A thousand years: beyond, whoever wrote that meant no end. */
const MAX_TTL_MS = 1000 * 366 * 86_400_000;
/** Deadlines of former versions are kept until then: to take them out one by one would cost more. */
const STALE_DEADLINES = 64;

function expiryOf(options: unknown): number | undefined {
  if (options === undefined || options === null) return undefined;
  if (typeof options !== 'object') {
    throw new TypeError(`options are an object like { ttlMs: 1000 }, not ${describe(options)}`);
  }
  const unknown = Object.keys(options).find((name) => name !== 'ttlMs');
  if (unknown !== undefined) throw new ValueError(`there is no option ${unknown}, only ttlMs`);
  const { ttlMs } = options as EntryOptions;
  if (ttlMs === undefined) return undefined;
  return now() + checkInteger(ttlMs, 'ttlMs', 1, MAX_TTL_MS);
}

/** Asks for the time only if the entry has an end: so all other entries can be read without the log. */
function find({ entries }: SharedMap, key: unknown): StoredEntry | undefined {
  const found = entries.get(identify(key, KEY));
  return found?.expires === undefined || now() < found.expires ? found : undefined;
}

function put(map: SharedMap, id: string, entry: StoredEntry): number {
  if (!map.entries.has(id)) checkRoom(map.entries.size);
  map.revision += 1;
  const version = map.revision;
  map.entries.set(id, { ...entry, version });
  if (entry.expires === undefined) return version;
  addDeadline(map.deadlines, { at: entry.expires, id, version });
  if (map.deadlines.length > STALE_DEADLINES + 2 * map.entries.size) rebuild(map);
  return version;
}

function rebuild(map: SharedMap): void {
  const current = map.deadlines.filter((one) => map.entries.get(one.id)?.version === one.version);
  map.deadlines = [];
  for (const deadline of current) addDeadline(map.deadlines, deadline);
}

/** Takes out what has ended. A read does not get here: it has no time. */
function settle(map: SharedMap): void {
  if (map.deadlines.length === 0) return;
  const time = now();
  for (let [next] = map.deadlines; next !== undefined && next.at <= time; [next] = map.deadlines) {
    dropEarliest(map.deadlines);
    if (map.entries.get(next.id)?.version === next.version) map.entries.delete(next.id);
  }
}
