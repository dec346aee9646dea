import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ByteWriter, limits, MalformedBytes } from '../base/index.ts';
import { decodeCommand, decodeResult, encodeCommand, encodeResult } from './call.ts';
import type { CallResult } from './call.ts';
import { writeText } from './text.ts';

test('a command brings the name of the method and its arguments', () => {
  const command = encodeCommand('increment', [1, 'two', { three: [3n] }, undefined]);

  deepEqual(decodeCommand(command), {
    method: 'increment',
    args: [1, 'two', { three: [3n] }, undefined],
  });
});

test('every outcome of a call arrives as it was', () => {
  const outcomes: CallResult[] = [
    { kind: 'returned', value: undefined },
    { kind: 'returned', value: new Map([['a', -0]]) },
    { kind: 'thrown', name: 'KeyError', message: 'no such key' },
    { kind: 'thrown', name: 'Error', message: '', value: undefined },
    { kind: 'thrown', name: 'Error', message: 'm', value: [1] },
    { kind: 'refused', code: 'NO_SUCH_METHOD', message: 'Counter has no method "x"' },
    { kind: 'notRead' },
  ];

  for (const outcome of outcomes) deepEqual(decodeResult(encodeResult(outcome)), outcome);
});

test('an argument that cannot be sent is refused with its path', () => {
  throws(() => encodeCommand('put', [1, { f: [() => 0] }]), {
    code: 'INVALID_VALUE',
    message: 'arguments[1].f[0] is a function',
  });
});

test('commands and results are bounded, also by what the method or the error is called', () => {
  const large = new Uint8Array(limits.MAX_COMMAND_BYTES - 1100);
  const long = 'ü'.repeat(100_000);

  ok(encodeCommand('put', [large]).length <= limits.MAX_COMMAND_BYTES);
  throws(() => encodeCommand('put', [large, large]), { code: 'TOO_LARGE' });
  throws(() => encodeCommand(long, []), { code: 'TOO_LARGE' });
  throws(() => encodeResult({ kind: 'returned', value: [large, large] }), { code: 'TOO_LARGE' });
  throws(() => encodeResult({ kind: 'thrown', name: long, message: long, value: large }), {
    code: 'TOO_LARGE',
  });
});

test('a long message of an error is cut, so that the error still arrives', () => {
  const thrown = { kind: 'thrown', name: 'Error', message: 'x'.repeat(2_000_000) } as const;

  const received = decodeResult(encodeResult(thrown));

  equal(received.kind === 'thrown' && received.message.length, 16 * 1024 + 1);
});

test('an error code of a later version keeps its message', () => {
  const writer = new ByteWriter().u8(1).u8(3);
  writeText(writer, 'NEW_TROUBLE');
  writeText(writer, 'explained');

  deepEqual(decodeResult(writer.finish()), {
    kind: 'refused',
    code: 'PROTOCOL',
    message: 'NEW_TROUBLE: explained',
  });
});

test('a call of another version, or with bytes behind its end, is malformed', () => {
  const command = encodeCommand('m', []);
  const result = encodeResult({ kind: 'notRead' });

  throws(() => decodeCommand(Uint8Array.of(2, ...command.subarray(1))), MalformedBytes);
  throws(() => decodeCommand(Uint8Array.of(...command, 0)), MalformedBytes);
  throws(() => decodeResult(Uint8Array.of(2, ...result.subarray(1))), MalformedBytes);
  throws(() => decodeResult(Uint8Array.of(1, 9)), MalformedBytes);
  throws(() => decodeResult(new Uint8Array()), MalformedBytes);
});

test('encoding inside of encoding is possible: a trap may do it', () => {
  const sent = new Proxy(
    { inner: 1 },
    {
      ownKeys: (target) => {
        encodeCommand('inside', [1, 2, 3]);
        return Reflect.ownKeys(target);
      },
    },
  );

  const command = encodeCommand('outside', ['before', sent, 'behind']);

  deepEqual(decodeCommand(command).args, ['before', { inner: 1 }, 'behind']);
});

test('an encoder that threw leaves nothing behind for the next one', () => {
  throws(() => encodeCommand('bad', ['some text', () => 0]));

  deepEqual(decodeCommand(encodeCommand('good', [1])), { method: 'good', args: [1] });
});

test('a method is called by its own name, whatever names were read before', () => {
  // Alike in their length and some letters: they share a place among the known ones.
  const name = fc.oneof(
    fc.constantFrom('', 'get', 'git', 'got', 'increment', 'incremeat', 'ünïcödé', 'a'.repeat(400)),
    fc.string({ maxLength: 20, unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(fc.array(name), fc.nat(), (names, cut) => {
      for (const method of names) {
        const bytes = encodeCommand(method, [1]);
        equal(decodeCommand(bytes).method, method);
        throws(() => decodeCommand(bytes.subarray(0, cut % bytes.length)), MalformedBytes);
      }
    }),
  );
});
