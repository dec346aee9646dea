import type { Token } from './token.ts';

export const NONCE_BYTES = 32;

/** What a replica answers to a hello when it asks for a token. */
export interface ChallengeFacts {
  readonly instance: string;
  readonly nonce: Uint8Array;
}

/** The proof for whoever asks for one: empty without a token, so that it is the replica who refuses. */
export async function answerChallenge(
  token: Token | undefined,
  { instance, nonce }: ChallengeFacts,
  hello: Uint8Array,
): Promise<Uint8Array> {
  if (token === undefined) return new Uint8Array(0);
  return (await token.keyFor(instance)).prove(nonce, hello);
}
