import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ByteReader, ByteWriter, limits, MalformedBytes } from '../base/index.ts';
import {
  CLIENT_ID_BYTES,
  decodeEntry,
  encodeBatch,
  encodeBegin,
  encodeFirm,
  encodeItem,
  encodeSkip,
  encodeView,
  isViewEntry,
  NOOP,
  readFate,
  readItem,
} from './entry.ts';
import type { Batch, Item } from './entry.ts';
import { aCall, bytes, viewOf } from './test-kit.ts';
import { makeView } from './view.ts';
import type { View } from './view.ts';

const number = fc.oneof(fc.nat(200), fc.maxSafeNat());

const numbered = fc
  .record({
    session: number,
    sequence: fc.integer({ min: 1, max: 2 ** 52 }),
    back: fc.nat(5),
    received: fc.array(number, { maxLength: 5 }),
  })
  .map(({ session, sequence, back, received }) => ({
    session,
    sequence,
    lowWater: Math.max(0, sequence - back),
    received,
  }));

const item: fc.Arbitrary<Item> = fc.oneof(
  fc
    .uint8Array({ minLength: CLIENT_ID_BYTES, maxLength: CLIENT_ID_BYTES })
    .map((client): Item => ({ kind: 'open', client })),
  fc
    .record({ numbered, command: fc.uint8Array({ maxLength: 60 }) })
    .map(({ numbered: name, command }): Item => ({ kind: 'call', ...name, command })),
  numbered.map((name): Item => ({ kind: 'cancel', ...name })),
  fc
    .record({
      numbered,
      target: fc.record({ session: number, sequence: number }, { noNullPrototype: true }),
    })
    .map(({ numbered: name, target }): Item => ({ kind: 'resolve', ...name, target })),
  number.map((session): Item => ({ kind: 'close', session })),
  fc
    .record({ session: number, lowWater: number })
    .map((what): Item => ({ kind: 'acknowledge', ...what })),
  fc.array(number, { maxLength: 4 }).map((sessions): Item => ({ kind: 'expire', sessions })),
);

const batch = fc
  .record({ time: number, seed: fc.nat(2 ** 32 - 1), items: fc.array(item, { minLength: 1 }) })
  .map((content): Batch => ({ kind: 'batch', ...content }));

const view: fc.Arbitrary<View> = fc
  .record({
    epoch: fc.integer({ min: 1, max: 2 ** 40 }),
    start: fc.integer({ min: 0, max: 2 ** 52 }),
    members: fc.uniqueArray(
      fc.record(
        {
          id: fc.integer({ min: 1, max: 2 ** 48 - 1 }),
          address: fc.string({ minLength: 1, maxLength: 30 }),
          durable: fc.boolean(),
          nameServer: fc.constant(true as const),
        },
        { noNullPrototype: true, requiredKeys: ['id', 'address', 'durable'] },
      ),
      { minLength: 1, maxLength: 7, selector: ({ id }) => id },
    ),
  })
  .filter(({ members }) => new Set(members.map(({ address }) => address)).size === members.length)
  .map(({ epoch, start, members }) => makeView(epoch, start, members));

function encode(content: Batch): Uint8Array {
  return encodeBatch(content.time, content.seed, content.items.map(encodeItem));
}

test('a batch is read as it was written', () => {
  fc.assert(
    fc.property(batch, (content) => {
      deepEqual(decodeEntry(encode(content)), content);
    }),
  );
});

test('a view is read as it was written', () => {
  fc.assert(
    fc.property(view, (content) => {
      deepEqual(decodeEntry(encodeView(content)), { kind: 'view', view: content });
    }),
  );
});

test('the kind of an entry can be told without decoding it', () => {
  const change = encodeView(viewOf([1, 2, 3]));
  const calls = encodeBatch(1, 2, [encodeItem(aCall(1, 1))]);

  deepEqual([NOOP, change, calls].map(isViewEntry), [false, true, false]);
  deepEqual([NOOP, change, calls].map(readFate), [undefined, undefined, undefined]);
  deepEqual(decodeEntry(NOOP), { kind: 'noop' });
});

test('what is said of the fate of calls comes back', () => {
  const ballot = { round: 3, leader: 2 ** 48 - 1 };
  const place = { slot: 2 ** 40, index: 7 };

  deepEqual(readFate(encodeBegin(ballot)), { kind: 'begin', ballot });
  deepEqual(readFate(encodeSkip(ballot, place)), { kind: 'skip', ballot, ...place });
  deepEqual(readFate(encodeFirm(300)), { kind: 'firm', through: 300 });
  throws(() => readFate(encodeBegin({ round: 0, leader: 1 })), MalformedBytes);
  const older = new ByteWriter().raw(encodeSkip(ballot, place).subarray(0, 2)).varint(5).varint(1);
  const nobody = { round: 0, leader: 0 };
  deepEqual(readFate(older.finish()), { kind: 'skip', ballot: nobody, slot: 5, index: 1 });
});

