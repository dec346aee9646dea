import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { present } from '../base/index.ts';
import { Machine, reviveByName } from '../object/index.ts';
import type { CallContext, ObjectType } from '../object/index.ts';
import { readOutcome } from '../paxos/outcome.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import { findBuiltIn } from './registry.ts';
import { WAITING_TYPES } from './waiting-types.ts';

function typeOf(name: string): ObjectType {
  return present(findBuiltIn(`concoord.object.${name}`), name);
}

/** An object behind bytes, and its calls. */
class Calls {
  readonly machine: Machine;
  slot = 0;
  /** What callers got that had waited, by session and sequence number. */
  readonly woken: unknown[] = [];

  constructor(name: string) {
    this.machine = new Machine(typeOf(name));
  }

  context(session: number, sequence: number): CallContext {
    this.slot++;
    return { time: this.slot, seed: 0, session, sequence, slot: this.slot, index: 0 };
  }

  /** Its result; 'waits', or the error as `name: message`. */
  call(session: number, method: string, ...args: unknown[]): unknown {
    const context = this.context(session, this.slot);
    const bytes = this.machine.apply(encodeCommand(method, args), context);
    const outcome = readOutcome(bytes);
    for (const { sequence, result } of outcome?.woken ?? []) {
      this.woken.push([sequence, valueOf(result)]);
    }
    if (outcome?.waitsMs !== undefined) return 'waits';
    return valueOf(outcome?.result ?? bytes);
  }
}

function valueOf(bytes: Uint8Array): unknown {
  const result = decodeResult(bytes, reviveByName);
  if (result.kind === 'returned') return result.value;
  return result.kind === 'thrown' ? `${result.name}: ${result.message}` : result.kind;
}

test('a semaphore is asked and shown as in the tutorial of the original', () => {
  const calls = new Calls('semaphore.Semaphore');
  equal(calls.call(1, 'acquire'), true);
  equal(calls.call(1, '__repr__'), '<DSemaphore count=0>');
  equal(calls.call(1, 'release'), undefined);
  equal(calls.call(1, '__repr__'), '<DSemaphore count=1>');
  equal(calls.call(1, '__concoordinit__', 2, { leased: false }), undefined);
  equal(calls.call(1, '__str__'), '<DSemaphore count=2>');
  equal(calls.call(1, '__concoordinit__', -1), 'ValueError: semaphore initial value must be >= 0');
});

test('each of the others is asked as its class says', () => {
  const bounded = new Calls('boundedsemaphore.BoundedSemaphore');
  equal(bounded.call(1, 'release'), 'ValueError: Semaphore released too many times');
  equal(bounded.call(1, '__repr__'), '<DBoundedSemaphore count=1 init=1>');

  const lock = new Calls('lock.Lock');
  equal(lock.call(3, 'acquire', { owner: 'flow-1' }), true);
  equal(lock.call(3, 'acquire', { blocking: false }), false);
  equal(lock.call(4, 'acquire', { timeoutMs: 100 }), 'waits');
  equal(lock.call(3, '__repr__'), '<DLock owner=3/flow-1>');
  equal(lock.call(3, 'release'), 'RuntimeError: cannot release un-acquired lock');
  equal(lock.call(3, 'release', { owner: 'flow-1' }), undefined);
  equal(lock.call(3, 'locked'), true);
  deepEqual(lock.woken, [[2, true]]);

  const rlock = new Calls('rlock.RLock');
  equal(rlock.call(1, 'acquire') === true && rlock.call(1, 'acquire'), true);
  equal(rlock.call(1, '__str__'), '<DRLock owner=1 count=2>');
  equal(rlock.call(1, 'locked'), true);

  const barrier = new Calls('barrier.Barrier');
  barrier.call(1, '__concoordinit__', 2);
  equal(barrier.call(1, 'wait'), 'waits');
  deepEqual([barrier.call(1, 'parties'), barrier.call(1, 'n_waiting')], [2, 1]);
  equal(barrier.call(2, 'wait'), 1);
  deepEqual(barrier.woken, [[1, 0]]);
  barrier.call(1, 'abort');
  equal(barrier.call(1, 'broken'), true);
  ok(String(barrier.call(1, 'wait')).startsWith('BrokenBarrierError: '));
  barrier.call(1, 'reset');
  equal(barrier.call(1, '__repr__'), '<DBarrier parties=2 waiting=0>');
});

