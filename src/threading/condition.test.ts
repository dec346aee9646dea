import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { DCondition } from './condition.ts';
import { DLock, DRLock } from './lock.ts';
import { Replica } from './threading-test-kit.ts';

/** Waits, with the lock acquired before, once or more often. */
function wait(replica: Replica, session: number, condition: DCondition, levels = 1): string {
  for (let level = 0; level < levels; level++) replica.now(session, () => condition.acquire());
  return replica.call(session, (command) => condition.wait(command));
}

/** Notifies with the lock, and gives it back. */
function notify(replica: Replica, session: number, condition: DCondition, n?: number): void {
  replica.now(session, (command) => condition.acquire(command));
  replica.now(session, (command) =>
    n === undefined ? condition.notify(command) : condition.notify(n, command),
  );
  replica.now(session, (command) => condition.release(command));
}

test('who waits gives up the lock, and has it back when it is woken', () => {
  const replica = new Replica();
  const condition = new DCondition();
  const waiting = wait(replica, 1, condition);
  equal(String(condition), '<DCondition(<DRLock owner=None count=0>, 1)>');

  replica.now(2, () => condition.acquire());
  replica.now(2, () => condition.notify());
  equal(replica.waits(waiting), true);
  equal(condition.__repr__(), '<DCondition(<DRLock owner=2 count=1>, 0)>');
  replica.now(2, () => condition.release());

  equal(replica.result(waiting), true);
  equal(condition.lock.owner, '1');
  equal(condition.locked(), true);
  deepEqual(replica.owned(condition.lock), ['1:1']);
});

test('all levels of a re-entrant lock are given up and regained, each by the call that has it', () => {
  const replica = new Replica();
  const lock = new DRLock();
  const condition = new DCondition(lock);
  const waiting = wait(replica, 1, condition, 3);
  equal(lock.locked(), false);
  deepEqual(replica.owned(), []);

  notify(replica, 2, condition);

  equal(replica.result(waiting), true);
  equal(String(lock), '<DRLock owner=1 count=3>');
  deepEqual(replica.owned(lock).sort(), ['1:1', '1:2', '1:3']);
  const fences = ['1:1', '1:2', '1:3'].map(
    (key) => replica.roster.owned.get(1)?.get(key)?.[0]?.slot,
  );
  equal(new Set(fences).size, 1);
  for (let level = 0; level < 3; level++) replica.now(1, () => condition.release());
  equal(lock.locked(), false);
});

test('a call that has acquired a lock twice, and waits then, has it twice again', () => {
  const replica = new Replica();
  const lock = new DRLock();
  const condition = new DCondition(lock);
  const waiting = replica.call(
    1,
    (command) => lock.acquire(command) && lock.acquire(command) && condition.wait(command),
  );

  notify(replica, 2, condition);

  equal(replica.result(waiting), true);
  equal(lock.count, 2);
  deepEqual(replica.owned(lock), [waiting]);
});

test('those who are notified queue for the lock behind whoever waits for it', () => {
  const replica = new Replica();
  const condition = new DCondition(new DLock());
  const waiting = [1, 2, 3].map((session) => wait(replica, session, condition));
  replica.now(4, () => condition.acquire());
  const fifth = replica.call(5, () => condition.acquire());
  replica.now(4, () => condition.notify(2));
  const sixth = replica.call(6, () => condition.acquire());

  for (const session of [4, 5, 1, 2, 6]) replica.now(session, () => condition.release());

  deepEqual(replica.order, [fifth, waiting[0], waiting[1], sixth]);
  equal(condition.line.size, 1);
});

test('all are notified by either name, and nobody when nobody waits', () => {
  const replica = new Replica();
  const condition = new DCondition();
  for (const name of ['notifyAll', 'notify_all'] as const) {
    const waiting = [1, 2, 3].map((session) => wait(replica, session, condition));
    replica.now(4, () => condition.acquire());
    replica.now(4, (command) => condition[name](command));
    replica.now(4, () => condition.notify());
    for (const session of [4, 1, 2, 3]) replica.now(session, () => condition.release());
    deepEqual(replica.order.slice(-3), waiting);
  }
  equal(condition.locked(), false);
});

test('who is not notified in time has the lock back, too, and gets false', () => {
  const replica = new Replica();
  const condition = new DCondition();
  replica.now(1, () => condition.acquire());
  const waiting = replica.call(1, () => condition.wait({ timeoutMs: 20 }));
  equal(replica.parked.get(waiting)?.timeoutMs, 20);
  replica.now(2, () => condition.acquire());

  replica.timeOut(waiting);

  equal(replica.waits(waiting), true);
  replica.now(2, () => condition.release());
  equal(replica.result(waiting), false);
  equal(condition.lock.owner, '1');
});

