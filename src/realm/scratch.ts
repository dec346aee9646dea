import { ByteWriter } from '../base/index.ts';

const CAPACITY_BYTES = 256;
/** Up to here `copy` is a loop as well. */
const SHORT_BYTES = 32;

let idle: ByteWriter | undefined;

/**
 * Takes the place of `wire/scratch.ts` in the realm. Writers have the same size for every call: how often one
 * grows is charged to the call, and must not depend on what was written before.
 */
export function takeScratch(): ByteWriter {
  const writer = idle ?? new ByteWriter(CAPACITY_BYTES);
  idle = undefined;
  return writer;
}

/** Exactly what was written. The writer must not be used afterwards. */
export function finishScratch(writer: ByteWriter): Uint8Array {
  const { length } = writer;
  // It has grown, and is given away.
  if (length > CAPACITY_BYTES) return writer.finish();
  const bytes = length > SHORT_BYTES ? copyOf(writer.finish()) : writer.copy();
  writer.clear();
  idle = writer;
  return bytes;
}

/** Not by a method of the array: these are charged to calls. */
function copyOf(written: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(written.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = written[at] as number;
  return bytes;
}
