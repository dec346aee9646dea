import { deepEqual, notEqual, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ByteReader, ByteWriter, MalformedBytes } from '../base/index.ts';
import type { LogRecord } from '../paxos/index.ts';
import { readRecord, writeRecord } from './record-codec.ts';

const ballot = { round: 2 ** 40, leader: 2 ** 48 - 1 };
const entry = Uint8Array.of(1, 0, 7);
const RECORDS: readonly LogRecord[] = [
  { kind: 'promised', ballot },
  { kind: 'accepted', ballot, slot: 2 ** 41, entry },
  { kind: 'decided', slot: 1, entry },
  { kind: 'commit', slot: 0 },
];

function encode(records: readonly LogRecord[]): Uint8Array {
  const writer = new ByteWriter();
  for (const record of records) writeRecord(writer, record);
  return writer.finish();
}

test('records stand one behind the other and are read as they were written', () => {
  const reader = new ByteReader(encode(RECORDS));

  const received = RECORDS.map(() => readRecord(reader));

  deepEqual(received, RECORDS);
  reader.end();
});

test('an entry does not keep the segment alive from which it was read', () => {
  const bytes = encode([{ kind: 'decided', slot: 1, entry }]);

  const received = readRecord(new ByteReader(bytes));

  ok(received.kind === 'decided');
  notEqual(received.entry.buffer, bytes.buffer);
});

test('what no replica writes is malformed', () => {
  const wrong: LogRecord[] = [
    { kind: 'promised', ballot: { round: 0, leader: 1 } },
    { kind: 'accepted', ballot, slot: 0, entry },
    { kind: 'decided', slot: 1, entry: new Uint8Array(1) },
  ];

  for (const record of wrong) {
    throws(() => readRecord(new ByteReader(encode([record]))), MalformedBytes);
  }
  throws(() => readRecord(new ByteReader(Uint8Array.of(2, 4, 0))), MalformedBytes);
  throws(() => readRecord(new ByteReader(Uint8Array.of(1, 5, 0))), MalformedBytes);
});

test('damaged records are malformed, or records, and nothing else', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 255 }), fc.nat(), (at, byte, cut) => {
      const whole = encode(RECORDS);
      whole[at % whole.length] = byte;
      const reader = new ByteReader(whole.subarray(0, whole.length - (cut % 3)));

      try {
        while (reader.remaining > 0) readRecord(reader);
      } catch (error) {
        ok(error instanceof MalformedBytes, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
