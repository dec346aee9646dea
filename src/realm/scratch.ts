import { ByteWriter } from '../base/index.ts';

const CAPACITY_BYTES = 256;

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
  const written = writer.finish();
  // It has grown, and is given away.
  if (written.length > CAPACITY_BYTES) return written;
  const bytes = new Uint8Array(written.length);
  // Not by `set`, which is charged to calls.
  for (let at = 0; at < bytes.length; at++) bytes[at] = written[at] as number;
  writer.clear();
  idle = writer;
  return bytes;
}
