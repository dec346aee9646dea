export { MAX_TOKEN_BYTES, Token, TokenKey } from './token.ts';
export { answerChallenge, NONCE_BYTES } from './challenge.ts';
export type { ChallengeFacts } from './challenge.ts';
