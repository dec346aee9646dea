/**
 * What is bundled into the classes of users together with the synchronization objects: nothing that needs
 * more of us than itself.
 */
export {
  BrokenBarrierError,
  IndexError,
  KeyError,
  RuntimeError,
  ValueError,
} from './error-classes.ts';
export { checkOptions, describe } from './arguments.ts';
export { BlockingReturn, isWaiting, UnblockingReturn } from './blocking.ts';
export type { BlockingOptions, Woken } from './blocking.ts';
export { roster } from './roster.ts';
export type { Place } from './roster.ts';
export type { CallerCommand } from './type.ts';
