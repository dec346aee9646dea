export type { AcquireOptions, CountOptions, OwnerOptions, WaitOptions } from './arguments.ts';
export { DBarrier } from './barrier.ts';
export { DCondition } from './condition.ts';
export { DLock, DRLock } from './lock.ts';
export { DBoundedSemaphore, DSemaphore } from './semaphore.ts';
export type { SemaphoreOptions } from './semaphore.ts';
