import type { Meter } from './meter.ts';
import { apply, enter, method, nativeOf, replace } from './wrap.ts';
import type { Native } from './wrap.ts';

type Take = (meter: Meter, from: Iterable<unknown>, arg: unknown) => Iterable<unknown>;

/** Helpers that make iterators: ours are generators, each step of which is charged. */
const LAZY: Readonly<Record<string, Take>> = {
  *map(meter, from, arg) {
    const change = functionOf(arg);
    let at = 0;
    for (const value of from) {
      meter.charge(1);
      yield change(value, at++);
    }
  },
  *filter(meter, from, arg) {
    const keep = functionOf(arg);
    let at = 0;
    for (const value of from) {
      meter.charge(1);
      if (keep(value, at++)) yield value;
    }
  },
  *take(meter, from, arg) {
    let left = countOf(arg);
    if (left <= 0) return;
    for (const value of from) {
      meter.charge(1);
      yield value;
      if (--left <= 0) return;
    }
  },
  *drop(meter, from, arg) {
    let left = countOf(arg);
    for (const value of from) {
      meter.charge(1);
      if (--left < 0) yield value;
    }
  },
  *flatMap(meter, from, arg) {
    const change = functionOf(arg);
    let at = 0;
    for (const value of from) {
      meter.charge(1);
      for (const inner of change(value, at++) as Iterable<unknown>) {
        meter.charge(1);
        yield inner;
      }
    }
  },
};

type Finish = (meter: Meter, from: Iterable<unknown>, args: readonly unknown[]) => unknown;

const EAGER: Readonly<Record<string, Finish>> = {
  toArray(meter, from) {
    const list: unknown[] = [];
    for (const value of from) {
      meter.charge(1);
      list[list.length] = value;
    }
    return list;
  },
  forEach(meter, from, [arg]) {
    const run = functionOf(arg);
    let at = 0;
    for (const value of from) {
      meter.charge(1);
      run(value, at++);
    }
  },
  some: (meter, from, [arg]) => search(meter, from, arg, true).found,
  every: (meter, from, [arg]) => !search(meter, from, arg, false).found,
  find: (meter, from, [arg]) => search(meter, from, arg, true).value,
  reduce(meter, from, args) {
    const join = functionOf(args[0]);
    let begun = args.length > 1;
    let result = args[1];
    let at = 0;
    for (const value of from) {
      meter.charge(1);
      result = begun ? join(result, value, at) : value;
      begun = true;
      at++;
    }
    if (!begun) throw new TypeError('reduce of nothing, without a value to begin with');
    return result;
  },
};

/** The helpers of iterators loop where no code of users does: they are ours. */
export function meterIterators(meter: Meter): void {
  const list = [][Symbol.iterator]();
  const prototype = Reflect.getPrototypeOf(Reflect.getPrototypeOf(list) as object) as object;
  const maker = Reflect.get(globalThis, 'Iterator') as object;
  const wrapped = apply(nativeOf(maker, 'from'), maker, [{ next: () => undefined }]) as object;
  enter(meter, Reflect.getPrototypeOf(wrapped) as object, ['next', 'return'], () => undefined);
  for (const [name, take] of Object.entries(LAZY)) {
    replace(prototype, [name], () =>
      method((self, [arg]) => take(meter, iterate(meter, self), arg)),
    );
  }
  for (const [name, finish] of Object.entries(EAGER)) {
    replace(prototype, [name], () =>
      method((self, args) => {
        meter.enter();
        try {
          return finish(meter, iterate(meter, self), args);
        } finally {
          meter.leave();
        }
      }),
    );
  }
}

/** Every value has its elements for patterns under a symbol that users do not know (`Meter.rest`). */
export function installRest(meter: Meter): void {
  const getter = {
    get(this: unknown): unknown {
      meter.enter();
      try {
        return meter.items(this as Iterable<unknown>);
      } finally {
        meter.leave();
      }
    },
  };
  Reflect.defineProperty(Object.prototype, meter.rest, {
    get: nativeOf(getter, 'get'),
    enumerable: false,
    configurable: false,
  });
}

/** Helpers go on with the iterator itself, whatever its `Symbol.iterator` says. */
function iterate(meter: Meter, self: unknown): Iterable<unknown> {
  if (typeof self !== 'object' || self === null) throw new TypeError('not an iterator');
  const next: unknown = Reflect.get(self, 'next');
  // Helpers of helpers lie on the stack together while one of them is asked for the next value.
  const step = (run: unknown): IteratorResult<unknown> => {
    if (typeof run !== 'function') throw new TypeError('not an iterator');
    meter.enter();
    try {
      return apply(run as Native, self, []) as IteratorResult<unknown>;
    } finally {
      meter.leave();
    }
  };
  const close = (): IteratorResult<unknown> => {
    const own: unknown = Reflect.get(self, 'return');
    return own === undefined || own === null ? { done: true, value: undefined } : step(own);
  };
  return { [Symbol.iterator]: () => ({ next: () => step(next), return: close }) };
}

function functionOf(arg: unknown): (...args: unknown[]) => unknown {
  if (typeof arg !== 'function') throw new TypeError('takes a function');
  return (...args) => apply(arg as Native, undefined, args);
}

function countOf(arg: unknown): number {
  const count = Math.trunc(Number(arg));
  if (!(count >= 0)) throw new RangeError('takes a number that is not negative');
  return count;
}

function search(
  meter: Meter,
  from: Iterable<unknown>,
  arg: unknown,
  wanted: boolean,
): { readonly found: boolean; readonly value: unknown } {
  const test = functionOf(arg);
  let at = 0;
  for (const value of from) {
    meter.charge(1);
    if (Boolean(test(value, at++)) === wanted) return { found: true, value };
  }
  return { found: false, value: undefined };
}
