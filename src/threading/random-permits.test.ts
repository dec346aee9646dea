import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BrokenBarrierError, ValueError } from '../object/bundled.ts';
import { DBarrier } from './barrier.ts';
import { DBoundedSemaphore, DSemaphore } from './semaphore.ts';
import { chosenOf, Lives, Replica, sessionOf, SESSIONS } from './threading-test-kit.ts';

const STEP = fc.record({
  kind: fc.constantFrom(
    ...(['take', 'take', 'take', 'try', 'give', 'give', 'giveTwo'] as const),
    ...(['timeOut', 'withdraw', 'undo', 'end', 'abort', 'reset'] as const),
  ),
  session: fc.integer({ min: 1, max: SESSIONS }),
  flow: fc.constantFrom(undefined, undefined, 'a'),
  pick: fc.nat(20),
  together: fc.boolean(),
});
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;
const PROGRAM = fc.array(STEP, { maxLength: 80, size: 'max' });

interface Permit {
  readonly key: string;
  readonly owner: string;
}

/** A semaphore, said with lists. */
class SemaphoreModel {
  free: number;
  /** All permits that there are: as many as it began with, and one for each release where none was out. */
  total: number;
  out: Permit[] = [];
  line: Permit[] = [];
  woken: string[] = [];

  constructor(count: number) {
    this.free = count;
    this.total = count;
  }

  take(permit: Permit, blocking: boolean): unknown {
    if (this.free === 0) {
      if (blocking) this.line.push(permit);
      return blocking ? 'waits' : false;
    }
    this.free--;
    this.out.push(permit);
    return true;
  }

  /** All n at once: none of them goes to one who waits, and back. */
  give(n: number, owner: string, leased: boolean): void {
    for (let left = n; left > 0; left--) {
      const own = this.out.find((permit) => permit.owner === owner);
      const back = own ?? this.out[0];
      if (back === undefined || !leased) this.total++;
      if (leased) this.out = this.out.filter((permit) => permit !== back);
      this.free++;
    }
    this.hand();
  }

  leave(keys: readonly string[], undone: readonly string[]): void {
    this.line = this.line.filter(({ key }) => !keys.includes(key));
    const before = this.out.length;
    this.out = this.out.filter(({ key }) => !undone.includes(key));
    this.free += before - this.out.length;
    this.hand();
  }

  hand(): void {
    while (this.free > 0) {
      const next = this.line.shift();
      if (next === undefined) return;
      this.free--;
      this.out.push(next);
      this.woken.push(next.key);
    }
  }
}

interface Semaphores {
  readonly replica: Replica;
  readonly semaphore: DSemaphore;
  readonly model: SemaphoreModel;
  readonly lives: Lives;
}

function stepSemaphore(all: Semaphores, step: Step): void {
  const { replica, semaphore, model, lives } = all;
  const { kind, flow, pick } = step;
  const session = lives.of(step.session);
  const owner = flow === undefined ? String(session) : `${session}/${flow}`;
  const parked = chosenOf(replica.parked.keys(), pick);
  const held = chosenOf(replica.owned(semaphore), pick);
  if (kind === 'take' || kind === 'try') {
    const blocking = kind === 'take';
    const key = replica.call(session, () => semaphore.acquire({ owner: flow, blocking }));
    const expected = model.take({ key, owner }, blocking);
    equal(replica.waits(key) ? 'waits' : replica.result(key), expected);
  } else if (kind === 'give' || kind === 'giveTwo') {
    const n = kind === 'give' ? 1 : 2;
    const tooMany = semaphore instanceof DBoundedSemaphore && model.free + n > semaphore.initial;
    const result = replica.result(
      replica.call(session, () => semaphore.release({ owner: flow, n })),
    );
    equal(result instanceof ValueError, tooMany);
    if (!tooMany) model.give(n, owner, semaphore.leased);
  } else if (kind === 'end') {
    const sessions = lives.end(step.session, step.together);
    const gone = (key: string): boolean => sessions.includes(sessionOf(key));
    const waiting = [...replica.parked.keys()].filter(gone);
    const out = model.out.map(({ key }) => key).filter((key) => semaphore.leased && gone(key));
    replica.endSessions(...sessions);
    model.leave(waiting, out);
  } else if (kind === 'undo' && held !== undefined) {
    equal(replica.withdraw(held, true), 'undone');
    model.leave([], [held]);
  } else if (parked !== undefined && (kind === 'withdraw' || kind === 'timeOut')) {
    replica[kind](parked);
    if (kind === 'timeOut') equal(replica.result(parked), false);
    model.leave([parked], []);
  }
}

