import type { Meter } from './meter.ts';
import { apply, lengthOf, method, replace } from './wrap.ts';
import type { Native } from './wrap.ts';

/**
 * A NaN in an array of floats has bits, which others can read by another view, and the engine chooses them by
 * what it has compiled so far: `0 / 0` has a sign or not. So whatever puts numbers there puts the one NaN
 * that the language has a name for.
 */

const { NaN: NOT_A_NUMBER } = Number;

function canonical(value: unknown): unknown {
  return value !== value ? NOT_A_NUMBER : value;
}

/** The place of an element, for assignments that compute what they store. */
export class Slot {
  readonly #target: Record<PropertyKey, unknown>;
  readonly #key: PropertyKey;

  constructor(target: unknown, key: unknown) {
    this.#target = target as Record<PropertyKey, unknown>;
    this.#key = key as PropertyKey;
  }

  get v(): unknown {
    return this.#target[this.#key];
  }

  set v(value: unknown) {
    this.#target[this.#key] = canonical(value);
  }
}

const KINDS = ['Float16Array', 'Float32Array', 'Float64Array'];
const TypedArray = Reflect.getPrototypeOf(Uint8Array) as { prototype: object };
const kindOf = Reflect.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag)
  ?.get as Native;

export function isFloats(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && KINDS.includes(String(apply(kindOf, value, [])));
}

/** Gives every NaN of an array of floats, that somebody has filled, the same bits. */
export function unifyElements<T>(value: T, from = 0, to = Number.POSITIVE_INFINITY): T {
  if (!isFloats(value)) return value;
  const end = Math.min(to, value.length);
  for (let at = Math.max(0, from); at < end; at++) {
    if (value[at] !== value[at]) value[at] = NOT_A_NUMBER;
  }
  return value;
}

/** The same for one property, if it is an element. */
export function unifyElement(value: unknown, key: unknown): void {
  if (!isFloats(value)) return;
  const at = key as number;
  if (value[at] !== value[at]) value[at] = NOT_A_NUMBER;
}

/** Built-ins that put numbers into arrays of floats, or into bytes as floats. */
export function unifyFloats(meter: Meter): void {
  for (const key of ['fill', 'map', 'with']) {
    replace(TypedArray.prototype, [key], (native) =>
      method((self, args) => {
        const result = apply(native, self, args);
        unifyElements(self);
        return unifyElements(result);
      }),
    );
  }
  // Those of ordinary arrays, lent to floats.
  replace(Array.prototype, ['fill', 'splice', 'unshift'], (native) =>
    method((self, args) => {
      const result = apply(native, self, args);
      unifyElements(self);
      return result;
    }),
  );
  replace(TypedArray.prototype, ['set'], (native) =>
    method((self, args) => {
      const result = apply(native, self, args);
      const from = Math.trunc(Number(args[1] ?? 0));
      unifyElements(self, from, from + lengthOf(args[0]));
      return result;
    }),
  );
  for (const key of ['from', 'of']) {
    replace(TypedArray, [key], (native) =>
      method((self, args) => unifyElements(apply(native, self, args))),
    );
  }
  for (const key of ['setFloat16', 'setFloat32', 'setFloat64']) {
    replace(DataView.prototype, [key], (native) =>
      method((self, [at, value, little]) => {
        return apply(native, self, [at, canonical(Number(value)), little]);
      }),
    );
  }
  replace(Reflect, ['set'], (native) =>
    method((self, args) => {
      if (args.length > 2) args[2] = canonical(args[2]);
      return apply(native, self, args);
    }),
  );
  for (const [holder, key] of [
    [Object, 'assign'],
    [Object, 'defineProperties'],
  ] as const) {
    replace(holder, [key], (native) =>
      method((self, args) => {
        if (isFloats(args[0])) meter.charge(args[0].length);
        return unifyElements(apply(native, self, args));
      }),
    );
  }
}