test('a condition gives its lock back and forth', () => {
  const calls = new Calls('condition.Condition');
  equal(calls.call(1, 'wait'), 'RuntimeError: cannot wait on un-acquired lock');
  for (const session of [1, 2, 3]) {
    equal(calls.call(session, 'acquire'), true);
    equal(calls.call(session, 'wait'), 'waits');
  }
  calls.call(4, 'acquire');
  equal(calls.call(4, 'notify'), undefined);
  equal(calls.call(4, '__repr__'), '<DCondition(<DRLock owner=4 count=1>, 2)>');
  equal(calls.call(4, 'notifyAll'), undefined);
  equal(calls.call(4, 'notify_all'), undefined);
  for (const session of [4, 1, 2]) calls.call(session, 'release');
  deepEqual(
    calls.woken.map((woken) => (woken as unknown[])[1]),
    [true, true, true],
  );
  equal(calls.call(3, 'locked'), true);
});

test('those of ours alone are asked as their classes say', () => {
  const event = new Calls('event.Event');
  equal(event.call(1, 'wait'), 'waits');
  equal(event.call(2, 'set'), undefined);
  deepEqual([event.call(1, 'isSet'), event.call(1, 'is_set')], [true, true]);
  event.call(1, 'clear');
  equal(event.call(1, '__repr__'), '<DEvent unset waiting=0>');

  const latch = new Calls('countdownlatch.CountdownLatch');
  latch.call(1, '__concoordinit__', 2);
  equal(latch.call(1, 'wait', { timeoutMs: 5 }), 'waits');
  deepEqual([latch.call(2, 'countDown'), latch.call(2, 'count')], [1, 1]);
  equal(latch.call(2, 'countDown', { n: 1 }), 0);
  deepEqual(
    [...event.woken, ...latch.woken],
    [
      [0, true],
      [1, true],
    ],
  );

  const lock = new Calls('readwritelock.ReadWriteLock');
  equal(lock.call(1, 'acquireRead') === true && lock.call(2, 'acquireRead'), true);
  equal(lock.call(3, 'acquireWrite'), 'waits');
  deepEqual([lock.call(1, 'readers'), lock.call(1, 'written')], [2, false]);
  lock.call(1, 'releaseRead');
  lock.call(2, 'releaseRead');
  equal(lock.call(1, 'written'), true);
  equal(lock.call(3, 'releaseWrite'), undefined);

  const election = new Calls('leaderelection.LeaderElection');
  equal(election.call(1, 'campaign', { name: 'ann' }), true);
  equal(election.call(2, 'observe', 1), 'waits');
  deepEqual(election.call(2, 'leader'), { name: 'ann', term: 1 });
  equal(election.call(1, 'resign'), undefined);
  deepEqual(election.woken, [[1, { name: null, term: 2 }]]);

  const queue = new Calls('blockingqueue.BlockingQueue');
  queue.call(1, '__concoordinit__', 1);
  equal(queue.call(1, 'put', ['item']), undefined);
  equal(queue.call(1, 'put', 2, { timeoutMs: 5 }), 'waits');
  deepEqual(
    [queue.call(1, 'qsize'), queue.call(1, 'empty'), queue.call(1, 'full')],
    [1, false, true],
  );
  deepEqual(queue.call(2, 'take'), ['item']);
  equal(queue.call(1, 'taken'), 1);
  equal(queue.call(2, 'putBack'), undefined);
  deepEqual(queue.call(2, 'get'), ['item']);
  equal(queue.call(2, 'take'), 2);
  equal(queue.call(2, 'done'), undefined);
  equal(queue.call(1, '__str__'), '<DBlockingQueue size=0 maxsize=1 taken=0>');
});

