/** The D-classes that nothing like Python's threading has, in a class of a user, as a replica runs it. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Calls, makeClass } from './waiting-test-kit.ts';

const SOURCE = `
import { DBlockingQueue, DCountdownLatch, DEvent } from 'concoord/object';
import { DLeaderElection, DReadWriteLock, type Command, type Leader } from 'concoord/object';

export class Plant {
  readonly #jobs = new DBlockingQueue(2);
  readonly ready = new DCountdownLatch(2);
  readonly alarm = new DEvent();
  readonly foreman = new DLeaderElection();
  readonly plans = new DReadWriteLock();

  get shown(): string {
    return [this.#jobs, this.ready, this.alarm, this.foreman, this.plans].join(' ');
  }

  add(job: string, _concoord_command?: Command): void { this.#jobs.put(job, _concoord_command); }
  work(_concoord_command?: Command): unknown { return this.#jobs.take(_concoord_command); }
  finish(_concoord_command?: Command): void { this.#jobs.done(_concoord_command); }
  arrive(): number { return this.ready.countDown(); }
  begin(): boolean { return this.ready.wait(); }
  ring(): void { this.alarm.set(); }
  listen(): boolean { return this.alarm.wait(); }
  lead(name: string): boolean { return this.foreman.campaign({ name }); }
  watch(term: number): Leader { return this.foreman.observe(term); }
  read(): boolean { return this.plans.acquireRead(); }
  draw(): boolean { return this.plans.acquireWrite(); }
  close(): void { this.plans.releaseRead(); }
}
`;

test('callers wait for each of them, across a captured state', async () => {
  const calls = new Calls(await makeClass('Plant', SOURCE));
  deepEqual(calls.calls([1, 2], 'work'), ['waits', 'waits']);
  equal(calls.call(3, 'begin'), 'waits');
  equal(calls.call(3, 'listen'), 'waits');
  deepEqual([calls.call(1, 'lead', 'ann'), calls.call(2, 'lead', 'bob')], [true, 'waits']);
  equal(calls.call(3, 'watch', 1), 'waits');
  deepEqual(calls.calls([1, 2], 'read'), [true, true]);
  equal(calls.call(3, 'draw'), 'waits');
  calls.moveOn();

  for (const job of ['a', 'b', 'c', 'd']) equal(calls.call(4, 'add', job), undefined);
  equal(calls.call(4, 'add', 'e'), 'waits');
  deepEqual(calls.calls([4, 4], 'arrive'), [1, 0]);
  equal(calls.call(4, 'ring'), undefined);
  equal(calls.call(2, 'close'), undefined);
  equal(
    calls.call(4, 'shown'),
    '<DBlockingQueue size=2 maxsize=2 taken=2> <DCountdownLatch count=0 waiting=0> ' +
      '<DEvent set waiting=0> <DLeaderElection leader=ann term=1 candidates=1> ' +
      '<DReadWriteLock writer=None readers=1>',
  );
  calls.moveOn();
  calls.event({ kind: 'ended', sessions: [1] });
  equal(
    calls.call(4, 'shown'),
    '<DBlockingQueue size=3 maxsize=2 taken=1> <DCountdownLatch count=0 waiting=0> ' +
      '<DEvent set waiting=0> <DLeaderElection leader=bob term=2 candidates=0> ' +
      '<DReadWriteLock writer=3 readers=0>',
  );
  equal(calls.call(2, 'finish'), undefined);
  equal(calls.call(2, 'work'), 'a');
  calls.moveOn();
  deepEqual(
    [...calls.woken.values()],
    ['a', 'b', true, true, true, { name: 'bob', term: 2 }, true],
  );
});

test('ten thousand who wait are woken within the budget of one call', async () => {
  const calls = new Calls(await makeClass('Plant', SOURCE));
  const sessions = Array.from({ length: 10_000 }, (_, at) => at + 10);
  equal(calls.call(1, 'draw'), true);
  for (const method of ['listen', 'read', 'lead']) {
    const waits = calls.calls(sessions, method, 'name').filter((answer) => answer === 'waits');
    equal(waits.length, method === 'lead' ? 9999 : 10_000);
  }
  equal(calls.call(1, 'ring'), undefined);
  equal(calls.woken.size, 10_000);
  calls.event({ kind: 'ended', sessions: [1] });
  equal(calls.woken.size, 20_000, 'all readers behind one writer');
  calls.event({ kind: 'ended', sessions: sessions.slice(0, -1) });
  const last = '<DLeaderElection leader=name term=2 candidates=0>';
  equal(String(calls.call(1, 'shown')).includes(last), true);
});
