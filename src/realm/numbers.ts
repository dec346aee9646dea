import { takePlace } from './arrays.ts';
import type { Meter } from './meter.ts';
import { construct, disguise, nativeOf, replace } from './wrap.ts';
import type { Native } from './wrap.ts';

const NativeNumber = Number;

/** Texts that are read as numbers: all of their units are looked at. */
export function meterNumbers(meter: Meter): void {
  // No list of arguments: they are called often, and for short texts.
  const Ours = disguise(function Number(value: unknown): unknown {
    if (typeof value === 'string') meter.numeral(value);
    // Without an argument it is 0, and of undefined no number.
    // oxlint-disable-next-line eslint/prefer-rest-params
    const args = arguments.length === 0 ? [] : [value];
    if (new.target !== undefined) return construct(NativeNumber, args, new.target);
    return args.length === 0 ? 0 : NativeNumber(value);
  }, NativeNumber);
  takePlace(NativeNumber, Ours, 'Number');
  const reading = (native: Native): Native => {
    const read: (value: unknown, base: unknown) => unknown = native;
    const holder = {
      replaced(value: unknown, base: unknown): unknown {
        if (typeof value === 'string') meter.numeral(value);
        return read(value, base);
      },
    };
    return nativeOf(holder, 'replaced');
  };
  replace(globalThis, ['parseInt', 'parseFloat', 'isNaN', 'isFinite'], reading);
  // The same functions, as in every engine.
  replace(Ours, ['parseInt'], () => parseInt as unknown as Native);
  replace(Ours, ['parseFloat'], () => parseFloat as unknown as Native);
}
