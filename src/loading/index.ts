export { decodeBundle, encodeBundle } from './bundle.ts';
export type { Bundle } from './bundle.ts';
export { endBundler } from './bundler.ts';
export { refuseDeepSyntax } from './depth-guard.ts';
export { findSource, splitSearchPath } from './find.ts';
export type { SearchPlaces, Source } from './find.ts';
export { instrument } from './instrument.ts';
export { loadClass, readClass } from './load.ts';
export type { LoadedClass } from './load.ts';
export type { ClassMember } from './manifest.ts';
export { realmText } from './realm-text.ts';
export { findScopes } from './scopes.ts';
export type { Binding, Reference, Scope, Scopes } from './scopes.ts';
export { readSourceTexts } from './source-text.ts';
export type { SourceText } from './source-text.ts';
export {
  childrenOf,
  isClass,
  isFunction,
  keyName,
  parse,
  positionAt,
  tooDeep,
  walk,
} from './syntax.ts';
export type { Node, Program } from './syntax.ts';
