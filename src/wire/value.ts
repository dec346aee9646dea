import { ByteReader, limits } from '../base/index.ts';
import { plainError } from './error-value.ts';
import type { ErrorReviver } from './error-value.ts';
import { finishScratch, takeScratch } from './scratch.ts';
import { ValueReader } from './value-reader.ts';
import { ValueWriter } from './value-writer.ts';
import type { ValueLimits } from './value-writer.ts';

const ARGUMENT: ValueLimits = { maxBytes: limits.MAX_COMMAND_BYTES, sharing: 'copied' };

/**
 * Arguments, results and plain state as bytes (the form is in value-tag.ts). What travels:
 * undefined, null, booleans, numbers (NaN, -0 and the infinities exactly), bigints, strings (lone
 * surrogates exactly), bytes (`Uint8Array` and what extends it, such as `Buffer`), dates, arrays,
 * plain objects, `Map`, `Set`, errors (name, message and cause). Everything else is refused with
 * the path to it: functions, symbols, instances of classes, other typed arrays, accessors, symbol
 * keys, holes in arrays, cycles.
 *
 * What is not content stays behind: named properties of arrays, maps, sets, dates and bytes;
 * properties that are not enumerable; the stack and further fields of an error; frozenness. An
 * object reached on two ways arrives as two.
 */
export function encodeValue(value: unknown, root: string, bounds = ARGUMENT): Uint8Array {
  const writer = takeScratch();
  const values = new ValueWriter(writer, root, bounds);
  values.write(value);
  values.checkSize();
  return finishScratch(writer);
}

/** Throws `MalformedBytes` on anything that `encodeValue` would not write. */
export function decodeValue(bytes: Uint8Array, revive: ErrorReviver = plainError): unknown {
  const reader = new ByteReader(bytes);
  const value = new ValueReader(reader, revive).read();
  reader.end();
  return value;
}
