import { DEFINE_FUEL, ENTRY_FUEL, MAX_BIGINT_BITS, MAX_BOUND_CHAIN } from './costs.ts';
import { takePlace } from './arrays.ts';
import { drain, isPlainArray } from './drain.ts';
import { chargeFields } from './fields.ts';
import { unifyElement } from './floats.ts';
import { bigintFuel } from './meter.ts';
import type { Meter } from './meter.ts';
import {
  apply,
  charge,
  construct,
  define,
  disguise,
  enter,
  lengthOf,
  method,
  nativeOf,
  replace,
} from './wrap.ts';
import type { Native } from './wrap.ts';

const KEYS = [
  'keys',
  'values',
  'entries',
  'getOwnPropertyNames',
  'getOwnPropertySymbols',
  'getOwnPropertyDescriptors',
];
const SEALING = ['freeze', 'seal', 'preventExtensions', 'isFrozen', 'isSealed'];

/** Objects, functions, maps, sets and bigints. */
export function meterCollections(meter: Meter): void {
  meterObjects(meter);
  meterFunctions(meter);
  meterMaps(meter);
  meterBigints(meter);
}

function meterObjects(meter: Meter): void {
  const looks = (_self: unknown, [object]: readonly unknown[]): void => {
    chargeFields(meter, object);
  };
  enter(meter, Object, [...KEYS, ...SEALING], looks);
  enter(meter, Reflect, ['ownKeys'], looks);
  hideRest(meter);
  enter(meter, Object, ['assign', 'defineProperties', 'create'], (_self, [, ...sources]) => {
    for (const source of sources) chargeFields(meter, source);
  });
  meterProperties(meter);
  for (const holder of [Object, Map]) {
    enterDrained(meter, holder, ['groupBy']);
  }
  enterDrained(meter, Object, ['fromEntries']);
}

/** What puts something into an object: under a name, or as many as it finds. */
function meterProperties(meter: Meter): void {
  replace(Reflect, ['set'], (native) =>
    method((self, args) => {
      const target = args[3] ?? args[0];
      meter.enter();
      try {
        if (args.length > 1) args[1] = meter.far(target, args[1]);
        return meter.stores.sized(target, () => apply(native, self, args));
      } finally {
        meter.leave();
      }
    }),
  );
  for (const holder of [Object, Reflect]) {
    replace(holder, ['defineProperty'], (native) => defining(meter, native));
  }
  for (const key of ['assign', 'defineProperties']) {
    replace(Object, [key], (native) =>
      method((self, args) => meter.stores.sized(args[0], () => apply(native, self, args))),
    );
  }
  const defines = (_self: unknown, [key]: readonly unknown[]): void => {
    meter.charge(DEFINE_FUEL);
    meter.put(key);
  };
  enter(meter, Object.prototype, ['__defineGetter__', '__defineSetter__'], defines);
}

/** Without a list of arguments: the loader calls it for many functions, to name them. */
function defining(meter: Meter, native: (...args: readonly unknown[]) => unknown): Native {
  const holder = {
    replaced(target: unknown, key: unknown, descriptor: unknown): unknown {
      if (!meter.metering) return native(target, key, descriptor);
      meter.enter();
      try {
        meter.charge(DEFINE_FUEL);
        const name = meter.far(target, key);
        if (!Array.isArray(target)) {
          const made = native(target, name, descriptor);
          unifyElement(target, name);
          return made;
        }
        return meter.stores.sized(target, () => native(target, name, descriptor));
      } finally {
        meter.leave();
      }
    },
  };
  return nativeOf(holder, 'replaced');
}

/** Whoever knew the symbol of patterns with a rest could put an iterable without an end there. */
function hideRest(meter: Meter): void {
  const others = (keys: unknown): unknown =>
    (keys as PropertyKey[]).filter((key) => key !== meter.rest);
  for (const [holder, key] of [
    [Reflect, 'ownKeys'],
    [Object, 'getOwnPropertySymbols'],
  ] as const) {
    replace(holder, [key], (charged) =>
      method((self, args) => {
        const keys = apply(charged, self, args);
        return args[0] === Object.prototype ? others(keys) : keys;
      }),
    );
  }
  replace(Object, ['getOwnPropertyDescriptors'], (charged) =>
    method((self, args) => {
      const all = apply(charged, self, args) as object;
      if (args[0] === Object.prototype) Reflect.deleteProperty(all, meter.rest);
      return all;
    }),
  );
}

