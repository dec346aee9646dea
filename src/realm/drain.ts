import type { Meter } from './meter.ts';

const elementsOf = Array.prototype[Symbol.iterator];

/**
 * What an iterable yields, as an array. Built-ins that take iterables would run one without an end (an
 * iterator whose `next` is a built-in is no code that ticks), so that they are given arrays.
 */
export function drain(meter: Meter, values: Iterable<unknown>): readonly unknown[] {
  if (isPlainArray(values)) {
    meter.charge(values.length >>> 3);
    return values;
  }
  const list: unknown[] = [];
  for (const value of values) {
    meter.charge(1);
    list[list.length] = value;
  }
  return list;
}

/** Whether to iterate over `value` is to read its elements. */
export function isPlainArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value[Symbol.iterator] === elementsOf;
}
