import type { ByteReader, ByteWriter } from '../base/index.ts';
import type { Command } from '../paxos/index.ts';

/** What a replica and the thread of its shadow tell one another; never seen by anybody else. */

export type ToShadow =
  | {
      readonly kind: 'part';
      readonly bytes: Uint8Array;
      readonly offset: number;
      readonly total: number;
    }
  | { readonly kind: 'follow'; readonly commands: Uint8Array }
  /** `results`: digest of all results since the state that the shadow began with. */
  | { readonly kind: 'capture'; readonly results: string };

export type FromShadow =
  | { readonly kind: 'followed'; readonly bytes: number }
  | { readonly kind: 'captured'; readonly state: Uint8Array }
  | { readonly kind: 'impossible'; readonly text: string }
  | { readonly kind: 'differs' };

/** Commands are packed: cloned as objects, each would drag the whole frame along that it came in. */
export function writeFollowed(writer: ByteWriter, command: Command): void {
  const { slot, index, time, seed, session, sequence, bytes } = command;
  writer.varint(slot).varint(index).varint(time).varint(seed).varint(session).varint(sequence);
  writer.bytes(bytes);
}

export function readFollowed(reader: ByteReader): Command {
  return {
    slot: reader.varint(),
    index: reader.varint(),
    time: reader.varint(),
    seed: reader.varint(),
    session: reader.varint(),
    sequence: reader.varint(),
    bytes: reader.bytes(),
  };
}
