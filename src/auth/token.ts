import { createHash, createHmac, scrypt, timingSafeEqual } from 'node:crypto';
import { ConCoordError } from '../base/index.ts';

/** More than any random token has; a file that is larger was named by mistake. */
export const MAX_TOKEN_BYTES = 1024;

/**
 * Tokens may be words that people made up. A guess has to cost something to whoever has read a data directory
 * or listened to the network: about 0.1 s, and 32 MiB.
 */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 } as const;
const KEY_BYTES = 32;

/** Keys of a process that are kept, since each costs so much. Many proxies share one. */
const MAX_KEYS = 64;
const keys = new Map<string, Promise<TokenKey>>();

/**
 * What calls, commands and replicas of an instance have in common. It never leaves this object: not by
 * printing it, not in a file, and not over the network.
 */
export class Token {
  readonly #text: string;

  /** @throws ConCoordError `INVALID_ARGUMENT`, which does not say what was given. */
  constructor(text: string) {
    if (text === '') throw new ConCoordError('INVALID_ARGUMENT', 'the token is empty');
    if (Buffer.byteLength(text) > MAX_TOKEN_BYTES) {
      const message = `the token is longer than ${MAX_TOKEN_BYTES} bytes`;
      throw new ConCoordError('INVALID_ARGUMENT', message);
    }
    this.#text = text;
  }

  /** What stands for the token in one instance. The first time it takes a while, on another thread. */
  keyFor(instance: string): Promise<TokenKey> {
    const name = `${instance} ${createHash('sha256').update(this.#text).digest('hex')}`;
    const known = keys.get(name);
    if (known !== undefined) return known;
    const key = new Promise<TokenKey>((resolve, reject) => {
      scrypt(this.#text, Buffer.from(instance, 'hex'), KEY_BYTES, COST, (error, bytes) => {
        if (error === null) resolve(new TokenKey(bytes));
        else reject(error);
      });
    });
    keys.set(name, key);
    // Without memory for it, the next one may succeed.
    key.catch(() => keys.delete(name));
    for (const oldest of keys.keys()) {
      if (keys.size <= MAX_KEYS) break;
      keys.delete(oldest);
    }
    return key;
  }
}

/** Made of a token, with the instance as salt. Whoever has it can do what whoever has the token can do. */
export class TokenKey {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** What may be kept: it tells whether a token is the right one, and opens nothing by itself. */
  get hash(): string {
    return this.#mac('ConCoord token, kept').toString('hex');
  }

  matches(hash: string): boolean {
    return equal(this.#mac('ConCoord token, kept'), Buffer.from(hash, 'hex'));
  }

  /** Shows to whoever made up the nonce that the sender of this hello has the token. */
  prove(nonce: Uint8Array, hello: Uint8Array): Uint8Array {
    return new Uint8Array(this.#mac('ConCoord hello, proven', nonce, hello));
  }

  verifies(proof: Uint8Array, nonce: Uint8Array, hello: Uint8Array): boolean {
    return equal(this.#mac('ConCoord hello, proven', nonce, hello), proof);
  }

  /** The nonce has always the same length, so parts cannot be shifted into one another. */
  #mac(purpose: string, ...parts: readonly Uint8Array[]): Buffer {
    const mac = createHmac('sha256', this.#bytes).update(`${purpose}\0`);
    for (const part of parts) mac.update(part);
    return mac.digest();
  }
}

/** In a time that does not tell where they differ. */
function equal(expected: Uint8Array, given: Uint8Array): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given);
}