/** Built-ins whose first argument is an iterable: they get an array. */
function enterDrained(meter: Meter, holder: object, keys: readonly string[]): void {
  replace(holder, keys, (native) =>
    method((self, [values, ...rest]) => {
      meter.enter();
      try {
        const list = values === undefined ? values : drain(meter, values as Iterable<unknown>);
        // Each may make a name or an entry that is new.
        meter.charge(lengthOf(list) * ENTRY_FUEL);
        return apply(native, self, [list, ...rest]);
      } finally {
        meter.leave();
      }
    }),
  );
}

function meterFunctions(meter: Meter): void {
  const chains = new WeakMap<object, number>();
  const prototype = Function.prototype;
  const listed = (_self: unknown, args: readonly unknown[]): void => {
    const list = args.at(-1);
    if (typeof list !== 'object' || list === null) return;
    const length = lengthOf(list);
    meter.stacked(length);
    meter.charge(length);
  };
  enter(meter, prototype, ['apply'], (self, args) => {
    expectFunction(self);
    listed(self, args);
  });
  enter(meter, prototype, ['call'], expectFunction);
  enter(meter, Reflect, ['apply'], listed);
  // The list is the second of two or three.
  enter(meter, Reflect, ['construct'], (self, [, list]) => listed(self, [list]));
  replace(prototype, ['bind'], (native) =>
    method((self, args) => {
      const links = (chains.get(self as object) ?? 0) + 1;
      if (links > MAX_BOUND_CHAIN) meter.exhausted('bound');
      // Bound arguments of a chain are put on the stack together.
      meter.stacked(args.length * links);
      if (typeof self !== 'function') throw new TypeError('what is bound is a function');
      const bound = apply(native, counted(meter, self as Native), args) as object;
      for (const key of ['name', 'length'] as const) {
        const own = Reflect.getOwnPropertyDescriptor(apply(native, self, args) as object, key);
        define(bound, key, own as PropertyDescriptor);
      }
      chains.set(bound, links);
      return bound;
    }),
  );
  // The text would be that after instrumentation.
  replace(prototype, ['toString'], () =>
    method((self) => {
      if (typeof self !== 'function') throw new TypeError('not a function');
      const own = Reflect.getOwnPropertyDescriptor(self, 'name');
      const name = typeof own?.value === 'string' ? own.value : '';
      return meter.text(`function ${name}() { [native code] }`);
    }),
  );
}

/** `Math.max.call.call(1)`: versions of V8 have different words for it. */
function expectFunction(self: unknown): void {
  if (typeof self !== 'function') throw new TypeError('call and apply are methods of functions');
}

/**
 * What takes the place of a function that is bound. Built-ins that call one another by bound functions (the
 * `toString` of each object is that of the next) would end the engine's stack, and nothing would count.
 */
function counted(meter: Meter, target: Native): Native {
  const run = (step: () => unknown): unknown => {
    meter.enter();
    try {
      return step();
    } finally {
      meter.leave();
    }
  };
  if (!isConstructor(target)) return method((self, args) => run(() => apply(target, self, args)));
  const made = function made(this: unknown, ...args: unknown[]): unknown {
    const maker: unknown = new.target;
    if (maker === undefined) return run(() => apply(target, this, args));
    return run(() => construct(target, args, maker === made ? target : maker));
  };
  // What `instanceof` asks a bound function for.
  define(made, 'prototype', { value: Reflect.get(target, 'prototype') });
  return made;
}

function isConstructor(target: Native): boolean {
  try {
    // Asks nothing of the target, but that it could be a `new.target`.
    construct(Object, [], target);
    return true;
  } catch {
    return false;
  }
}

