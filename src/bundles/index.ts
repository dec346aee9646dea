export { archive, tar } from './archive.ts';
export type { Archive, Part } from './archive.ts';
export { CLIENT_BUILD, makeClientBundle } from './client-bundle.ts';
export type { ClientBundle } from './client-bundle.ts';
export { besideObjects, packObject, readPackedObject } from './packed-objects.ts';
export { findPlatform, ownPlatform, PLATFORMS } from './platforms.ts';
export type { Platform } from './platforms.ts';
export { makeServerBundle } from './server-bundle.ts';
export type { ServerBundle, ServerBundleOrder } from './server-bundle.ts';
