import { ByteWriter } from '../base/index.ts';

/**
 * Writers that are used again: a fresh buffer of a few hundred bytes costs more than most of our
 * messages cost to encode. A writer that was taken and not given back (because an encoder threw) is
 * simply lost.
 */
const idle: ByteWriter[] = [];

/**
 * Encoders can nest (a property read by an encoder may be a trap that encodes), but hardly deeper.
 */
const MAX_IDLE = 8;
/** A writer that grew beyond this is not kept. */
const MAX_KEPT_BYTES = 256 * 1024;

/** An empty writer; hand it to `finishScratch`. */
export function takeScratch(): ByteWriter {
  return idle.pop() ?? new ByteWriter(1024);
}

/** Exactly what was written. The writer must not be used afterwards. */
export function finishScratch(writer: ByteWriter): Uint8Array {
  if (writer.length > MAX_KEPT_BYTES) return writer.finish();
  const bytes = writer.copy();
  if (idle.length < MAX_IDLE) {
    writer.clear();
    idle.push(writer);
  }
  return bytes;
}
