import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ConCoordError, limits, MalformedBytes } from '../base/index.ts';
import { MAX_ERRORS } from './value-tag.ts';
import { decodeValue, encodeValue } from './value.ts';

/** Every kind of value that travels, nested. */
const value = fc.letrec<{ any: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(undefined, null, true, false, Number.NaN, -0, Infinity, -Infinity),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((u) => String.fromCharCode(u)) }),
    fc.uint8Array(),
    fc.date({ noInvalidDate: false }),
  ),
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('any')),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '1')),
      tie('any'),
    ),
    fc.array(fc.tuple(tie('leaf'), tie('any'))).map((entries) => new Map(entries)),
    fc.array(tie('any')).map((items) => new Set(items)),
    fc
      .tuple(fc.constantFrom('Error', 'TypeError', 'KeyError'), fc.string(), tie('any'))
      .map(([name, message, cause]) => namedError(name, message, cause)),
  ),
})).any;

function namedError(name: string, message: string, cause?: unknown): Error {
  const error =
    name === 'TypeError' ? new TypeError(message, { cause }) : new Error(message, { cause });
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name });
  return error;
}

function roundTrip(sent: unknown): unknown {
  return decodeValue(encodeValue(sent, 'value'));
}

function refusal(sent: unknown): string {
  try {
    encodeValue(sent, 'arguments[0]');
  } catch (error) {
    ok(error instanceof ConCoordError, String(error));
    equal(error.code, 'INVALID_VALUE');
    return error.message;
  }
  return 'nothing was refused';
}

test('every value arrives as it was sent, and equal values have equal bytes', () => {
  fc.assert(
    fc.property(value, (sent) => {
      const bytes = encodeValue(sent, 'value');

      const received = decodeValue(bytes);

      deepEqual(received, sent);
      deepEqual(encodeValue(received, 'value'), bytes);
    }),
    { numRuns: 500 },
  );
});

test('numbers at every edge arrive exactly', () => {
  const edges = [0, -0, 1, -1, 63, 64, -64, -65, 2 ** 31, -(2 ** 31), 2 ** 52 - 1, 2 ** 52];
  edges.push(
    -(2 ** 52),
    -(2 ** 52) - 1,
    2 ** 53,
    -(2 ** 53),
    2 ** 63,
    0.1,
    5e-324,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
  );

  const received = edges.map(roundTrip);

  ok(edges.every((edge, index) => Object.is(edge, received[index])));
});

test('bigints of up to 2048 bytes arrive exactly', () => {
  for (const bits of [0n, 1n, 7n, 8n, 64n, 1000n, 16_383n]) {
    for (const sent of [(1n << bits) - 1n, 1n << bits, -(1n << bits)]) equal(roundTrip(sent), sent);
  }
  const largest = (1n << 16_384n) - 1n;
  equal(roundTrip(-largest), -largest);
});

test('larger bigints are refused on both sides, since work with them cannot be interrupted', () => {
  for (const sent of [1n << 16_384n, -(1n << 16_384n), 1n << 10_000_000n]) {
    throws(() => encodeValue(sent, 'value'), {
      code: 'INVALID_VALUE',
      message: /bigint of more than 2048 bytes/,
    });
  }
  // Tag, varint 2049, and the bytes.
  const given = Uint8Array.from([7, 0x81, 0x10, ...Array<number>(2049).fill(1)]);
  throws(() => decodeValue(given), /MalformedBytes: a bigint of 2049 bytes/);
});

test('strings arrive unit for unit: byte order marks, lone surrogates, long ones', () => {
  const texts = ['', '\ufeffa', '\u{10ffff}', 'ä'.repeat(63), '\u0000', 'x'.repeat(5000)];
  texts.push('\ud800', 'a\udc00b', '\udfff'.repeat(9000), `${'x'.repeat(100)}\ud83d`);

  for (const text of texts) equal(roundTrip(text), text);
});

test('what a collection or date holds is sent, and not what its own properties say', () => {
  const map = Object.defineProperty(new Map([[1, 2]]), 'size', { value: 7 });
  const set = Object.defineProperty(new Set([1]), Symbol.iterator, {
    value: () => ({ next: () => ({ done: false, value: 1 }) }),
  });
  const date = Object.defineProperty(new Date(5), 'getTime', { value: () => 6 });

  deepEqual(roundTrip(map), new Map([[1, 2]]));
  deepEqual(roundTrip(set), new Set([1]));
  deepEqual(roundTrip(date), new Date(5));
  const bytes = Object.defineProperty(new Uint8Array(3), 'length', { value: 100 });
  throws(() => roundTrip(bytes), { code: 'INVALID_VALUE' });
});

