import { MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import { readBallot, readCounter, writeBallot } from '../paxos/index.ts';
import type { LogRecord } from '../paxos/index.ts';
import { readEntry } from './field.ts';

/**
 * First byte of every record in the log; then its kind, then its fields in the order of the type.
 */
export const RECORD_VERSION = 1;

const KIND = { promised: 1, accepted: 2, decided: 3, commit: 4 } as const;

export function writeRecord(writer: ByteWriter, record: LogRecord): void {
  writer.u8(RECORD_VERSION).u8(KIND[record.kind]);
  switch (record.kind) {
    case 'promised':
      return void writeBallot(writer, record.ballot);
    case 'accepted':
      return void writeBallot(writer, record.ballot).varint(record.slot).bytes(record.entry);
    case 'decided':
      return void writer.varint(record.slot).bytes(record.entry);
    case 'commit':
      return void writer.varint(record.slot);
  }
}

/** Reads one record; throws `MalformedBytes` on anything that `writeRecord` would not write. */
export function readRecord(reader: ByteReader): LogRecord {
  const version = reader.u8();
  if (version !== RECORD_VERSION) throw new MalformedBytes(`record of version ${version}`);
  const kind = reader.u8();
  switch (kind) {
    case KIND.promised:
      return { kind: 'promised', ballot: readBallot(reader) };
    case KIND.accepted: {
      const ballot = readBallot(reader);
      return { kind: 'accepted', ballot, slot: readCounter(reader, 1), entry: readEntry(reader) };
    }
    case KIND.decided:
      return { kind: 'decided', slot: readCounter(reader, 1), entry: readEntry(reader) };
    case KIND.commit:
      return { kind: 'commit', slot: readCounter(reader, 0) };
    default:
      throw new MalformedBytes(`record of kind ${kind}`);
  }
}