test('who was notified in time gets true, however late it has the lock back', () => {
  const replica = new Replica();
  const condition = new DCondition();
  replica.now(1, () => condition.acquire());
  const waiting = replica.call(1, () => condition.wait({ timeoutMs: 20 }));
  replica.now(2, () => condition.acquire());
  replica.now(2, () => condition.notify());
  replica.timeOut(waiting);
  replica.now(2, () => condition.release());
  equal(replica.result(waiting), true);
});

test('a wait of no time lets others have the lock in between', () => {
  const replica = new Replica();
  const condition = new DCondition();
  replica.now(1, () => condition.acquire());
  equal(
    replica.now(1, () => condition.wait({ timeoutMs: 0 })),
    false,
  );
  const other = replica.call(2, () => condition.acquire());

  const brief = replica.call(1, () => condition.wait({ timeoutMs: 0 }));

  equal(replica.result(other), true);
  equal(replica.waits(brief), true);
  replica.now(2, () => condition.release());
  equal(replica.result(brief), false);
  equal(condition.lock.owner, '1');
});

test('a notification goes to the next when the one it was for leaves before it has the lock', () => {
  for (const leave of ['withdraw', 'endSessions'] as const) {
    const replica = new Replica();
    const condition = new DCondition();
    const [first = '', second = ''] = [1, 2].map((session) => wait(replica, session, condition));
    wait(replica, 3, condition);
    replica.now(4, () => condition.acquire());
    replica.now(4, () => condition.notify());

    if (leave === 'withdraw') replica.withdraw(first);
    else replica.endSessions(1, 3);
    replica.now(4, () => condition.release());

    equal(replica.result(second), true);
    equal(condition.lock.owner, '2');
  }
});

test('who gives up while it waits has no lock any more', () => {
  const replica = new Replica();
  const condition = new DCondition();
  const waiting = wait(replica, 1, condition);

  equal(replica.withdraw(waiting), 'ended');

  equal(condition.line.size, 0);
  throws(() => replica.now(1, () => condition.release()), /cannot release un-acquired lock/);
  replica.now(2, () => condition.acquire());
});

test('a level that is given up while its caller waits does not come back with the others', () => {
  for (const queues of [false, true]) {
    const replica = new Replica();
    const condition = new DCondition();
    replica.now(1, () => condition.acquire());
    // Its caller has lost patience meanwhile, and does not know that it was given.
    const second = replica.call(1, (command) => condition.acquire(command));
    const waiting = replica.call(1, (command) => condition.wait(command));
    replica.now(2, () => condition.acquire());
    if (queues) replica.now(2, () => condition.notify());

    equal(replica.withdraw(second, true), 'undone');
    equal(replica.withdraw(second, true), 'goes on');
    if (!queues) replica.now(2, () => condition.notify());
    replica.now(2, () => condition.release());

    equal(replica.result(waiting), true);
    deepEqual(replica.owned(condition.lock), ['1:1']);
    replica.now(1, () => condition.release());
    equal(condition.locked(), false);
  }
});

test('the last level comes back: who waits has the lock when its call returns', () => {
  const replica = new Replica();
  const condition = new DCondition();
  const only = replica.call(1, (command) => condition.acquire(command));
  const waiting = replica.call(1, (command) => condition.wait(command));

  equal(replica.withdraw(only, true), 'goes on');
  notify(replica, 2, condition);

  equal(replica.result(waiting), true);
  deepEqual(replica.owned(condition.lock), [only]);
});

test('to wait and to notify, a caller must have the lock', () => {
  const replica = new Replica();
  const condition = new DCondition();
  replica.now(1, () => condition.acquire({ owner: 'a' }));
  const wrong = (what: string): object => ({
    name: 'RuntimeError',
    message: `cannot ${what} on un-acquired lock`,
  });
  for (const session of [1, 2]) {
    throws(() => replica.now(session, () => condition.wait()), wrong('wait'));
    throws(() => replica.now(session, () => condition.notify()), wrong('notify'));
    throws(() => replica.now(session, () => condition.notify_all()), wrong('notify'));
  }
  throws(() => replica.now(1, () => condition.notify(-1)), /n must be zero or more/);
  throws(() => replica.now(1, () => condition.notify_all({ n: 1 } as never)), /no option n/);
  throws(() => replica.now(1, () => condition.notifyAll(1 as never)), /options are { owner }/);
  throws(() => replica.now(1, () => condition.wait({ owner: 'a', timeoutMs: -1 })), /non-negative/);
  replica.now(1, () => condition.notify({ owner: 'a' }));
  throws(() => new DCondition({} as never), TypeError);
  equal(replica.waits(replica.call(1, () => condition.wait({ owner: 'a' }))), true);
});
