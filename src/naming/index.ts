/**
 * What users write to say where replicas are, and what the names in it lead to. Below the client and the
 * command line, which both need it.
 */
export { parseConnectString, showTarget } from './connect-string.ts';
export type { Target } from './connect-string.ts';
export { NameFailure } from './name-failure.ts';
export { Names } from './names.ts';
export type { Endpoint } from './names.ts';
export { isServerAddress } from './server-address.ts';
