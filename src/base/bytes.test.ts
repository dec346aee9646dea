import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ByteReader, ByteWriter, MalformedBytes } from './bytes.ts';

/** One thing that can be written, and read back. */
type Field =
  | { readonly kind: 'u8' | 'u32' | 'varint'; readonly value: number }
  | { readonly kind: 'f64'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'text'; readonly value: string };

const varint = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(300),
  fc.integer({ min: 0, max: 52 }).map((bits) => 2 ** bits),
  fc.integer({ min: 1, max: 53 }).map((bits) => 2 ** bits - 1),
);

/** A byte order mark at the begin of a text is not read back. */
const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.startsWith('\uFEFF'));

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.record({ kind: fc.constant('u8' as const), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('u32' as const), value: fc.nat(2 ** 32 - 1) }),
  fc.record({ kind: fc.constant('varint' as const), value: varint }),
  fc.record({ kind: fc.constant('f64' as const), value: fc.double() }),
  fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ kind: fc.constant('text' as const), value: text }),
);

function write(writer: ByteWriter, { kind, value }: Field): void {
  switch (kind) {
    case 'u8':
      writer.u8(value);
      return;
    case 'u32':
      writer.u32(value);
      return;
    case 'varint':
      writer.varint(value);
      return;
    case 'f64':
      writer.f64(value);
      return;
    case 'bytes':
      writer.bytes(value);
      return;
    case 'text':
      writer.text(value);
  }
}

function read(reader: ByteReader, kind: Field['kind']): unknown {
  return reader[kind]();
}

test('whatever is written is read back, and nothing is left', () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 30, size: 'max' }), fc.nat(64), (fields, capacity) => {
      const writer = new ByteWriter(capacity);
      for (const one of fields) write(writer, one);
      const reader = new ByteReader(writer.finish());

      deepEqual(
        fields.map(({ kind }) => read(reader, kind)),
        fields.map(({ value }) => value),
      );
      reader.end();
    }),
  );
});

test('whatever bytes are read, a reader only ever says that they are malformed', () => {
  const kinds = fc.constantFrom<Field['kind']>('u8', 'u32', 'varint', 'f64', 'bytes', 'text');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(kinds), (content, asked) => {
      const reader = new ByteReader(content);
      try {
        for (const kind of asked) {
          const before = reader.offset;
          read(reader, kind);
          equal(reader.offset > before, true, 'what is read takes room');
          equal(reader.offset <= content.length, true, 'nothing is read beyond the end');
        }
      } catch (error) {
        if (!(error instanceof MalformedBytes)) throw error;
      }
    }),
  );
});

test('a number has one form only: what is read is what would be written', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 9 }), (content) => {
      const reader = new ByteReader(content);
      let value: number;
      try {
        value = reader.varint();
      } catch (error) {
        return error instanceof MalformedBytes;
      }
      deepEqual(new ByteWriter().varint(value).copy(), content.slice(0, reader.offset));
      return true;
    }),
  );
  throws(() => new ByteReader(Uint8Array.of(0x80, 0x00)).varint(), MalformedBytes);
});

test('numbers take as many bytes as they need, up to eight', () => {
  const lengths = [
    0,
    127,
    128,
    2 ** 14,
    2 ** 31,
    2 ** 49 - 1,
    2 ** 49,
    Number.MAX_SAFE_INTEGER,
  ].map((value) => new ByteWriter().varint(value).length);

  deepEqual(lengths, [1, 1, 2, 3, 5, 7, 8, 8]);
});

test('what is no safe natural number is not written', () => {
  for (const value of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    throws(() => new ByteWriter().varint(value), RangeError);
  }
});

test('a number beyond 2^53 is not read', () => {
  const content = new Uint8Array(8).fill(0xff);
  content[7] = 0x7f;

  throws(() => new ByteReader(content).varint(), { name: 'MalformedBytes' });
  throws(() => new ByteReader(new Uint8Array(9).fill(0x80)).varint(), { name: 'MalformedBytes' });
});

test('a count that cannot be true is refused before anything is allocated for it', () => {
  const claimed = new ByteWriter().varint(1_000_000).raw(new Uint8Array(10)).copy();
  throws(() => new ByteReader(claimed).count(), MalformedBytes);

  const four = new ByteWriter().varint(4).raw(new Uint8Array(10)).copy();
  equal(new ByteReader(four).count(2), 4);
  throws(() => new ByteReader(four).count(3), MalformedBytes);
});

test('trailing bytes are refused', () => {
  const reader = new ByteReader(Uint8Array.of(1, 2));
  reader.u8();

  throws(() => reader.end(), { message: '1 bytes too many' });
  deepEqual(reader.rest(), Uint8Array.of(2));
  reader.end();
});

test('text that is not UTF-8 is refused, and a lone surrogate is replaced', () => {
  throws(() => new ByteReader(Uint8Array.of(1, 0xff)).text(), { message: 'text is not UTF-8' });

  equal(new ByteReader(new ByteWriter().text('a\uD800b').copy()).text(), 'a\uFFFDb');
});

test('a length that is known only afterwards is put in its place', () => {
  const writer = new ByteWriter(1).u8(9).u32(0);
  writer.raw(new Uint8Array(1000));
  writer.patchU32(1, writer.length - 5);

  const reader = new ByteReader(writer.finish());
  equal(reader.u8(), 9);
  equal(reader.u32(), 1000);
});

test('a copy stays as it is when the writer goes on, and a cleared writer begins anew', () => {
  const writer = new ByteWriter().text('one');
  const copy = writer.copy();
  writer.clear();
  writer.text('two');

  equal(new ByteReader(copy).text(), 'one');
  equal(new ByteReader(writer.finish()).text(), 'two');
});

test('a reader may begin anywhere', () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3), 1);

  equal(reader.remaining, 2);
  deepEqual(reader.raw(2), Uint8Array.of(2, 3));
});