test('a key called __proto__ arrives as an own property and changes no prototype', () => {
  const sent = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": 2}');

  const received = roundTrip(sent) as Record<string, unknown>;

  deepEqual(Object.keys(received), ['__proto__', 'constructor', 'toString']);
  equal(Object.getPrototypeOf(received), Object.prototype);
  equal((received as { polluted?: boolean }).polluted, undefined);
  equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('an object without a prototype stays one', () => {
  const received = roundTrip(Object.assign(Object.create(null), { a: 1, __proto__: 2 })) as object;

  equal(Object.getPrototypeOf(received), null);
});

test('a Buffer is bytes; what arrives is a Uint8Array of its own', () => {
  const bytes = encodeValue(Buffer.from('abc'), 'value');

  const received = decodeValue(Buffer.from(bytes)) as Uint8Array;
  bytes.fill(0);

  equal(Object.getPrototypeOf(received), Uint8Array.prototype);
  deepEqual(received, Uint8Array.of(97, 98, 99));
  equal(received.byteOffset, 0);
});

test('an error arrives with its class, name, message and cause', () => {
  const sent = new RangeError('too far', { cause: new Map([['a', namedError('KeyError', 'k')]]) });

  const received = roundTrip(sent) as RangeError;

  ok(received instanceof RangeError);
  equal(received.message, 'too far');
  equal((received.cause as Map<string, Error>).get('a')?.name, 'KeyError');
  deepEqual(Object.keys(received), []);
});

test('what is not plain data is refused with the path to it', () => {
  class Account {
    balance = 0;
  }
  const deep = { items: [1, 2, 3, { callback: (): void => {} }] };

  equal(refusal(deep), 'arguments[0].items[3].callback is a function');
  equal(refusal(Symbol('s')), 'arguments[0] is a symbol');
  equal(refusal([new Account()]), 'arguments[0][0] is an instance of Account');
  equal(refusal({ 'a b': new WeakMap() }), 'arguments[0]["a b"] is an instance of WeakMap');
  equal(
    refusal(new Map([[{}, new Float64Array(1)]])),
    'arguments[0]<value 0> is an instance of Float64Array',
  );
  equal(refusal(new Map([[Object(1), 1]])), 'arguments[0]<key 0> is an instance of Number');
  equal(
    refusal(new Set([0, new (class extends Map {})()])),
    'arguments[0]<item 1> is an instance of a nameless class',
  );
  equal(refusal(new Error('e', { cause: { f: refusal } })), 'arguments[0].cause.f is a function');
  equal(
    refusal({
      get x(): number {
        return 1;
      },
    }),
    'arguments[0].x is an accessor',
  );
  equal(refusal({ y: { [Symbol.iterator]: 1 } }), 'arguments[0].y has a symbol for a key');
  equal(refusal(Object.assign([], { 2: 'c' })), 'arguments[0][0] is a hole in an array');
  equal(
    refusal(Object.assign([], { length: 2 ** 32 - 1 })),
    'arguments[0][0] is a hole in an array',
  );
  equal(refusal(Promise.resolve(1)), 'arguments[0] is an instance of Promise');
});

test('an object that only borrows a prototype is refused', () => {
  for (const type of [Map, Set, Date, Uint8Array, Array]) {
    equal(refusal(Object.create(type.prototype)), `arguments[0] is an instance of ${type.name}`);
  }
});

test('an error whose name cannot be read is refused', () => {
  const nameless = Object.defineProperty(new Error('m'), 'name', { value: Object.create(null) });

  equal(refusal([nameless]), 'arguments[0][0] is an unreadable error');
});

test('a cycle is refused with the path on which it closes', () => {
  const list: unknown[] = [];
  list.push(new Map([['self', { list }]]));

  equal(refusal(list), 'arguments[0][0]<value 0>.list is part of itself: a cycle');
});

test('an object reached on two ways is copied, or refused where it would be another state', () => {
  const shared = { a: 1 };
  const both = { left: shared, right: [shared] };

  deepEqual(roundTrip(both), both);
  throws(
    () => encodeValue(both, 'state', { maxBytes: 1000, sharing: 'refused' }),
    /state\.right\[0\] is reached on two ways/,
  );
  const date = new Date(0);
  throws(
    () => encodeValue([date, date], 'state', { maxBytes: 1000, sharing: 'refused' }),
    /state\[1\] is reached on two ways/,
  );
});

test('nesting is bounded, on both sides', () => {
  const nest = (levels: number): unknown => {
    let nested: unknown = 1;
    for (let level = 0; level < levels; level++) nested = [nested];
    return nested;
  };

  deepEqual(roundTrip(nest(limits.MAX_VALUE_DEPTH)), nest(limits.MAX_VALUE_DEPTH));
  ok(refusal(nest(limits.MAX_VALUE_DEPTH + 1)).endsWith('is nested deeper than 200 levels'));
  const deeper = new Uint8Array(200_000).fill(0x0e).map((tag, at) => (at % 2 === 0 ? tag : 1));
  throws(() => decodeValue(deeper), /MalformedBytes: nested too deeply/);
});

test('the number of errors is bounded, on both sides', () => {
  const errors = Array.from({ length: MAX_ERRORS + 1 }, () => new Error(''));
  const bytes = encodeValue(errors.slice(1), 'value');
  const one = encodeValue(new Error(''), 'value');

  equal((decodeValue(bytes) as Error[]).length, MAX_ERRORS);
  equal(refusal(errors), `arguments[0][${MAX_ERRORS}] is one of more than ${MAX_ERRORS} errors`);
  const more = new Uint8Array([0x0e, 0x81, 0x08, ...bytes.subarray(3), ...one]);
  throws(() => decodeValue(more), /MalformedBytes: more than 1024 errors/);
});

test('shared objects that would be endlessly many bytes are stopped at the bound', () => {
  let doubled: unknown = 'x'.repeat(100);
  for (let level = 0; level < 100; level++) doubled = [doubled, doubled];

  throws(() => encodeValue(doubled, 'value'), { name: 'ConCoordError', code: 'TOO_LARGE' });
  throws(() => encodeValue('x'.repeat(2 ** 21), 'value'), { code: 'TOO_LARGE' });
  throws(() => encodeValue('\ud800'.repeat(2 ** 20), 'value'), { code: 'TOO_LARGE' });
  throws(() => encodeValue(new Uint8Array(2 ** 21), 'value'), { code: 'TOO_LARGE' });
});

test('a value has one form: another one is malformed', () => {
  const hex: Record<string, string> = {
    'an integer as a float': '05000000000000f03f',
    'NaN as a float': '05000000000000f87f',
    'a varint with a needless byte': '048000',
    'a bigint with a leading zero': '07020100',
    'a negative zero bigint': '0800',
    'a well-formed string as UTF-16': '0a016100',
    'a lone surrogate as UTF-8': '0903eda080',
    'an overlong zero': '0902c080',
    'a fractional date': '0c000000000000e03f',
    'a date out of range': '0cffffffffffffef7f',
    'a key twice': '0f020901610009016100',
    '__proto__ twice': '0f0209095f5f70726f746f5f5f0009095f5f70726f746f5f5f00',
    'a number for a key': '0f01040200',
    'a map key twice': '110204020004020',
    'a set item twice': '120204020402',
    'an unknown tag': '15',
    'bytes behind the end': '0000',
    nothing: '',
    'a count beyond the end': '0effffffffffffff0f',
  };

  for (const [what, digits] of Object.entries(hex)) {
    throws(() => decodeValue(Buffer.from(digits, 'hex')), MalformedBytes, what);
  }
});

test('damaged and invented bytes are malformed, or a value, and nothing else', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  const damaged = fc.tuple(value, damage, fc.nat()).map(([sent, changes, cut]) => {
    const bytes = encodeValue(sent, 'value').slice();
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return bytes.subarray(0, cut % 4 === 0 ? cut % bytes.length : bytes.length);
  });

  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), (bytes) => {
      let received: unknown;
      try {
        received = decodeValue(bytes);
      } catch (error) {
        ok(error instanceof MalformedBytes, String(error));
        return;
      }
      // Whatever can be read can be sent on, and arrives as the same.
      deepEqual(roundTrip(received), received);
    }),
    { numRuns: 3000 },
  );
  deepEqual(Object.keys(Object.prototype), []);
});
