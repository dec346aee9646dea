import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { MalformedBytes } from '../base/index.ts';
import { encodeFrame, FRAME, FrameReader, FrameWriter } from './frame.ts';
import type { Frame, FrameType } from './frame.ts';

const TYPES = Object.values(FRAME);
const frames = fc.array(
  fc.record(
    { type: fc.constantFrom<FrameType>(...TYPES), body: fc.uint8Array({ maxLength: 300 }) },
    { noNullPrototype: true },
  ),
);

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

test('frames arrive whole and in order, however the stream is cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat({ max: 40 })), (sent, cuts) => {
      const stream = concat(sent.map(({ type, body }) => encodeFrame(type, body, crc32)));
      const reader = new FrameReader(300, crc32);

      const received: Frame[] = [];
      let at = 0;
      for (let turn = 0; at < stream.length; turn++) {
        const length = 1 + (cuts.length === 0 ? 0 : (cuts[turn % cuts.length] as number));
        received.push(...reader.push(stream.slice(at, at + length)));
        at += length;
      }

      deepEqual(received, sent);
    }),
    { numRuns: 300 },
  );
});

test('many frames packed into one buffer are the same bytes as each by itself', () => {
  fc.assert(
    fc.property(frames, (sent) => {
      const writer = new FrameWriter(crc32);
      const single = sent.map(({ type, body }) => encodeFrame(type, body, crc32));

      sent.forEach(({ type, body }, index) => {
        if (index % 2 === 0) writer.add(type, body);
        else writer.addFrame(single[index] as Uint8Array);
      });

      equal(writer.length, concat(single).length);
      deepEqual(writer.take(), concat(single));
      equal(writer.length, 0);
    }),
  );
});

test('what was taken stays as it is while more is written', () => {
  const writer = new FrameWriter(crc32);
  for (const size of [10, 900, 5000, 40, 300_000, 10]) {
    const body = new Uint8Array(size).fill(size);
    writer.add(FRAME.message, body);
    const taken = writer.take();
    const copy = taken.slice();
    writer.add(FRAME.message, new Uint8Array(size));

    deepEqual(taken, copy);
    writer.take();
  }
});

test('a frame of the longest length is taken, one byte more is refused before it arrives', () => {
  const longest = encodeFrame(FRAME.message, new Uint8Array(100), crc32);
  const longer = encodeFrame(FRAME.message, new Uint8Array(101), crc32);

  equal(new FrameReader(100, crc32).push(longest).length, 1);
  throws(() => new FrameReader(100, crc32).push(longer.subarray(0, 4)), MalformedBytes);
  throws(() => new FrameReader(100, crc32).push(Uint8Array.of(255, 255, 255, 255)), MalformedBytes);
  throws(() => new FrameReader(100, crc32).push(Uint8Array.of(4, 0, 0, 0)), MalformedBytes);
});

test('a length that is only claimed costs no memory', () => {
  const readers = Array.from({ length: 1000 }, () => new FrameReader(2 ** 30, crc32));
  const before = process.memoryUsage().arrayBuffers;

  for (const reader of readers) reader.push(Uint8Array.of(0, 0, 0, 32, 1, 2, 3));

  ok(process.memoryUsage().arrayBuffers - before < 2 ** 22);
});

test('a large frame in many small parts is copied in proportion to its length', (context) => {
  const frame = encodeFrame(FRAME.message, new Uint8Array(4 * 2 ** 20), crc32);
  const reader = new FrameReader(4 * 2 ** 20, crc32);
  const copies = context.mock.method(Uint8Array.prototype, 'set').mock;

  let received = 0;
  for (let at = 0; at < frame.length; at += 1000) {
    received += reader.push(frame.subarray(at, at + 1000)).length;
  }

  const copied = copies.calls.reduce((sum, { arguments: [source] }) => sum + source.length, 0);
  equal(received, 1);
  ok(copied >= frame.length && copied < 4 * frame.length, `${copied} bytes were copied`);
});

test('one damaged bit behind the length is found, and the stream is not used again', () => {
  const frame = encodeFrame(FRAME.requests, Uint8Array.of(1, 2, 3), crc32);
  for (let bit = 32; bit < 8 * frame.length; bit++) {
    const damaged = frame.slice();
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    const reader = new FrameReader(1000, crc32);

    throws(() => reader.push(damaged), MalformedBytes);
    throws(() => reader.push(frame), MalformedBytes);
  }
});

test('a type that is not in the table is malformed', () => {
  const unknown = encodeFrame(13 as FrameType, new Uint8Array(), crc32);

  throws(() => new FrameReader(100, crc32).push(unknown), /MalformedBytes: frame of type 11/);
});

test('bodies are plain views, also of a Buffer', () => {
  const frame = Buffer.from(encodeFrame(FRAME.ping, Uint8Array.of(7), crc32));

  const [received] = new FrameReader(10, crc32).push(frame);

  equal(Object.getPrototypeOf(received?.body), Uint8Array.prototype);
});

test('an invented stream is frames or malformed, and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.integer({ min: 5, max: 20 }), (tail, length) => {
      const reader = new FrameReader(1000, crc32);
      try {
        reader.push(Uint8Array.of(length, 0, 0, 0, ...tail));
        reader.push(tail);
      } catch (error) {
        ok(error instanceof MalformedBytes, String(error));
      }
    }),
  );
});
