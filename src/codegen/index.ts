export { findClassFile } from './find-source.ts';
export { writeObjectProxy } from './object-proxy.ts';
export type { ProxyOrder } from './object-proxy.ts';
export { PROXY_TYPES } from './proxy-type.ts';
export type { ProxyType } from './proxy-type.ts';
