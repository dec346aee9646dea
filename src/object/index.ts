export {
  BrokenBarrierError,
  IndexError,
  KeyError,
  RuntimeError,
  ValueError,
} from './error-classes.ts';
export { reviveByName, reviveError } from './errors.ts';
export { Machine, readCommand } from './machine.ts';
export type { ReadCommand } from './machine.ts';
export { now } from './now.ts';
export { SPECIAL_METHOD } from './type.ts';
export { blocking } from './blocking.ts';
export type { Blocking } from './blocking.ts';
export { keyOf, Roster } from './roster.ts';
export type {
  CallContext,
  CallerCommand,
  KeptState,
  ObjectMethod,
  ObjectType,
  StateKeeper,
} from './type.ts';
