import { ByteWriter } from '../base/index.ts';

/**
 * Takes the place of `wire/scratch.ts` in the realm. A writer that was used again would be as large as what
 * was written before, and whether it grows is charged to the call: it must not depend on history.
 */
export function takeScratch(): ByteWriter {
  return new ByteWriter(256);
}

export function finishScratch(writer: ByteWriter): Uint8Array {
  return writer.finish();
}
