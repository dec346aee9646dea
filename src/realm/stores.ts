import {
  ELEMENT_BYTES,
  FAR,
  LONG_NAME,
  MOST_GAP,
  MOST_HASHED,
  NAME_FUEL,
  NAME_SHIFT,
} from './costs.ts';

/** What the meter spends. */
export interface Purse {
  charge(fuel: number): void;
  allocate(bytes: number): void;
}

/** Ours: the realm replaces the built-in later. */
const textFrom: (value: unknown) => string = String;
const isArray: (value: unknown) => value is unknown[] = Array.isArray;

/**
 * What stores by a computed name take: a name that is new is looked up among all names, and a place behind
 * the end of an array makes room for all between.
 */
export class Stores {
  readonly #purse: Purse;
  /** An array whose length is about to be set, and what it was. */
  #grown: unknown[] | undefined;
  #before = 0;

  constructor(purse: Purse) {
    this.#purse = purse;
  }

  begin(): void {
    this.#grown = undefined;
  }

  /** A name by which something is looked for: all of it is looked at. */
  read(key: unknown): unknown {
    if (typeof key === 'string') {
      if (key.length > LONG_NAME) this.#long(key.length);
      return key;
    }
    if (typeof key === 'bigint') this.#purse.charge(NAME_FUEL);
    // Its text is made here, where it can be seen.
    else if ((typeof key === 'object' && key !== null) || typeof key === 'function') {
      return this.read(textFrom(key));
    }
    return key;
  }

  #long(units: number): void {
    this.#purse.charge(units > MOST_HASHED ? units : units / (1 << NAME_SHIFT));
  }

  /** A name under which something is put. */
  name(key: unknown): unknown {
    if (typeof key !== 'number') this.#purse.charge(NAME_FUEL);
    return this.read(key);
  }

  /** The name of what is put into `target`. */
  place(target: unknown, key: unknown): unknown {
    if (typeof key === 'number') {
      if (isArray(target)) {
        const gap = key - target.length;
        if (gap >= MOST_GAP) this.#purse.charge(NAME_FUEL);
        // The engine makes room for half as many more.
        else if (gap >= FAR) this.#purse.allocate(gap * 1.5 * ELEMENT_BYTES);
      }
      return key;
    }
    const name = this.name(key);
    if (name === 'length') this.grow(target);
    return name;
  }

  /**
   * The length of `target` may be set: what it grows by is paid when the next one is, by then it is
   * known.
   */
  grow(target: unknown): void {
    this.settle();
    if (!isArray(target)) return;
    this.#grown = target;
    this.#before = target.length;
  }

  settle(): void {
    const list = this.#grown;
    if (list === undefined) return;
    this.#grown = undefined;
    if (list.length > this.#before) {
      this.#purse.allocate((list.length - this.#before) * ELEMENT_BYTES);
    }
  }

  /** Does what may set the length of `target`, and pays for what it has grown by. */
  sized<T>(target: unknown, run: () => T): T {
    if (!isArray(target)) return run();
    this.grow(target);
    const result = run();
    this.settle();
    return result;
  }
}