/** Bytes that are an entry, changed in a few places, cut, or prolonged. */
const damaged = fc
  .record({
    entry: fc.oneof(batch.map(encode), view.map(encodeView)),
    places: fc.array(fc.record({ at: fc.nat(), value: fc.nat(255) }), { maxLength: 3 }),
    cut: fc.option(fc.nat()),
    tail: fc.uint8Array({ maxLength: 2 }),
  })
  .map(({ entry, places, cut, tail }) => {
    const content = entry.slice();
    for (const { at, value } of places) content[at % content.length] = value;
    const kept = cut === null ? content : content.slice(0, cut % content.length);
    return Uint8Array.from([...kept, ...tail]);
  });

function isMalformed(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof MalformedBytes) return true;
    throw error;
  }
}

test('damaged bytes are read, or are malformed; nothing else ever happens', () => {
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (content) => {
      isMalformed(() => decodeEntry(content));
    }),
    { numRuns: 3000 },
  );
});

test('of an item that is read, every number was there: it is written as the same bytes', () => {
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (content) => {
      const reader = new ByteReader(content);
      let read: Item | undefined;
      if (isMalformed(() => (read = readItem(reader))) || read === undefined) return;

      deepEqual(encodeItem(read), content.slice(0, reader.offset));
    }),
    { numRuns: 3000 },
  );
});

test('an entry of a later version, of an unknown kind, or with a tail is malformed', () => {
  equal(
    isMalformed(() => decodeEntry(Uint8Array.of(2, 0))),
    true,
  );
  equal(
    isMalformed(() => decodeEntry(Uint8Array.of(1, 3))),
    true,
  );
  equal(
    isMalformed(() => decodeEntry(Uint8Array.of(1, 0, 0))),
    true,
  );
});

test('a request that cannot have been made is malformed', () => {
  const read = (...numbers: readonly number[]) => {
    const writer = new ByteWriter().u8(3);
    for (const one of numbers) writer.varint(one);
    return readItem(new ByteReader(writer.finish()));
  };

  deepEqual(read(1, 5, 5, 0), {
    kind: 'cancel',
    session: 1,
    sequence: 5,
    lowWater: 5,
    received: [],
  });
  throws(() => read(1, 0, 0, 0), /sequence numbers start at 1/);
  throws(() => read(1, 5, 6, 0), /received before its request/);
  throws(
    () => read(1, 1, 1, limits.SESSION_WINDOW + 1, ...Array<number>(2000).fill(1)),
    /more replies received than requested/,
  );
});

test('a command beyond the limit is malformed, and one at the limit is not', () => {
  const ofBytes = (length: number) =>
    new ByteReader(encodeItem({ ...aCall(1, 1), command: new Uint8Array(length) } as Item));

  const largest = readItem(ofBytes(limits.MAX_COMMAND_BYTES));
  equal(largest.kind === 'call' && largest.command.length, limits.MAX_COMMAND_BYTES);
  throws(() => readItem(ofBytes(limits.MAX_COMMAND_BYTES + 1)), /command too long/);
});

test('a view that names somebody twice, or too many, or as what nobody knows, is malformed', () => {
  const written = (members: readonly { id: number; address: string }[], traits = 1) => {
    const writer = new ByteWriter().u8(1).u8(2).varint(1).varint(1).varint(members.length);
    for (const { id, address } of members) writer.varint(id).text(address).u8(traits);
    return writer.finish();
  };
  throws(() => decodeEntry(written([{ id: 1, address: 'a' }], 4)), /of an unknown kind/);

  throws(
    () =>
      decodeEntry(
        written([
          { id: 1, address: 'a' },
          { id: 1, address: 'b' },
        ]),
      ),
    /names a member twice/,
  );
  throws(
    () =>
      decodeEntry(
        written([
          { id: 1, address: 'a' },
          { id: 2, address: 'a' },
        ]),
      ),
    /names a member twice/,
  );
  throws(() => decodeEntry(written([])), /impossible view/);
  const many = Array.from({ length: limits.MAX_MEMBERS + 1 }, (_, id) => ({
    id: id + 1,
    address: `h${id}`,
  }));
  throws(() => decodeEntry(written(many)), /impossible view/);
  const long = 'x'.repeat(limits.MAX_ADDRESS_BYTES + 1);
  throws(() => decodeEntry(written([{ id: 1, address: long }])), /address too long/);
});

test('a batch has at least one item, and a client id sixteen bytes', () => {
  throws(() => encodeBatch(1, 1, []), /a batch has 1 to MAX_BATCH_ITEMS items/);
  throws(() => encodeItem({ kind: 'open', client: bytes('short') }), /16 bytes/);
});
