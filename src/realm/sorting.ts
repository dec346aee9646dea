import { ELEMENT_BYTES, TEXT_SHIFT } from './costs.ts';
import type { Meter } from './meter.ts';
import { apply, lengthOf, method, nativeOf, replace, textFrom } from './wrap.ts';
import type { Native } from './wrap.ts';

type Compare = (a: unknown, b: unknown) => number;
type List = Record<number, unknown>;

/**
 * Sorting is ours: which elements a comparator is asked for, and what comes out when its answers contradict
 * one another, differs between versions of an engine. Stable merging, from runs of one element upwards.
 */
export function meterSorting(meter: Meter): void {
  const typed = Reflect.getPrototypeOf(Uint8Array.prototype) as object;
  const sorted = (
    prototype: object,
    key: string,
    sort: (self: unknown, by: unknown) => unknown,
  ) => {
    replace(prototype, [key], () =>
      method((self, [by]) => {
        if (by !== undefined && typeof by !== 'function') {
          throw new TypeError('The comparison function must be either a function or undefined');
        }
        meter.enter();
        try {
          if (meter.metering) charge(meter, self, by);
          return sort(self, by);
        } finally {
          meter.leave();
        }
      }),
    );
  };
  sorted(Array.prototype, 'sort', sortList);
  sorted(Array.prototype, 'toSorted', sortedCopy);
  const nativeSort = nativeOf(typed, 'sort');
  const nativeToSorted = nativeOf(typed, 'toSorted');
  sorted(typed, 'sort', (self, by) => {
    // Numbers have one order, and what is no typed array is refused there as well.
    if (by === undefined) return apply(nativeSort, self, []);
    return put(self as List, merge(numbersOf(self), comparator(by)));
  });
  sorted(typed, 'toSorted', (self, by) => {
    const copy = apply(nativeToSorted, self, []);
    return by === undefined ? copy : put(copy as List, merge(numbersOf(self), comparator(by)));
  });
}

function charge(meter: Meter, self: unknown, by: unknown): void {
  const length = lengthOf(self);
  const rounds = Math.ceil(Math.log2(length + 2));
  meter.allocate(length * ELEMENT_BYTES);
  meter.charge(length * rounds);
  if (by !== undefined || !Array.isArray(self)) return;
  // Without a comparator texts are compared, unit by unit.
  let units = 0;
  for (let at = 0; at < length; at++) {
    const own = Reflect.getOwnPropertyDescriptor(self, at);
    if (typeof own?.value === 'string') units += own.value.length;
  }
  meter.charge((units * rounds) / (1 << TEXT_SHIFT));
}

/** In place: values, then those that are undefined, then holes. */
function sortList(self: unknown, by: unknown): unknown {
  const list = Object(objectOf(self)) as List;
  const length = lengthOf(list);
  const values: unknown[] = [];
  let there = 0;
  for (let at = 0; at < length; at++) {
    if (!(at in list)) continue;
    there++;
    const value = list[at];
    if (value !== undefined) values[values.length] = value;
  }
  put(list, order(values, by));
  for (let at = values.length; at < there; at++) list[at] = undefined;
  for (let at = there; at < length; at++) if (at in list) delete list[at];
  return list;
}

function sortedCopy(self: unknown, by: unknown): unknown {
  const list = Object(objectOf(self)) as List;
  const length = lengthOf(list);
  const values: unknown[] = [];
  let missing = 0;
  for (let at = 0; at < length; at++) {
    const value = list[at];
    if (value === undefined) missing++;
    else values[values.length] = value;
  }
  const made = order(values, by) as unknown[];
  for (; missing > 0; missing--) made[made.length] = undefined;
  return made;
}

function objectOf(self: unknown): unknown {
  if (self === undefined || self === null) throw new TypeError('sort is called on nothing');
  return self;
}

/** A new array. */
function order(values: readonly unknown[], by: unknown): readonly unknown[] {
  if (by !== undefined) return merge(values, comparator(by));
  // Each becomes a text once: objects run code for it.
  const texts = values.map((value) => ({ value, text: textFrom(value) }));
  const ordered = merge(texts, (a, b) => {
    const one = (a as { text: string }).text;
    const other = (b as { text: string }).text;
    return one < other ? -1 : Number(one > other);
  });
  return ordered.map((each) => (each as { value: unknown }).value);
}

function numbersOf(self: unknown): readonly unknown[] {
  const list = self as List;
  const length = lengthOf(self);
  const values: unknown[] = [];
  for (let at = 0; at < length; at++) values[at] = list[at];
  return values;
}

function put(list: List, values: readonly unknown[]): List {
  for (let at = 0; at < values.length; at++) list[at] = values[at];
  return list;
}

function comparator(by: unknown): Compare {
  // Not by `Number`, which takes bigints.
  return (a, b) => +(apply(by as Native, undefined, [a, b]) as string);
}

/** NaN counts as equal. */
function merge(values: readonly unknown[], compare: Compare): readonly unknown[] {
  const { length } = values;
  let from: unknown[] = [];
  for (let at = 0; at < length; at++) from[at] = values[at];
  let to: unknown[] = [...from];
  for (let width = 1; width < length; width *= 2) {
    for (let low = 0; low < length; low += 2 * width) {
      const middle = Math.min(low + width, length);
      mergeRuns(from, to, { low, middle, high: Math.min(low + 2 * width, length) }, compare);
    }
    [from, to] = [to, from];
  }
  return from;
}

interface Runs {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

function mergeRuns(
  from: readonly unknown[],
  to: unknown[],
  { low, middle, high }: Runs,
  compare: Compare,
): void {
  // What is in order already is asked for once.
  if (middle >= high || !(compare(from[middle - 1], from[middle]) > 0)) {
    for (let at = low; at < high; at++) to[at] = from[at];
    return;
  }
  if (high - low === 2) {
    to[low] = from[middle];
    to[middle] = from[low];
    return;
  }
  let left = low;
  let right = middle;
  for (let at = low; at < high; at++) {
    const takesRight = left >= middle || (right < high && compare(from[left], from[right]) > 0);
    to[at] = takesRight ? from[right++] : from[left++];
  }
}
