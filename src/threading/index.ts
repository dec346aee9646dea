import { DBarrier } from './barrier.ts';
import { DCondition, Return } from './condition.ts';
import { DLock, DRLock } from './lock.ts';
import { Queue } from './queue.ts';
import { DBoundedSemaphore, DSemaphore } from './semaphore.ts';

export type { AcquireOptions, CountOptions, OwnerOptions, WaitOptions } from './arguments.ts';
export type { SemaphoreOptions } from './semaphore.ts';
export { DBarrier, DBoundedSemaphore, DCondition, DLock, DRLock, DSemaphore };

/** Whatever a state can hold instances of, by the name that it has there for good. */
export const STATE_CLASSES: readonly (readonly [name: string, type: object])[] = [
  ['threading.Queue', Queue],
  ['threading.Return', Return],
  ['threading.DLock', DLock],
  ['threading.DRLock', DRLock],
  ['threading.DSemaphore', DSemaphore],
  ['threading.DBoundedSemaphore', DBoundedSemaphore],
  ['threading.DCondition', DCondition],
  ['threading.DBarrier', DBarrier],
];
