import { ELEMENT_BYTES, MAX_JSON_DEPTH, MAX_TEXT, MOVE_SHIFT } from './costs.ts';
import { drain } from './drain.ts';
import type { Meter } from './meter.ts';
import { meterSorting } from './sorting.ts';
import {
  apply,
  construct,
  define,
  disguise,
  enter,
  lengthOf,
  method,
  replace,
  textFrom,
} from './wrap.ts';
import type { Native } from './wrap.ts';

const NativeArray = Array;

const MOVING = ['shift', 'unshift', 'reverse', 'fill'];
const COPYING = ['slice', 'splice', 'toReversed', 'toSpliced', 'with'];
const LOOKING = ['indexOf', 'lastIndexOf', 'includes'];
const CALLING = [
  'forEach',
  'map',
  'filter',
  'some',
  'every',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'reduce',
  'reduceRight',
];

/** Methods of arrays, which typed arrays have as well, cost what they move, look at or call. */
export function meterArrays(meter: Meter): void {
  const typed = Reflect.getPrototypeOf(Uint8Array.prototype);
  for (const prototype of [Array.prototype, typed as object]) {
    const moves = (self: unknown): void => meter.charge(lengthOf(self) / (1 << MOVE_SHIFT));
    const copies = (self: unknown, args: readonly unknown[]): void => {
      meter.allocate((lengthOf(self) + args.length) * ELEMENT_BYTES);
    };
    // What is looked for, and what conversions of arguments run, is code of users: it ticks itself.
    enter(meter, prototype, [...MOVING, ...LOOKING], moves);
    enter(meter, prototype, COPYING, copies);
    // By names, one after the other.
    enter(meter, prototype, ['copyWithin'], (self) => meter.charge(lengthOf(self)));
    enter(meter, prototype, CALLING, (self) => meter.charge(lengthOf(self)));
    replace(prototype, ['join'], () => joining(meter));
  }
  // Not the typed ones' `set`, which copies bytes, and only into what there is.
  enter(meter, Array.prototype, ['concat'], (self, args) => {
    for (const part of [self, ...args]) {
      const spreads = typeof part === 'object' && part !== null && isSpread(part);
      meter.allocate((spreads ? lengthOf(part) : 1) * ELEMENT_BYTES);
      if (spreads) meter.charge(lengthOf(part));
    }
  });
  enter(meter, Array.prototype, ['toString'], () => undefined);
  replace(Array.prototype, ['flat'], () => flattening(meter));
  replace(Array.prototype, ['flatMap'], () => flatMapping(meter));
  meterSorting(meter);
  replaceArrayItself(meter);
}

function isSpread(part: object): boolean {
  const wish: unknown = Reflect.get(part, Symbol.isConcatSpreadable);
  return wish === undefined ? Array.isArray(part) : Boolean(wish);
}

/** Ours, since the result can be large where the parts are few: `Array(1000).fill(long).join()`. */
function joining(meter: Meter): Native {
  const under: unknown[] = [];
  return method((self, [separator]) => {
    const length = lengthOf(self);
    // As in every engine: an array inside itself is nothing.
    if (under.indexOf(self) >= 0) return '';
    meter.enter();
    under.push(self);
    try {
      const between = separator === undefined ? ',' : textFrom(separator);
      meter.charge(length);
      const list = self as Record<number, unknown>;
      let text = '';
      for (let at = 0; at < length; at++) {
        const element = list[at];
        if (at > 0) text += between;
        if (element !== undefined && element !== null) text += textFrom(element);
        // Paid for once, below; what is too long must not be made at all.
        if (text.length > MAX_TEXT) meter.length(text.length);
      }
      meter.length(text.length);
      return text;
    } finally {
      under.pop();
      meter.leave();
    }
  });
}

function flattening(meter: Meter): Native {
  return method((self, [depth]) => {
    const levels = depth === undefined ? 1 : Math.trunc(Number(depth)) || 0;
    const flat: unknown[] = [];
    flatten(meter, flat, self, Math.min(levels, MAX_JSON_DEPTH), levels > MAX_JSON_DEPTH);
    return flat;
  });
}

function flatten(
  meter: Meter,
  flat: unknown[],
  from: unknown,
  levels: number,
  endless: boolean,
): void {
  const length = lengthOf(from);
  meter.charge(length + 1);
  for (let at = 0; at < length; at++) {
    if (!Object.hasOwn(from as object, at)) continue;
    const element = (from as readonly unknown[])[at];
    if (!Array.isArray(element) || (levels < 1 && !endless)) flat.push(element);
    else if (levels < 1) meter.exhausted('depth');
    else flatten(meter, flat, element, levels - 1, endless);
  }
}

