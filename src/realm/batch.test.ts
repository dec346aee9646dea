import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ByteReader, ByteWriter, MalformedBytes } from '../base/index.ts';
import { decodeCalls, decodeResults, encodeCalls, encodeResults, readCalls } from './batch.ts';

/** Few slots, times and seeds: calls that have them in common are what the form is made for. */
const fields = {
  time: fc.constantFrom(0, 1.5, 1_795_000_000_000),
  seed: fc.constantFrom(0, 2 ** 32 - 1),
  session: fc.nat(),
  sequence: fc.maxSafeNat(),
  slot: fc.nat(2),
  index: fc.nat(),
  bytes: fc.uint8Array({ maxLength: 40 }),
};
const call = fc.record(fields, { noNullPrototype: true });

test('calls cross the border as they are, whatever they have in common, also many batches in a row', () => {
  fc.assert(
    fc.property(fc.array(fc.array(call)), (batches) => {
      const writer = new ByteWriter(8);
      for (const batch of batches) encodeCalls(batch, writer);
      const reader = new ByteReader(writer.copy());
      for (const batch of batches) deepEqual(readCalls(reader), batch);
      reader.end();
    }),
  );
});

test('a batch ends where it says', () => {
  const batch = new ByteWriter().raw(encodeCalls([])).u8(0).copy();
  throws(() => decodeCalls(batch), MalformedBytes);
});

test('results are written into memory that is given, and elsewhere when there is no room', () => {
  const memory = new Uint8Array(new SharedArrayBuffer(64), 16);
  const results = { results: [Uint8Array.of(1, 2), new Uint8Array(0)], killed: true };
  const written = encodeResults(results, new ByteWriter(memory));
  deepEqual([written.buffer === memory.buffer, written.byteOffset], [true, 16]);
  deepEqual(decodeResults(written.slice()), results);

  const more = { results: [new Uint8Array(100).fill(7)], killed: false };
  const elsewhere = encodeResults(more, new ByteWriter(memory));
  equal(elsewhere.buffer === memory.buffer, false);
  deepEqual(decodeResults(elsewhere), more);
});
