export { ABSENT, FOREIGN, LOCALE_METHODS, WORDS } from './absent.ts';
export { BLOCKING_EXPORT, decodeResults, encodeCalls, encodeReads, KILLED } from './batch.ts';
export type { BatchResults, Call } from './batch.ts';
export type { Manifest } from './dispatcher.ts';
export type { RealmFunctions } from './main.ts';