function flatMapping(meter: Meter): Native {
  return method((self, [callback, receiver]) => {
    if (typeof callback !== 'function') throw new TypeError('flatMap takes a function');
    const flat: unknown[] = [];
    const length = lengthOf(self);
    meter.enter();
    try {
      for (let at = 0; at < length; at++) {
        meter.charge(1);
        if (!Object.hasOwn(self as object, at)) continue;
        const element = (self as readonly unknown[])[at];
        const made = apply(callback as Native, receiver, [element, at, self]);
        if (Array.isArray(made)) flatten(meter, flat, made, 0, false);
        else flat.push(made);
      }
    } finally {
      meter.leave();
    }
    return flat;
  });
}

/** `Array(n)` makes room for n elements at once: it is charged, however it is called. */
function replaceArrayItself(meter: Meter): void {
  const OurArray = disguise(function Array(...args: unknown[]): unknown {
    const [length] = args;
    if (args.length === 1 && typeof length === 'number') meter.allocate(length * ELEMENT_BYTES);
    return construct(NativeArray, args, new.target ?? OurArray);
  }, NativeArray);
  takePlace(NativeArray, OurArray, 'Array');
  replace(OurArray, ['from'], () =>
    method((self, [values, map, receiver]) => makeFrom(meter, self, values, map, receiver)),
  );
}

/** `make` stands wherever `native` could be found: as a global, and as the constructor of what it made. */
export function takePlace(native: object, make: object, name: string): void {
  for (const key of Reflect.ownKeys(native)) {
    if (key === 'length' || key === 'name') continue;
    const own = Reflect.getOwnPropertyDescriptor(native, key);
    if (own !== undefined) Reflect.defineProperty(make, key, own);
  }
  Reflect.setPrototypeOf(make, Reflect.getPrototypeOf(native));
  const prototype: unknown = Reflect.get(make, 'prototype');
  if (typeof prototype === 'object' && prototype !== null) {
    const constructor = Reflect.getOwnPropertyDescriptor(prototype, 'constructor');
    if (constructor?.value === native) {
      Reflect.defineProperty(prototype, 'constructor', { ...constructor, value: make });
    }
  }
  const there = Reflect.getOwnPropertyDescriptor(globalThis, name);
  Reflect.defineProperty(globalThis, name, { ...there, value: make });
}

/** `Array.from`: an iterable without an end ends the call, and nothing else. */
function makeFrom(
  meter: Meter,
  self: unknown,
  values: unknown,
  map: unknown,
  receiver: unknown,
): unknown {
  if (values === undefined || values === null) throw new TypeError('Array.from of nothing');
  if (map !== undefined && typeof map !== 'function') {
    throw new TypeError('Array.from takes a function as its second argument');
  }
  meter.enter();
  try {
    const iterable = Reflect.get(Object(values) as object, Symbol.iterator, values) !== undefined;
    const list = iterable
      ? drain(meter, values as Iterable<unknown>)
      : listOf(meter, Object(values) as object);
    const own = isConstructor(self);
    const made = own ? construct(self, [], self) : [];
    for (let at = 0; at < list.length; at++) {
      meter.charge(1);
      const value = map === undefined ? list[at] : apply(map as Native, receiver, [list[at], at]);
      // The engine is slow with descriptions of properties.
      if (!own) (made as unknown[])[at] = value;
      else if (!defineElement(made, at, value)) throw new TypeError(`cannot define ${at}`);
    }
    (made as { length: number }).length = list.length;
    return made;
  } finally {
    meter.leave();
  }
}

/** The elements of something with a length. */
function listOf(meter: Meter, from: object): unknown[] {
  // Read once, so that it may as well be computed.
  const length = Math.min(
    Number((from as { length: unknown }).length) || 0,
    Number.MAX_SAFE_INTEGER,
  );
  const list: unknown[] = [];
  for (let at = 0; at < length; at++) {
    meter.charge(1);
    list.push((from as readonly unknown[])[at]);
  }
  return list;
}

function defineElement(made: object, at: number, value: unknown): boolean {
  return define(made, at, { value, writable: true, enumerable: true, configurable: true });
}

function isConstructor(value: unknown): value is Native {
  if (typeof value !== 'function') return false;
  if ((value as unknown) === Array) return false;
  // A function has a prototype of its own exactly if it can be constructed, apart from generators.
  return Object.hasOwn(value, 'prototype');
}
