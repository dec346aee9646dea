import { equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Digest } from './digest.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('digests are the same today and in every later version: replicas of both compare them', () => {
  equal(new Digest().hex(), '9747b28c1b873593');
  equal(new Digest().word(1).hex(), '018a723e57999916');
  equal(new Digest().integer(2 ** 52 + 1).hex(), 'ed64a783e20755f2');
  equal(new Digest().bytes(bytes('')).hex(), '94885d156851c092');
  equal(new Digest().bytes(bytes('a')).hex(), '7bd6d98f4b06c037');
  equal(new Digest().bytes(bytes('The quick brown fox')).hex(), 'd0781d8889305343');
});

test('a digest goes on from what it printed', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
      const whole = new Digest().bytes(first).bytes(second);
      const halted = Digest.from(new Digest().bytes(first).hex()).bytes(second);

      return whole.hex() === halted.hex();
    }),
  );
});

test('reading a digest does not change it', () => {
  const digest = new Digest().word(5);
  const before = digest.hex();

  equal(digest.hex(), before);
});

test('every byte, every length and every order makes a difference', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (content, where, flip) => {
        const changed = content.slice();
        const at = where % content.length;
        changed[at] = (changed[at] as number) ^ flip;

        return new Digest().bytes(content).hex() !== new Digest().bytes(changed).hex();
      },
    ),
  );
  notEqual(
    new Digest().bytes(bytes('ab')).bytes(bytes('c')).hex(),
    new Digest().bytes(bytes('a')).bytes(bytes('bc')).hex(),
  );
  notEqual(
    new Digest().bytes(bytes('a')).bytes(bytes('b')).hex(),
    new Digest().bytes(bytes('b')).bytes(bytes('a')).hex(),
  );
  notEqual(
    new Digest().bytes(Uint8Array.of(0)).hex(),
    new Digest().bytes(Uint8Array.of(0, 0)).hex(),
  );
  notEqual(new Digest().integer(7).hex(), new Digest().integer(7 + 2 ** 32).hex());
});
