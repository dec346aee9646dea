import { takePlace } from './arrays.ts';
import { BUFFER_FUEL, BYTES_SHIFT } from './costs.ts';
import { unifyElements } from './floats.ts';
import { drain } from './drain.ts';
import type { Meter } from './meter.ts';
import { apply, charge, construct, disguise, lengthOf, method, replace } from './wrap.ts';
import type { Native } from './wrap.ts';

const TYPED = [
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'BigUint64Array',
  'BigInt64Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
];

/** Buffers and typed arrays are paid for by their bytes before they are made. */
export function meterBytes(meter: Meter): void {
  const NativeBuffer = ArrayBuffer;
  const OurBuffer = disguise(function ArrayBuffer(...args: unknown[]): unknown {
    if (new.target === undefined) throw new TypeError('an ArrayBuffer is made by new');
    meter.charge(BUFFER_FUEL);
    const length = Number(args[0] ?? 0);
    if (args[1] !== undefined) throw new TypeError('buffers have a fixed size here');
    if (length > 0) meter.allocate(length);
    return construct(NativeBuffer, [length], new.target);
  }, NativeBuffer);
  takePlace(NativeBuffer, OurBuffer, 'ArrayBuffer');
  const sizes = (self: unknown): void => {
    if (self instanceof NativeBuffer) meter.allocate(self.byteLength);
  };
  charge(meter, NativeBuffer.prototype, ['slice'], sizes);
  // What moves a buffer to another size, or away.
  for (const key of ['resize', 'transfer', 'transferToFixedLength']) {
    Reflect.deleteProperty(NativeBuffer.prototype, key);
  }
  for (const name of TYPED) {
    const native = (globalThis as unknown as Record<string, unknown>)[name];
    if (typeof native === 'function') replaceTyped(meter, native as Native, name);
  }
  const shared = Reflect.getPrototypeOf(Uint8Array) as object;
  charge(meter, (shared as { prototype: object }).prototype, ['set'], (_self, [from]) => {
    meter.charge(lengthOf(from) >>> (ArrayBuffer.isView(from) ? BYTES_SHIFT : 0));
  });
  replace(shared, ['from'], (native) =>
    method((self, [values, ...rest]) => {
      const iterable = typeof values === 'object' && values !== null && Symbol.iterator in values;
      const list = iterable ? drain(meter, values as Iterable<unknown>) : values;
      meter.charge(lengthOf(list));
      return apply(native, self, [list, ...rest]);
    }),
  );
}

type TypedArrayMaker = new (from: unknown, offset?: unknown, length?: unknown) => object;

function replaceTyped(meter: Meter, native: Native, name: string): void {
  const width = (native as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
  const floats = name.startsWith('Float');
  const make = native as unknown as TypedArrayMaker;
  // Our own codec makes these for every call: no rest parameters, and no detour by Reflect.
  const Ours = disguise(function TypedArray(from: unknown, offset: unknown, length: unknown) {
    if (new.target === undefined) throw new TypeError(`${name} is made by new`);
    meter.charge(BUFFER_FUEL);
    let given = from;
    if (typeof from === 'object' && from !== null) {
      if (!(from instanceof ArrayBuffer)) given = listFor(meter, from, width);
    } else {
      const count = typeof from === 'number' ? from : Number(from ?? 0);
      if (count > 0) meter.allocate(count * width);
      given = count;
    }
    const made =
      new.target === Ours
        ? new make(given, offset, length)
        : construct(native, [given, offset, length], new.target);
    return floats && !(given instanceof ArrayBuffer) ? unifyElements(made) : made;
  }, native);
  takePlace(native, Ours, name);
}

/** Of an iterable its elements, paid for. */
function listFor(meter: Meter, from: object, width: number): unknown {
  const iterable = !ArrayBuffer.isView(from) && Symbol.iterator in from;
  const list = iterable ? drain(meter, from as Iterable<unknown>) : from;
  meter.allocate(lengthOf(list) * width);
  return list;
}
