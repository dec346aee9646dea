import { LINK_FUEL, MAX_CHAIN } from './costs.ts';
import type { Meter } from './meter.ts';
import { method, nativeOf, disguise, apply, replace } from './wrap.ts';
import type { Native } from './wrap.ts';

/**
 * Bounds chains of prototypes. What is absent is looked for in all of the chain, in one step of the engine
 * that nothing can interrupt, so that a chain of a hundred thousand objects would hold up its thread.
 */

const prototypeOf = Reflect.getPrototypeOf;
const descriptorOf = Reflect.getOwnPropertyDescriptor;

/** Lets objects have a prototype while the chain from it is short enough, and kills the call otherwise. */
export class Chains {
  readonly #exhausted: () => never;
  /**
   * How many objects inherit from each one in a row, as far as this call has put them there by changing
   * prototypes. A chain can grow at both ends, and from below its objects cannot be seen.
   */
  readonly #below = new Map<object, number>();

  constructor(exhausted: () => never) {
    this.#exhausted = exhausted;
  }

  /** Before each call: what was before must not matter. */
  begin(): void {
    if (this.#below.size > 0) this.#below.clear();
  }

  /** A new object will have this prototype, or has it as its own chain. */
  expectShort(value: unknown): void {
    let links = 0;
    for (let next = value; isObject(next); next = prototypeOf(next)) {
      if (++links > MAX_CHAIN) this.#exhausted();
    }
  }

  /** `class … extends parent`, or an object that is made with it as `new.target`. */
  expectParent(parent: unknown): void {
    if (typeof parent !== 'function') return;
    this.expectShort(parent);
    for (let holder: object | null = parent; holder !== null; holder = prototypeOf(holder)) {
      const own = descriptorOf(holder, 'prototype');
      if (own === undefined) continue;
      // It could give another one to the engine than to us.
      if (!('value' in own)) throw new TypeError('the prototype of a class is a plain property');
      this.expectShort(own.value);
      return;
    }
  }

  /** An object that may have others below it gets another prototype. */
  expectLink(object: unknown, prototype: unknown): void {
    if (!isObject(object) || !isObject(prototype) || prototypeOf(object) === prototype) return;
    let links = this.#below.get(object) ?? 0;
    for (let next: object | null = prototype; next !== null; next = prototypeOf(next)) {
      if (++links > MAX_CHAIN) this.#exhausted();
      if ((this.#below.get(next) ?? 0) < links) this.#below.set(next, links);
    }
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** The built-ins that give an object its prototype. */
export function meterChains(meter: Meter): void {
  for (const holder of [Object, Reflect]) {
    replace(holder, ['setPrototypeOf'], (native) =>
      method((self, args) => {
        meter.charge(LINK_FUEL);
        meter.link(args[0], args[1]);
        return apply(native, self, args);
      }),
    );
  }
  replace(Object, ['create'], (native) =>
    method((self, args) => {
      if (args[0] !== null) meter.charge(LINK_FUEL);
      meter.inherit(args[0]);
      return apply(native, self, args);
    }),
  );
  replace(Reflect, ['construct'], (native) =>
    method((self, args) => {
      meter.parent(args.length > 2 ? args[2] : args[0]);
      return apply(native, self, args);
    }),
  );
  const own = descriptorOf(Object.prototype, '__proto__');
  if (own?.set === undefined) return;
  const native = own.set as Native;
  const setter = {
    set(this: unknown, prototype: unknown): void {
      meter.charge(LINK_FUEL);
      meter.link(this, prototype);
      apply(native, this, [prototype]);
    },
  };
  const set = disguise(nativeOf(setter, 'set'), native);
  Reflect.defineProperty(Object.prototype, '__proto__', { ...own, set });
}
