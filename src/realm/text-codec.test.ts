import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert, constantFrom, oneof, property, string, uint8Array } from 'fast-check';
import { TextDecoder as OurDecoder, TextEncoder as OurEncoder } from './text-codec.ts';

const units = array(
  oneof(string(), constantFrom('\ud800', '\udc00', '\ufeff', '\u{1f600}', 'ü', '€')),
).map((parts) => parts.join(''));

test('texts become the bytes that the platform makes of them', () => {
  assert(
    property(units, (text) => {
      deepEqual(new OurEncoder().encode(text), new TextEncoder().encode(text));
    }),
  );
});

test('bytes become the text that the platform makes of them, whole or broken', () => {
  const pieces = constantFrom(
    0x41,
    0x80,
    0xbf,
    0xc2,
    0xe0,
    0xa0,
    0xed,
    0x9f,
    0xf0,
    0x90,
    0xf4,
    0x8f,
    0xff,
  );
  const bytes = oneof(
    uint8Array(),
    array(pieces).map((list) => Uint8Array.from(list)),
  );
  assert(
    property(bytes, (input) => {
      for (const ignoreBOM of [false, true]) {
        equal(
          new OurDecoder('utf-8', { ignoreBOM }).decode(input),
          new TextDecoder('utf-8', { ignoreBOM }).decode(input),
        );
      }
    }),
    { numRuns: 2000 },
  );
});

test('a fatal decoder refuses what is not UTF-8, and no other encoding is known', () => {
  throws(() => new OurDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(0xff)), TypeError);
  throws(() => new OurDecoder('latin1'), /knows utf-8 here, not latin1/);
  throws(() => new OurDecoder().decode('text' as never), TypeError);
});
