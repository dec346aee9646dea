/**
 * The client side of ConCoord: what `import … from 'concoord'` gives. Proxies of the ready-made objects
 * are under `concoord/proxy/<name>`; those of your own are
 * written by `concoord object`, or made by `connect`.
 */
export { ConCoordError, ConnectionError } from '../base/index.ts';
export type { ErrorCode, ErrorDetails, Outcome } from '../base/index.ts';
export {
  BrokenBarrierError,
  IndexError,
  KeyError,
  RuntimeError,
  ValueError,
} from '../object/index.ts';
export { connect } from './connect.ts';
export type { Remote } from './connect.ts';
export { AbortError } from './errors.ts';
export type { CallMode, CallOptions, HoldOptions, ProxyOptions, TlsOptions } from './options.ts';
export type { CallOutcome } from './outcome.ts';
export type { Held, HoldMethods } from './held.ts';
export {
  BareProxy,
  close,
  flush,
  hold,
  invoke,
  ObjectProxy,
  outcome,
  withOptions,
} from './proxy.ts';