test('a call that gives up ends at a condition or a barrier, and is undone everywhere else', () => {
  const ends = WAITING_TYPES.filter(({ name }) => {
    const calls = new Calls(name.slice('concoord.object.'.length));
    if (name.endsWith('Barrier')) calls.call(1, '__concoordinit__', 2);
    calls.call(1, 'acquire');
    if (calls.call(1, 'wait') !== 'waits') return false;
    const event = { kind: 'withdrawn', undo: true } as const;
    const context = { ...calls.context(1, calls.slot - 1), event };
    return readOutcome(calls.machine.apply(new Uint8Array(0), context))?.gaveUp === 'ended';
  });
  deepEqual(
    ends.map(({ name }) => name),
    ['concoord.object.condition.Condition', 'concoord.object.barrier.Barrier'],
  );
});

test('who is ended by others while it waits at a condition has given up the lock', () => {
  const endings = [
    (calls: Calls) => [encodeCommand('__end__', [1, 1]), calls.context(9, 9)] as const,
    (calls: Calls) => [encodeCommand('__concoordinit__', []), calls.context(9, 9)] as const,
    (calls: Calls) => {
      const event = { kind: 'ended', sessions: [1] } as const;
      return [new Uint8Array(0), { ...calls.context(9, 9), event }] as const;
    },
  ];
  for (const ending of endings) {
    const calls = new Calls('condition.Condition');
    calls.call(1, 'acquire');
    equal(calls.call(1, 'wait'), 'waits');
    equal(calls.call(2, 'acquire'), true);
    equal(calls.call(3, 'acquire'), 'waits');

    const outcome = readOutcome(calls.machine.apply(...ending(calls)));

    deepEqual(outcome?.stands, [{ session: 1, sequence: 1 }]);
  }
});

test('nobody gets hold of the place of the command, or of anything else', () => {
  const calls = new Calls('lock.Lock');
  const forged = { session: 9, sequence: 1, key: '9:1' };
  equal(calls.call(1, 'acquire', {}, forged), true);
  equal(calls.call(1, '__repr__'), '<DLock owner=1>');
  for (const rubbish of [forged, null, 5, 'x', [], new Map()]) {
    const answer = calls.call(9, 'release', rubbish);
    ok(/^(?:Type|Runtime)Error: /.test(String(answer)), String(answer));
  }
  equal(calls.call(1, '__repr__'), '<DLock owner=1>');
  for (const method of ['handOver', 'suspend', 'forfeit', 'enter', 'lock', 'take']) {
    equal(calls.call(1, method), 'refused');
  }
});

const STEP = fc.record({
  session: fc.integer({ min: 1, max: 3 }),
  method: fc.nat(99),
  options: fc.constantFrom(undefined, {}, { owner: 'a' }, { timeoutMs: 5 }, { timeoutMs: 0 }),
  event: fc.constantFrom(undefined, undefined, undefined, 'ended', 'timedOut', 'withdrawn'),
  back: fc.integer({ min: 1, max: 5 }),
});
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

function stepOf(type: ObjectType, step: Step, slot: number): [Uint8Array, CallContext] {
  const { session, method, options, event: kind, back } = step;
  const context = { time: slot, seed: 0, session, sequence: slot, slot, index: 0 };
  const { name, commandAt = 1 } = present(type.methods[method % type.methods.length], 'method');
  const before = Array.from({ length: commandAt - 1 }, () => back);
  const command = encodeCommand(name, [...before, options]);
  if (kind === undefined) return [command, context];
  const event =
    kind === 'ended'
      ? ({ kind, sessions: [session] } as const)
      : kind === 'timedOut'
        ? ({ kind } as const)
        : ({ kind, undo: back % 2 === 0 } as const);
  return [command, { ...context, sequence: Math.max(1, slot - back), event }];
}

const MESH = 'concoord.object.meshmembership.MeshMembership';

for (const name of [...WAITING_TYPES.map((type) => type.name), MESH]) {
  test(`${name} goes on from a captured state as if nothing had happened`, () => {
    const type = present(findBuiltIn(name), name);
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 40, size: 'max' }), (program) => {
        const steady = new Machine(type);
        for (const [at, step] of program.entries()) {
          const restored = new Machine(type, steady.capture());
          const [command, context] = stepOf(type, step, at + 1);
          deepEqual(restored.apply(command, context), steady.apply(command, context));
          deepEqual(restored.capture(), steady.capture());
        }
      }),
      { numRuns: 40 },
    );
  });
}