function compareSemaphore({ replica, semaphore, model }: Semaphores): void {
  equal(semaphore.count, model.free);
  equal(model.free === 0 || model.line.length === 0, true);
  if (semaphore.leased) {
    equal(semaphore.count + semaphore.permits.size, model.total);
    deepEqual(
      [...semaphore.permits.nodes.keys()],
      model.out.map(({ key }) => key),
    );
    deepEqual(replica.owned(semaphore).sort(), model.out.map(({ key }) => key).sort());
    const byOwner = [...semaphore.byOwner.values()].map(({ size }) => size);
    equal(byOwner.includes(0), false);
    equal(
      byOwner.reduce((sum, size) => sum + size, 0),
      semaphore.permits.size,
    );
  } else {
    deepEqual(replica.owned(), []);
  }
  if (semaphore instanceof DBoundedSemaphore) equal(semaphore.count <= semaphore.initial, true);
  deepEqual(
    [...semaphore.line.nodes.keys()],
    model.line.map(({ key }) => key),
  );
  deepEqual(replica.waitingAt(semaphore).sort(), model.line.map(({ key }) => key).sort());
  deepEqual(
    replica.order.filter((key) => replica.result(key) === true),
    model.woken,
  );
}

for (const Type of [DSemaphore, DBoundedSemaphore]) {
  test(`permits of a ${Type.name} are neither lost nor made, whatever becomes of callers`, () => {
    fc.assert(
      fc.property(PROGRAM, fc.nat(3), fc.boolean(), (program, count, leased) => {
        const semaphore = new Type(count, { leased });
        const model = new SemaphoreModel(count);
        const all = { replica: new Replica(), semaphore, model, lives: new Lives() };
        for (const step of program) {
          stepSemaphore(all, step);
          compareSemaphore(all);
        }
      }),
      { numRuns: 500 },
    );
  });
}

interface Barriers {
  readonly replica: Replica;
  readonly barrier: DBarrier;
  readonly lives: Lives;
  /** Who waits, as the model has it. */
  waiting: string[];
  broken: boolean;
  /** What became of every call, in the order in which it did. */
  readonly expected: (readonly [string, unknown])[];
}

function failAll(all: Barriers, gone: readonly string[]): void {
  const left = all.waiting.filter((key) => !gone.includes(key));
  all.expected.push(...left.map((key) => [key, 'broken'] as const));
  all.waiting = [];
}

function stepBarrier(all: Barriers, step: Step): void {
  const { replica, barrier, lives } = all;
  const { kind, pick } = step;
  const session = lives.of(step.session);
  const parked = chosenOf(replica.parked.keys(), pick);
  if (kind === 'take' || kind === 'give') {
    const key = replica.call(session, () => barrier.wait());
    if (all.broken) {
      equal(replica.result(key) instanceof BrokenBarrierError, true);
    } else if (all.waiting.length === barrier.parties - 1) {
      equal(replica.result(key), barrier.parties - 1);
      all.expected.push(...all.waiting.map((other, index) => [other, index] as const));
      all.waiting = [];
    } else {
      equal(replica.waits(key), true);
      all.waiting.push(key);
    }
  } else if (kind === 'abort' || kind === 'reset') {
    replica.now(session, () => barrier[kind]());
    all.broken = kind === 'abort';
    failAll(all, []);
  } else if (kind === 'end') {
    const sessions = lives.end(step.session, step.together);
    const gone = all.waiting.filter((key) => sessions.includes(sessionOf(key)));
    replica.endSessions(...sessions);
    if (gone.length === 0) return;
    all.broken = true;
    failAll(all, gone);
  } else if (parked !== undefined && (kind === 'withdraw' || kind === 'timeOut')) {
    replica[kind](parked);
    all.broken = true;
    failAll(all, kind === 'withdraw' ? [parked] : []);
  }
}

test('rounds of a barrier are complete or broken, whatever becomes of callers', () => {
  fc.assert(
    fc.property(PROGRAM, fc.integer({ min: 1, max: 4 }), (program, parties) => {
      const all: Barriers = {
        replica: new Replica(),
        barrier: new DBarrier(parties),
        lives: new Lives(),
        waiting: [],
        broken: false,
        expected: [],
      };
      for (const step of program) {
        stepBarrier(all, step);
        equal(all.barrier.broken, all.broken);
        deepEqual([...all.barrier.line.nodes.keys()], all.waiting);
        const woken = all.replica.order.map((key) => {
          const result = all.replica.result(key);
          return [key, result instanceof BrokenBarrierError ? 'broken' : result];
        });
        deepEqual(woken, all.expected);
      }
    }),
    { numRuns: 500 },
  );
});
