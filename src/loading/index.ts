export { decodeBundle, digestBundle, encodeBundle } from './bundle.ts';
export type { Bundle } from './bundle.ts';
export { findSource, splitSearchPath } from './find.ts';
export type { SearchPlaces, Source } from './find.ts';
export { instrument } from './instrument.ts';
export { loadClass } from './load.ts';
export { realmText } from './realm-text.ts';
