/** The ready-made objects whose calls may wait. */
import { SPECIAL_METHOD } from '../object/index.ts';
import type { ObjectType } from '../object/index.ts';
import { Barrier } from './barrier.ts';
import { BlockingQueue } from './blockingqueue.ts';
import { BoundedSemaphore } from './boundedsemaphore.ts';
import { Condition } from './condition.ts';
import { CountdownLatch } from './countdownlatch.ts';
import { Event } from './event.ts';
import { LeaderElection } from './leaderelection.ts';
import { Lock } from './lock.ts';
import { ReadWriteLock } from './readwritelock.ts';
import { RLock } from './rlock.ts';
import { Semaphore } from './semaphore.ts';

/**
 * Since 2, calls that end otherwise say what of them stands, and errors name the argument that they mean.
 * What is answered goes into digests: replicas of which some answer otherwise must not be in one instance.
 */
const VERSION = 2;

/**
 * @param waiting Those that get the command of their call, behind one argument, or as many as are said.
 * @param reads What can be asked without the log, beside the methods that every object has.
 */
function waitingType(
  name: string,
  construct: ObjectType['construct'],
  waiting: readonly (string | readonly [method: string, arguments: number])[],
  reads: readonly string[] = [],
  writes: readonly string[] = [],
): ObjectType {
  const shown = [SPECIAL_METHOD.text, SPECIAL_METHOD.representation];
  return {
    name: `concoord.object.${name}`,
    construct,
    methods: [
      ...waiting.map((method) => {
        const [called, commandAt] = typeof method === 'string' ? ([method, 1] as const) : method;
        return { name: called, read: false, commandAt };
      }),
      ...writes.map((method) => ({ name: method, read: false })),
      ...[...reads, ...shown].map((method) => ({ name: method, read: true })),
    ],
    version: VERSION,
  };
}

const GATE = ['acquire', 'release'];
const CONDITION = [...GATE, 'wait', 'notify', 'notify_all', 'notifyAll'];

export const WAITING_TYPES: readonly ObjectType[] = [
  waitingType('lock.Lock', Lock, GATE, ['locked']),
  waitingType('rlock.RLock', RLock, GATE, ['locked']),
  waitingType('semaphore.Semaphore', Semaphore, GATE),
  waitingType('boundedsemaphore.BoundedSemaphore', BoundedSemaphore, GATE),
  waitingType('condition.Condition', Condition, CONDITION, ['locked']),
  waitingType(
    'barrier.Barrier',
    Barrier,
    ['wait'],
    ['broken', 'n_waiting', 'parties'],
    ['reset', 'abort'],
  ),
  waitingType('event.Event', Event, ['wait'], ['isSet', 'is_set'], ['set', 'clear']),
  waitingType('countdownlatch.CountdownLatch', CountdownLatch, ['countDown', 'wait'], ['count']),
  waitingType(
    'readwritelock.ReadWriteLock',
    ReadWriteLock,
    ['acquireRead', 'releaseRead', 'acquireWrite', 'releaseWrite'],
    ['readers', 'written'],
  ),
  waitingType(
    'leaderelection.LeaderElection',
    LeaderElection,
    ['campaign', 'resign', ['observe', 2]],
    ['leader'],
  ),
  waitingType(
    'blockingqueue.BlockingQueue',
    BlockingQueue,
    [['put', 2], 'get', 'take', 'done', 'putBack'],
    ['qsize', 'empty', 'full', 'taken'],
  ),
];