function meterMaps(meter: Meter): void {
  replaceCollection(meter, Map, 'Map');
  replaceCollection(meter, Set, 'Set');
  const nativeEntries = nativeOf(Map.prototype, 'entries');
  const nativeValues = nativeOf(Set.prototype, 'values');
  replace(Map.prototype, ['forEach'], () =>
    each(meter, (self) => apply(nativeEntries, self, []) as Iterable<[unknown, unknown]>),
  );
  replace(Set.prototype, ['forEach'], () =>
    each(meter, function* pairs(self) {
      for (const value of apply(nativeValues, self, []) as Iterable<unknown>) yield [value, value];
    }),
  );
  for (const prototype of [Map.prototype, Set.prototype]) {
    const size = Reflect.getOwnPropertyDescriptor(prototype, 'size')?.get as unknown as Native;
    charge(meter, prototype, ['set', 'add'], (_self, [key]) => {
      meter.charge(ENTRY_FUEL);
      if (typeof key === 'string') meter.key(key);
    });
    charge(meter, prototype, ['clear'], (self) => meter.charge(Number(apply(size, self, [])) / 8));
  }
  meterSetAlgebra(meter);
}

function each(meter: Meter, pairs: (self: unknown) => Iterable<[unknown, unknown]>): Native {
  return method((self, [callback, receiver]) => {
    if (typeof callback !== 'function') throw new TypeError('forEach takes a function');
    meter.enter();
    try {
      for (const [key, value] of pairs(self)) {
        meter.charge(1);
        apply(callback as Native, receiver, [value, key, self]);
      }
    } finally {
      meter.leave();
    }
  });
}

const ALGEBRA = [
  'union',
  'intersection',
  'difference',
  'symmetricDifference',
  'isSubsetOf',
  'isSupersetOf',
  'isDisjointFrom',
];

/** They take anything with `size`, `has` and `keys`; here a Set or Map as it is. */
function meterSetAlgebra(meter: Meter): void {
  const unchanged = (other: object, prototype: object): boolean =>
    ['has', 'keys', 'size'].every((key) => {
      if (Reflect.getOwnPropertyDescriptor(other, key) !== undefined) return false;
      return key === 'size' || Reflect.get(other, key) === Reflect.get(prototype, key);
    });
  enter(meter, Set.prototype, ALGEBRA, (self, [other]) => {
    const asSet = other instanceof Set && unchanged(other, Set.prototype);
    const asMap = other instanceof Map && unchanged(other, Map.prototype);
    if (!asSet && !asMap) throw new TypeError('takes a Set or a Map: make one of it');
    meter.allocate(((self as Set<unknown>).size + other.size) * 16);
    meter.charge((self as Set<unknown>).size + other.size);
  });
}

function replaceCollection(
  meter: Meter,
  native: MapConstructor | SetConstructor,
  name: string,
): void {
  const Ours = disguise(function Collection(...args: unknown[]): unknown {
    if (new.target === undefined) throw new TypeError(`a ${name} is made by new`);
    const [values] = args;
    meter.charge(ENTRY_FUEL);
    if (values === undefined || values === null) return construct(native, [], new.target);
    meter.enter();
    try {
      const plain = isPlainArray(values);
      if (plain) meter.charge(values.length);
      const list = plain ? values : drain(meter, values as Iterable<unknown>);
      return construct(native, [list], new.target);
    } finally {
      meter.leave();
    }
  }, native);
  takePlace(native, Ours, name);
}

function meterBigints(meter: Meter): void {
  const digits = MAX_BIGINT_BITS / 3;
  const NativeBigInt = BigInt;
  const Ours = disguise(function BigInt(...args: unknown[]): unknown {
    if (new.target !== undefined) throw new TypeError('BigInt is not made by new');
    const [value] = args;
    if (typeof value === 'string') {
      if (value.length > digits) meter.exhausted('bigint');
      meter.charge((value.length * value.length) / 2048);
    }
    return meter.big(NativeBigInt(value as string));
  }, NativeBigInt);
  takePlace(NativeBigInt, Ours, 'BigInt');
  charge(meter, Ours, ['asIntN', 'asUintN'], (_self, [bits, value]) => {
    const wide = !(Number(bits) <= MAX_BIGINT_BITS);
    if (wide && typeof value === 'bigint' && value < 0n) meter.exhausted('bigint');
  });
  charge(meter, NativeBigInt.prototype, ['toString', 'toLocaleString'], (self) => {
    if (typeof self === 'bigint') meter.charge(bigintFuel(self < 0n ? -self : self) * 4);
  });
}
