export {
  BrokenBarrierError,
  IndexError,
  KeyError,
  reviveByName,
  reviveError,
  RuntimeError,
  ValueError,
} from './errors.ts';
export { Machine } from './machine.ts';
export { SPECIAL_METHOD } from './type.ts';
export type { CallContext, CallerCommand, ObjectMethod, ObjectType } from './type.ts';
