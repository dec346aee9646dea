import { deepEqual, equal, notDeepEqual, notEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AssertionError, limits, MalformedBytes } from '../base/index.ts';
import { decodeBundle, encodeBundle, hashSources, isMethodName } from './bundle.ts';
import type { Bundle } from './bundle.ts';

const BUNDLE: Bundle = {
  format: 1,
  name: 'bank.Bänk',
  hash: hashSources('Bank', 'class Bank {}'),
  code: '"use strict"; return { ["Bank"]: class {} }; // ✓',
  methods: [
    { name: 'deposit', read: false },
    { name: 'größe', read: true },
    { name: 'lock', read: false, commandAt: 300 },
    { name: '__str__', read: true },
  ],
};

test('a bundle comes back as it was, and its bytes are always the same', () => {
  deepEqual(decodeBundle(encodeBundle(BUNDLE)), BUNDLE);
  deepEqual(encodeBundle(BUNDLE), encodeBundle(decodeBundle(encodeBundle(BUNDLE))));
});

test('bytes that are damaged anywhere, or cut, are refused', () => {
  const bytes = encodeBundle(BUNDLE);

  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    throws(() => decodeBundle(damaged), MalformedBytes);
    throws(() => decodeBundle(bytes.subarray(0, at)), MalformedBytes);
  }
  throws(() => decodeBundle(Uint8Array.of(...bytes, 0)), MalformedBytes);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      throws(() => decodeBundle(noise), MalformedBytes);
    }),
  );
});

test('methods that nobody may call, or twice the same, are refused', () => {
  for (const name of ['constructor', 'then', 'toString', '__proto__', '__concoordinit__', '']) {
    equal(isMethodName(name), false);
    const forged = encodeBundle({ ...BUNDLE, methods: [{ name, read: true }] });
    throws(() => decodeBundle(forged), MalformedBytes);
  }
  const twice = [BUNDLE.methods, BUNDLE.methods].flat();
  throws(() => decodeBundle(encodeBundle({ ...BUNDLE, methods: twice })), MalformedBytes);
  throws(() => decodeBundle(encodeBundle({ ...BUNDLE, name: '' })), MalformedBytes);
});

test('a bundle from before methods had a command is read as it was written', () => {
  const before = [
    '0103612e4187c7567107483d30d6903f5370fffee21ec5dc1ffff3cc05fa141eb1fa2fee2e0203676574010373',
    '6574000972657475726e207b7db15947ddf3dcc8abf1d66996223738c260034644c565adc8819b3a130bb72f8d',
  ].join('');
  const bundle = decodeBundle(Buffer.from(before, 'hex'));

  deepEqual(bundle.methods, [
    { name: 'get', read: true },
    { name: 'set', read: false },
  ]);
  equal(Buffer.from(encodeBundle(bundle)).toString('hex'), before);
});

test('a method that takes its command is no read, and has no more parameters than functions have', () => {
  const method = { name: 'lock', read: false, commandAt: 65_535 };
  deepEqual(decodeBundle(encodeBundle({ ...BUNDLE, methods: [method] })).methods, [method]);

  const forged = { ...BUNDLE, methods: [{ ...method, commandAt: 65_536 }] };
  throws(() => decodeBundle(encodeBundle(forged)), MalformedBytes);
  throws(() => encodeBundle({ ...BUNDLE, methods: [{ ...method, read: true }] }), AssertionError);
});

test('a bundle that is too large is refused on both sides', () => {
  const code = ' '.repeat(limits.MAX_BUNDLE_BYTES);

  throws(() => encodeBundle({ ...BUNDLE, code }), { code: 'TOO_LARGE' });
  throws(() => decodeBundle(new Uint8Array(limits.MAX_BUNDLE_BYTES + 1)), MalformedBytes);
});

test('the hash says which class is meant, and the bytes what its code is', () => {
  notEqual(hashSources('A', 'text'), hashSources('B', 'text'));
  notEqual(hashSources('A', 'text'), hashSources('A', 'text '));
  const methods = [{ name: 'deposit', read: true }];
  deepEqual(encodeBundle(BUNDLE), encodeBundle({ ...BUNDLE }));
  notDeepEqual(encodeBundle(BUNDLE), encodeBundle({ ...BUNDLE, code: 'other' }));
  notDeepEqual(encodeBundle(BUNDLE), encodeBundle({ ...BUNDLE, methods }));
});
