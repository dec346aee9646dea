/**
 * What object code may import as `concoord/object`. It is bundled into every class that uses it, so it must
 * bring nothing along.
 */
export {
  BlockingReturn,
  BrokenBarrierError,
  IndexError,
  isWaiting,
  KeyError,
  RuntimeError,
  UnblockingReturn,
  ValueError,
} from '../object/bundled.ts';
export type { BlockingOptions, CallerCommand as Command, Woken } from '../object/bundled.ts';
export type {
  AcquireOptions,
  CampaignOptions,
  CountOptions,
  Leader,
  OwnerOptions,
  PermitOptions,
  ReleaseOptions,
  SemaphoreOptions,
  WaitOptions,
} from './index.ts';
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
} from './index.ts';
