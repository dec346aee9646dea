import { FEW_FIELDS, FIELD_FUEL } from './costs.ts';
import type { Meter } from './meter.ts';
import { apply, lengthOf, nativeOf } from './wrap.ts';

/** As the engine has it: what users find in its place is charged, and hides what is ours. */
const ownKeysOf = Reflect.ownKeys;
const descriptorOf = Reflect.getOwnPropertyDescriptor;
const prototypeOf = Reflect.getPrototypeOf;
const textOf = nativeOf(String.prototype, 'valueOf');
/** A list of properties has a text for every element. */
const ELEMENT_NAME_BYTES = 64;

/** Their properties are few and cannot be enumerated: most chains of prototypes end here. */
const ENDS: ReadonlySet<object> = new Set<object>([
  Object.prototype,
  Array.prototype,
  Function.prototype,
]);

/**
 * Pays for a walk over all properties of a value. Elements first, by their number: to list those of a large
 * typed array takes minutes, in which nothing can end the engine's loop.
 */
export function chargeFields(meter: Meter, value: unknown): void {
  if (typeof value === 'string') {
    meter.allocate(value.length * ELEMENT_NAME_BYTES);
    meter.charge(value.length);
    return;
  }
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
  const elements = elementsOf(value);
  meter.charge(listingCost(elements));
  const all = ownKeysOf(value).length;
  if (all > elements) meter.charge(listingCost(all) - listingCost(elements));
}

/** The engine sorts the properties of large objects whenever it lists them. */
function listingCost(count: number): number {
  return count <= FEW_FIELDS ? count : count * FIELD_FUEL;
}

/** The same for `for (… in value)`, which also meets what is inherited. */
export function chargeInherited(meter: Meter, value: unknown): void {
  chargeFields(meter, value);
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
  let holder = prototypeOf(value);
  while (holder !== null && !ENDS.has(holder)) {
    meter.charge(1);
    chargeFields(meter, holder);
    holder = prototypeOf(holder);
  }
}

function elementsOf(value: object): number {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return lengthOf(value);
  // Nothing but a boxed string has such a length.
  const length = descriptorOf(value, 'length');
  if (typeof value === 'function' || length?.configurable !== false || length.writable === true) {
    return 0;
  }
  try {
    return (apply(textOf, value, []) as string).length;
  } catch {
    return 0;
  }
}
