import { DBlockingQueue } from './blocking-queue.ts';
import { DBarrier } from './barrier.ts';
import { DCondition, Return } from './condition.ts';
import { DCountdownLatch, DEvent } from './event.ts';
import { DLeaderElection } from './leader-election.ts';
import { DLock, DRLock } from './lock.ts';
import { Queue } from './queue.ts';
import { DReadWriteLock } from './read-write-lock.ts';
import { DBoundedSemaphore, DSemaphore } from './semaphore.ts';

export type {
  AcquireOptions,
  CampaignOptions,
  CountOptions,
  OwnerOptions,
  PermitOptions,
  ReleaseOptions,
  WaitOptions,
} from './arguments.ts';
export { readWait } from './arguments.ts';
export type { Leader } from './leader-election.ts';
export type { SemaphoreOptions } from './semaphore.ts';
export {
  DBarrier,
  DBlockingQueue,
  DBoundedSemaphore,
  DCondition,
  DCountdownLatch,
  DEvent,
  DLeaderElection,
  DLock,
  DReadWriteLock,
  DRLock,
  DSemaphore,
  Queue,
};

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
  ['threading.DEvent', DEvent],
  ['threading.DCountdownLatch', DCountdownLatch],
  ['threading.DReadWriteLock', DReadWriteLock],
  ['threading.DLeaderElection', DLeaderElection],
  ['threading.DBlockingQueue', DBlockingQueue],
];
