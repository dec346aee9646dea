import { present } from '../base/index.ts';
import type { Meter } from './meter.ts';

/** A built-in function, as the realm finds and replaces it. */
export type Native = (this: unknown, ...args: unknown[]) => unknown;

/** Our own: what users can reach is replaced later. */
export const apply: (native: Native, self: unknown, args: readonly unknown[]) => unknown =
  Reflect.apply as never;
export const construct: (target: object, args: readonly unknown[], newTarget: unknown) => object =
  Reflect.construct as never;

/** As the engine has it: what users find in its place is charged. */
export const define = Reflect.defineProperty;

/** What the language makes of any value that becomes a text; objects run code of their own. */
export const textFrom: (value: unknown) => string = String;

/** Puts another function in the place of a built-in, with its name and length, if the engine has it. */
export function replace(
  holder: object,
  keys: readonly PropertyKey[],
  make: (native: Native) => Native,
): void {
  for (const key of keys) {
    const descriptor = Reflect.getOwnPropertyDescriptor(holder, key);
    if (typeof descriptor?.value !== 'function') continue;
    const native = descriptor.value as Native;
    const value = disguise(make(native), native);
    Reflect.defineProperty(holder, key, { ...descriptor, value });
  }
}

/** Name and length of the built-in: code that reads them finds what the language promises. */
export function disguise<T extends object>(replacement: T, native: object): T {
  for (const key of ['name', 'length']) {
    const own = present(Reflect.getOwnPropertyDescriptor(native, key), 'what every function has');
    Reflect.defineProperty(replacement, key, own);
  }
  return replacement;
}

/** What a call costs, told before it runs. */
export type Cost = (self: unknown, args: readonly unknown[]) => void;

/** Built-ins that run to their end without calling back. */
export function charge(
  meter: Meter,
  holder: object,
  keys: readonly PropertyKey[],
  cost: Cost,
): void {
  replace(holder, keys, (native) =>
    method((self, args) => {
      if (meter.metering) cost(self, args);
      return apply(native, self, args);
    }),
  );
}

/** Built-ins that may call back: nested ones take depth, or they would end the engine's stack. */
export function enter(
  meter: Meter,
  holder: object,
  keys: readonly PropertyKey[],
  cost: Cost,
): void {
  replace(holder, keys, (native) =>
    method((self, args) => {
      meter.enter();
      try {
        if (meter.metering) cost(self, args);
        return apply(native, self, args);
      } finally {
        meter.leave();
      }
    }),
  );
}

/** A function that is no constructor, as the methods of built-ins are not. */
export function method(run: (self: unknown, args: unknown[]) => unknown): Native {
  const holder = {
    replaced(this: unknown, ...args: unknown[]): unknown {
      return run(this, args);
    },
  };
  return nativeOf(holder, 'replaced');
}

/** A function of a built-in, to be applied to an object of that kind. */
export function nativeOf(holder: object, key: PropertyKey): Native {
  return Reflect.get(holder, key) as Native;
}

/**
 * The length that a method of arrays will find. One that is computed when it is asked for could be another
 * at the second time: it is refused.
 */
export function lengthOf(self: unknown): number {
  if (Array.isArray(self)) return self.length;
  if (typeof self === 'string') return self.length;
  if (typeof self !== 'object' || self === null) return 0;
  if (ArrayBuffer.isView(self)) return 'length' in self ? Number(self.length) : 0;
  let holder: object | null = self;
  while (holder !== null) {
    const own = Reflect.getOwnPropertyDescriptor(holder, 'length');
    if (own !== undefined) {
      if (!('value' in own) || typeof own.value === 'object' || typeof own.value === 'function') {
        throw new TypeError('methods of arrays take objects whose length is a plain number');
      }
      const length = Math.trunc(Number(own.value));
      return length > 0 ? length : 0;
    }
    holder = Reflect.getPrototypeOf(holder);
  }
  return 0;
}
