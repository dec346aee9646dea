import { randomBytes } from 'node:crypto';
import { NONCE_BYTES } from '../auth/index.ts';
import type { TokenKey } from '../auth/index.ts';
import type { Challenge, Refusal } from '../wire/index.ts';

/** Lets in whoever has the token of the instance: clients, operators and replicas alike. */
export class Guard {
  readonly #instance: string;
  readonly #key: TokenKey;

  constructor(instance: string, key: TokenKey) {
    this.#instance = instance;
    this.#key = key;
  }

  /** Another one for each connection: a proof that was overheard opens nothing. */
  challenge(): Challenge {
    return { instance: this.#instance, nonce: new Uint8Array(randomBytes(NONCE_BYTES)) };
  }

  /**
   * @param hello As it arrived: no byte of it may be changed on the way.
   * @returns undefined when whoever sent it has the token.
   */
  judge(hello: Uint8Array, { nonce }: Challenge, proof: Uint8Array): Refusal | undefined {
    if (this.#key.verifies(proof, nonce, hello)) return undefined;
    const message =
      proof.length === 0
        ? 'the instance asks for a token, and none was given'
        : 'the token that was given is not that of the instance';
    return { code: 'UNAUTHORIZED', message };
  }
}
