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
export { SPECIAL_METHOD } from './type.ts';
export type { CallContext, CallerCommand, ObjectMethod, ObjectType } from './type.ts';
