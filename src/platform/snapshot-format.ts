import { createHash } from 'node:crypto';
import { assert, ByteWriter, ByteReader, limits } from '../base/index.ts';
import type { SnapshotName } from '../paxos/index.ts';
import { MAX_SNAPSHOT_HEADER_BYTES, SNAPSHOT_STEP_BYTES } from './limits.ts';

/**
 * The bytes of a snapshot, on disk and between replicas: format version, length of the header,
 * header, state. Its name has the hash of all of them.
 */
export interface SnapshotContent {
  readonly header: Uint8Array;
  readonly state: Uint8Array;
}

const FORMAT = 1;
const PREFIX_BYTES = 8;
assert(
  PREFIX_BYTES + MAX_SNAPSHOT_HEADER_BYTES + limits.MAX_STATE_BYTES <= limits.MAX_SNAPSHOT_BYTES,
  'whoever is offered a snapshot can take it',
);

/** The bytes in parts, because a copy of a large state would hold up the event loop. */
export function snapshotParts(content: SnapshotContent): readonly Uint8Array[] {
  const prefix = new ByteWriter(PREFIX_BYTES).u32(FORMAT).u32(content.header.length).finish();
  return [prefix, content.header, content.state];
}

/** Views into `bytes`, or undefined when they are no snapshot. */
export function parseSnapshot(bytes: Uint8Array): SnapshotContent | undefined {
  if (bytes.length < PREFIX_BYTES) return undefined;
  const reader = new ByteReader(bytes);
  if (reader.u32() !== FORMAT) return undefined;
  const headerBytes = reader.u32();
  if (headerBytes > reader.remaining) return undefined;
  return { header: reader.raw(headerBytes), state: reader.rest() };
}

/** Pieces of at most one step each, between which others may run. */
export function* stepsOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += SNAPSHOT_STEP_BYTES) {
      yield part.subarray(at, at + SNAPSHOT_STEP_BYTES);
    }
  }
}

/** SHA-256, of which a name carries the first half. */
export class SnapshotHash {
  readonly #hash = createHash('sha256');

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** 32 hexadecimal digits; ends the hash. */
  hex(): string {
    return this.#hash.digest('hex').slice(0, 32);
  }
}

export function sameSnapshot(a: SnapshotName, b: SnapshotName): boolean {
  return a.slot === b.slot && a.bytes === b.bytes && a.hash === b.hash;
}
