import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RuntimeError } from '../object/bundled.ts';
import { DCondition } from './condition.ts';
import { LockModel } from './lock-model-test-kit.ts';
import type { Answer } from './lock-model-test-kit.ts';
import { DLock, DRLock } from './lock.ts';
import { Replica } from './threading-test-kit.ts';

const KINDS = [
  ...['acquire', 'acquire', 'acquire', 'acquire', 'try', 'release', 'release', 'wait', 'wait'],
  ...[
    'wait',
    'notify',
    'notify',
    'notifyAll',
    'timeOut',
    'withdraw',
    'undo',
    'end',
    'waitFor',
    'waitFor',
    'toggle',
  ],
] as const;

/** A step of a program: a call of a session, or what becomes of one of its calls. */
const STEP = fc.record({
  kind: fc.constantFrom(...KINDS),
  session: fc.integer({ min: 1, max: 4 }),
  flow: fc.constantFrom(undefined, undefined, undefined, 'a', 'b'),
  pick: fc.nat(20),
  together: fc.boolean(),
  /** Whoever has the lock does it, if anybody: most calls would be refused otherwise. */
  byOwner: fc.integer({ min: 0, max: 3 }).map((one) => one > 0),
});
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

/** The object and its model, in step. Sessions that have ended are followed by others. */
class Pair {
  readonly replica = new Replica();
  readonly condition: DCondition;
  readonly model: LockModel;
  readonly lives = new Map<number, number>();
  flag = false;
  /** Calls of acquire that have returned: those that can be undone. */
  readonly acquired: string[] = [];

  constructor(reentrant: boolean) {
    this.condition = new DCondition(reentrant ? new DRLock() : new DLock());
    this.model = new LockModel(reentrant);
  }

  ready(): boolean {
    return this.flag;
  }

  step(step: Step): void {
    const { kind, pick, session: place, together } = step;
    const { condition, model } = this;
    const own = step.byOwner && kind !== 'acquire' ? model.owner : undefined;
    const [ofOwner, flow] = own === undefined ? [undefined, step.flow] : own.split('/');
    const session = Number(ofOwner ?? place + 10 * (this.lives.get(place) ?? 0));
    const owner = flow === undefined ? String(session) : `${session}/${flow}`;
    const options = { owner: flow };
    const parked = [...this.replica.parked.keys()];
    const chosen = parked[pick % Math.max(1, parked.length)];
    const held = this.acquired[pick % Math.max(1, this.acquired.length)];
    if (kind === 'acquire' || kind === 'try') {
      const blocking = kind === 'acquire';
      const call = (): unknown => condition.acquire({ ...options, blocking });
      this.call(session, call, (key) => model.acquire(key, owner, blocking));
    } else if (kind === 'release') {
      this.call(
        session,
        () => condition.release(options),
        () => model.release(owner),
      );
    } else if (kind === 'wait') {
      const call = (): unknown => condition.wait(options);
      this.call(session, call, (key) => model.wait(key, owner, false));
    } else if (kind === 'waitFor') {
      const call = (): unknown => condition.wait_for(this, 'ready', options);
      this.call(session, call, (key) => model.wait(key, owner, true));
    } else if (kind === 'toggle') {
      this.flag = !this.flag;
      model.flag = this.flag;
    } else if (kind === 'notify') {
      const n = pick % 3;
      const call = (): unknown => condition.notify({ ...options, n });
      this.call(session, call, () => model.notify(owner, n));
    } else if (kind === 'notifyAll') {
      this.call(
        session,
        () => condition.notify_all(options),
        () => model.notifyAll(owner),
      );
    } else if (kind === 'end') {
      this.end(together ? [place, (place % 4) + 1] : [place]);
    } else if (kind === 'undo' && held !== undefined) {
      this.replica.withdraw(held, true);
      if (model.isHere(held)) model.leave([held], [held]);
      else model.renounce(held);
    } else if (chosen !== undefined && kind === 'timeOut') {
      this.replica.timeOut(chosen);
      model.timeOut(chosen);
    } else if (chosen !== undefined && kind === 'withdraw') {
      equal(this.replica.withdraw(chosen), model.hadLock(chosen) ? 'ended' : 'undone');
      model.leave([chosen], [chosen]);
    }
    this.compare();
  }

  call(session: number, real: () => unknown, modelled: (key: string) => Answer): void {
    const key = this.replica.call(session, real);
    const expected = modelled(key);
    const outcome = this.replica.outcomes.get(key);
    const got =
      outcome === undefined || outcome === 'waits'
        ? 'waits'
        : 'value' in outcome
          ? outcome.value
          : outcome.error instanceof RuntimeError
            ? 'refused'
            : outcome.error;
    equal(got, expected);
    if (this.replica.owners.has(key)) this.acquired.push(key);
  }

  end(places: readonly number[]): void {
    const sessions = places.map((place) => place + 10 * (this.lives.get(place) ?? 0));
    for (const place of places) this.lives.set(place, (this.lives.get(place) ?? 0) + 1);
    const ends = (key: string): boolean => sessions.includes(Number(key.split(':')[0]));
    const gone = [...this.replica.parked.keys()].filter(ends);
    this.model.leave(gone, this.model.levels.map(({ key }) => key).filter(ends));
    this.replica.endSessions(...sessions);
  }

  compare(): void {
    const { condition, model, replica } = this;
    const { lock } = condition;
    equal(lock.owner ?? undefined, model.owner);
    if (lock instanceof DRLock) equal(lock.count, model.levels.length);
    deepEqual(
      [...lock.line.nodes.keys()],
      model.line.map(({ key }) => key),
    );
    deepEqual(
      [...condition.line.nodes.keys()],
      model.waiters.map(({ key }) => key),
    );
    deepEqual(
      replica.order.map((key) => [key, replica.result(key)]),
      model.woken,
    );
    // Whoever owns it is noted as such, and nobody else.
    deepEqual(replica.owned(lock).sort(), [...new Set(model.levels.map(({ key }) => key))].sort());
    deepEqual(replica.waitingAt(lock).sort(), [...lock.line.nodes.keys()].sort());
    deepEqual(replica.waitingAt(condition).sort(), [...condition.line.nodes.keys()].sort());
    for (const key of replica.order) this.acquired.push(key);
  }
}

for (const reentrant of [false, true]) {
  const name = reentrant ? 'a re-entrant lock' : 'a lock';
  test(`${name} with a condition does what its model does, whatever becomes of callers`, () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 100, size: 'max' }), (program) => {
        const pair = new Pair(reentrant);
        for (const step of program) pair.step(step);
      }),
      { numRuns: 1000 },
    );
  });
}
