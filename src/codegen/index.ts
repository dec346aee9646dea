export { findClassFile, isBuiltInClass } from './find-source.ts';
export { otherClasses, writeObjectProxy } from './object-proxy.ts';
export type { ProxyOrder } from './object-proxy.ts';
export { PROXY_TYPES } from './proxy-type.ts';
export type { ProxyType } from './proxy-type.ts';
