export { assert, AssertionError, present, unreachable } from './assert.ts';
export { ByteReader, ByteWriter, MalformedBytes } from './bytes.ts';
export { Digest } from './digest.ts';
export { ConCoordError, ConnectionError, ERROR_CATALOG } from './errors.ts';
export type { ErrorCode, ErrorDetails, Outcome } from './errors.ts';
export { Heap } from './heap.ts';
export * as limits from './limits.ts';
export { Random } from './random.ts';
