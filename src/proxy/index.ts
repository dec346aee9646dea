export { Barrier } from './barrier.ts';
export { BoundedSemaphore } from './boundedsemaphore.ts';
export { Condition } from './condition.ts';
export { Counter } from './counter.ts';
export { Lock } from './lock.ts';
export { RLock } from './rlock.ts';
export { Semaphore } from './semaphore.ts';
