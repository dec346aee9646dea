export { ABSENT, FOREIGN, LOCALE_METHODS, WORDS } from './absent.ts';
export {
  BLOCKING_EXPORT,
  decodeResults,
  encodeCalls,
  encodeReads,
  KILLED,
  readCalls,
} from './batch.ts';
export type { BatchResults, Call } from './batch.ts';
export type { Manifest } from './dispatcher.ts';
export type { RealmFunctions, SharingRealm } from './main.ts';
