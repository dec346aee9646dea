/**
 * Private fields. The loader lowers `#x` to a `WeakMap` per field; a real one cannot be asked what
 * it holds for an object that is not at hand, and is slow. Ours keep all private fields of an
 * object in one record on the object itself, where a walk finds them.
 *
 * The record lies in a native private field which is stamped onto the object by a constructor that
 * returns it ("return override"): such fields cannot be seen or touched by anybody else, and frozen
 * objects take them. Should an engine come to refuse that, a native `WeakMap` takes the record;
 * nobody can tell the difference.
 */

/**
 * Member, value, member, value, … in the order in which they were added. A brand's value is its
 * member.
 */
export type PrivateRecord = unknown[];

/** A base class that gives its subclass somebody else's object to put fields on. */
const Returned = function (value: object): object {
  return value;
} as unknown as new (value: object) => object;

class Stamp extends Returned {
  #record: PrivateRecord;

  constructor(value: object, record: PrivateRecord) {
    super(value);
    this.#record = record;
  }

  static recordOf(value: object): PrivateRecord | undefined {
    return #record in value ? value.#record : undefined;
  }

  static replace(value: object, record: PrivateRecord): boolean {
    if (!(#record in value)) return false;
    value.#record = record;
    return true;
  }
}

class ProxyStamp extends Returned {
  readonly #made = true;

  static has(value: object): boolean {
    return #made in value && value.#made;
  }
}

const NativeWeakMap = WeakMap;
const NativeProxy = Proxy;
const refused = new NativeWeakMap<object, PrivateRecord>();
let anyRefused = false;

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

export function recordOf(value: object): PrivateRecord | undefined {
  return Stamp.recordOf(value) ?? (anyRefused ? refused.get(value) : undefined);
}

/** Replaces all private fields of `value`. */
export function putRecord(value: object, record: PrivateRecord): void {
  if (Stamp.replace(value, record)) return;
  if (anyRefused && refused.has(value)) {
    refused.set(value, record);
    return;
  }
  try {
    // The constructor is what stamps; what it returns is the value itself.
    void new Stamp(value, record);
  } catch {
    refused.set(value, record);
    anyRefused = true;
  }
}

/** What a `WeakMap` and a `WeakSet` of the lowered code have in common: a column of the records. */
export class PrivateMember {
  /** Where this member was last found: objects of one class have their fields in one order. */
  #hint = 0;

  static is(value: object): value is PrivateMember {
    return #hint in value;
  }

  has(value: unknown): boolean {
    return isObject(value) && this.find(recordOf(value)) >= 0;
  }

  /** Index of the member in the record, or -1. */
  protected find(record: PrivateRecord | undefined): number {
    if (record === undefined) return -1;
    const hint = this.#hint;
    if (record[hint] === this) return hint;
    for (let at = 0; at < record.length; at += 2) {
      if (record[at] === this) {
        this.#hint = at;
        return at;
      }
    }
    return -1;
  }

  protected put(target: unknown, value: unknown): void {
    if (!isObject(target)) throw new TypeError('a private field needs an object');
    const record = recordOf(target);
    if (record === undefined) {
      putRecord(target, [this, value]);
      return;
    }
    const at = this.find(record);
    if (at < 0) record.push(this, value);
    else record[at + 1] = value;
  }
}

function noItems(name: string, items: unknown): void {
  if (items === undefined || items === null) return;
  throw new TypeError(`${name} holds private fields only: use a Map or a Set for data of your own`);
}

/** Stands in for `WeakMap`: a private field. */
export class PrivateMap extends PrivateMember {
  constructor(items?: unknown) {
    super();
    noItems('WeakMap', items);
  }

  get(target: unknown): unknown {
    if (!isObject(target)) return undefined;
    const record = recordOf(target);
    const at = this.find(record);
    return record === undefined || at < 0 ? undefined : record[at + 1];
  }

  set(target: unknown, value: unknown): this {
    this.put(target, value);
    return this;
  }
}

/** Stands in for `WeakSet`: the brand of private methods and accessors. */
export class PrivateSet extends PrivateMember {
  constructor(items?: unknown) {
    super();
    noItems('WeakSet', items);
  }

  add(target: unknown): this {
    this.put(target, this);
    return this;
  }
}

let anyProxy = false;

/** Whether `value` is a proxy, made by the constructor that `installPrivateFields` has put in place. */
export function isProxy(value: object): boolean {
  return anyProxy && ProxyStamp.has(value);
}

function mark<T extends object>(proxy: T): T {
  anyProxy = true;
  // Through a proxy no trap sees it: private fields are of the proxy, not of its target.
  void new ProxyStamp(proxy);
  return proxy;
}

/**
 * `Proxy`, but each one can be recognised: without that a walk would run its traps, code of the
 * user, and take what they say for the state.
 */
function knownProxy(): typeof Proxy {
  const made = function Proxy(target: object, handler: ProxyHandler<object>): object {
    if (new.target === undefined) throw new TypeError("Constructor Proxy requires 'new'");
    return mark(new NativeProxy(target, handler));
  } as unknown as typeof Proxy;
  const revocable = (target: object, handler: ProxyHandler<object>): object => {
    const both = NativeProxy.revocable(target, handler);
    mark(both.proxy);
    return both;
  };
  Reflect.deleteProperty(made, 'prototype');
  Object.defineProperty(made, 'revocable', {
    value: revocable,
    writable: true,
    configurable: true,
  });
  return made;
}

/**
 * Puts our `WeakMap`, `WeakSet` and `Proxy` in place. Call it before any code of the user is
 * evaluated.
 */
export function installPrivateFields(global: object): void {
  const replacements: readonly (readonly [string, unknown])[] = [
    ['WeakMap', PrivateMap],
    ['WeakSet', PrivateSet],
    ['Proxy', knownProxy()],
  ];
  for (const [name, value] of replacements) {
    Object.defineProperty(global, name, { value, writable: true, configurable: true });
  }
  Object.defineProperty(PrivateMap, 'name', { value: 'WeakMap', configurable: true });
  Object.defineProperty(PrivateSet, 'name', { value: 'WeakSet', configurable: true });
}
