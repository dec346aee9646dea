import { deepEqual, doesNotMatch, doesNotThrow, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { answerChallenge, MAX_TOKEN_BYTES, NONCE_BYTES, Token, TokenKey } from './index.ts';

const INSTANCE = '00112233445566778899aabbccddeeff';
const OTHER = 'ffeeddccbbaa99887766554433221100';
const SECRET = 'correct horse battery staple';

test('the hash that is kept tells the token of an instance from every other', async () => {
  const key = await new Token(SECRET).keyFor(INSTANCE);

  equal((await new Token(SECRET).keyFor(INSTANCE)).matches(key.hash), true);
  equal((await new Token(`${SECRET} `).keyFor(INSTANCE)).matches(key.hash), false);
  equal((await new Token(SECRET).keyFor(OTHER)).matches(key.hash), false, 'it is salted');
  for (const hash of ['', 'zz', key.hash.slice(2)]) equal(key.matches(hash), false);
});

test('a hash that was read from a disk opens nothing', async () => {
  const nonce = new Uint8Array(NONCE_BYTES);
  const hello = Uint8Array.of(1, 2, 3);
  const key = await new Token(SECRET).keyFor(INSTANCE);

  const thief = new TokenKey(Buffer.from(key.hash, 'hex'));

  equal(key.verifies(thief.prove(nonce, hello), nonce, hello), false);
  const proof = await answerChallenge(new Token(SECRET), { instance: INSTANCE, nonce }, hello);
  equal(key.verifies(proof, nonce, hello), true);
  deepEqual(
    await answerChallenge(undefined, { instance: INSTANCE, nonce }, hello),
    new Uint8Array(),
  );
});

const KEY = fc.uint8Array({ minLength: 32, maxLength: 32 });
const NONCE = fc.uint8Array({ minLength: NONCE_BYTES, maxLength: NONCE_BYTES });

test('a proof is good for one key, one nonce and one hello, and not when it is damaged', () => {
  const cases = fc.record({ bytes: KEY, nonce: NONCE, hello: fc.uint8Array(), at: fc.nat() });
  fc.assert(
    fc.property(cases, ({ bytes, nonce, hello, at }) => {
      const flipped = (from: Uint8Array): Uint8Array =>
        from.with(at % from.length, (from[at % from.length] as number) ^ (1 << (at % 8)));
      const key = new TokenKey(bytes);
      const proof = key.prove(nonce, hello);

      equal(key.verifies(proof, nonce, hello), true);
      equal(key.verifies(flipped(proof), nonce, hello), false);
      equal(key.verifies(proof, flipped(nonce), hello), false);
      equal(key.verifies(proof, nonce, Uint8Array.of(...hello, 0)), false);
      equal(new TokenKey(flipped(bytes)).verifies(proof, nonce, hello), false);
      equal(key.verifies(proof.subarray(1), nonce, hello), false);
    }),
  );
});

test('a token is not shown by printing or serializing what holds it', async () => {
  const token = new Token(SECRET);
  const key = await token.keyFor(INSTANCE);

  for (const holder of [token, key, { token, key }]) {
    const inspected = inspect(holder, { depth: 9, showHidden: true });
    doesNotMatch(`${inspected} ${JSON.stringify(holder)}`, /horse/);
  }
});

test('a token has some length, and none that only a file named by mistake has', () => {
  throws(() => new Token(''), { code: 'INVALID_ARGUMENT', message: 'the token is empty' });
  throws(() => new Token('é'.repeat(MAX_TOKEN_BYTES / 2 + 1)), {
    code: 'INVALID_ARGUMENT',
    message: /^the token is longer than 1024 bytes$/,
  });
  doesNotThrow(() => new Token('é'.repeat(MAX_TOKEN_BYTES / 2)));
});
