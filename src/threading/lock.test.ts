import { deepEqual, equal, notDeepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError, ValueError } from '../object/bundled.ts';
import { DLock, DRLock } from './lock.ts';
import { Replica } from './threading-test-kit.ts';

test('a lock is handed on in the order in which callers came', () => {
  const replica = new Replica();
  const lock = new DLock();

  equal(
    replica.now(1, (command) => lock.acquire(command)),
    true,
  );
  const second = replica.call(2, (command) => lock.acquire(command));
  const third = replica.call(3, (command) => lock.acquire(command));
  equal(String(lock), '<DLock owner=1>');
  replica.now(1, (command) => lock.release(command));

  equal(lock.__repr__(), '<DLock owner=2>');
  equal(replica.result(second), true);
  equal(replica.waits(third), true);
  // Whoever comes now is behind those who wait.
  const late = replica.call(1, (command) => lock.acquire(command));
  replica.now(2, (command) => lock.release(command));
  replica.now(3, (command) => lock.release(command));
  deepEqual(replica.order, [second, third, late]);
  replica.now(1, (command) => lock.release(command));
  equal(String(lock), '<DLock owner=None>');
  equal(lock.locked(), false);
  deepEqual(replica.owned(), []);
});

test('a lock is not re-entrant: its owner waits for itself', () => {
  const replica = new Replica();
  const lock = new DLock();
  replica.now(1, (command) => lock.acquire(command));
  equal(
    replica.now(1, (command) => lock.acquire({ blocking: false }, command)),
    false,
  );

  const again = replica.call(1, (command) => lock.acquire(command));

  equal(replica.waits(again), true);
  replica.now(1, (command) => lock.release(command));
  equal(replica.result(again), true);
  deepEqual(replica.owned(lock), [again]);
});

test('only its owner releases a lock, and only once', () => {
  const replica = new Replica();
  const lock = new DLock();
  const refused = { name: 'RuntimeError', message: 'cannot release un-acquired lock' };
  throws(() => replica.now(1, (command) => lock.release(command)), refused);
  replica.now(1, (command) => lock.acquire({ owner: 'flow-1' }, command));
  equal(String(lock), '<DLock owner=1/flow-1>');
  throws(() => replica.now(2, (command) => lock.release(command)), refused);
  throws(() => replica.now(1, (command) => lock.release(command)), refused);
  throws(() => replica.now(1, (command) => lock.release({ owner: 'flow-2' }, command)), refused);
  throws(() => replica.now(2, (command) => lock.release({ owner: 'flow-1' }, command)), refused);

  replica.now(1, (command) => lock.release({ owner: 'flow-1' }, command));

  throws(() => replica.now(1, (command) => lock.release({ owner: 'flow-1' }, command)), refused);
});

test('a session whose number is a name of a flow is nobody else', () => {
  const replica = new Replica();
  const lock = new DRLock();
  replica.now(1, () => lock.acquire({ owner: '2' }));
  equal(
    replica.now(12, () => lock.acquire({ blocking: false })),
    false,
  );
  throws(() => replica.now(1, () => lock.release({ owner: '2/' })), RuntimeError);
  throws(() => replica.now(1, () => lock.acquire({ owner: '' })), ValueError);
});

test('who has no time, or none left, gets false and nothing else', () => {
  const replica = new Replica();
  const lock = new DLock();
  replica.now(1, () => lock.acquire());
  equal(
    replica.now(2, () => lock.acquire({ blocking: false })),
    false,
  );
  equal(
    replica.now(2, () => lock.acquire({ timeoutMs: 0 })),
    false,
  );
  const brief = replica.call(2, () => lock.acquire({ timeoutMs: 50 }));
  const third = replica.call(3, () => lock.acquire());
  equal(replica.parked.get(brief)?.timeoutMs, 50);

  replica.timeOut(brief);

  equal(replica.result(brief), false);
  replica.now(1, () => lock.release());
  equal(replica.result(third), true);
  replica.timeOut(third);
  equal(replica.result(third), true);
});

test('who gives up gets nothing; an acquire that is undone frees the lock', () => {
  const replica = new Replica();
  const lock = new DLock();
  const first = replica.call(1, () => lock.acquire());
  const second = replica.call(2, () => lock.acquire());
  const third = replica.call(3, () => lock.acquire());

  equal(replica.withdraw(second), 'undone');
  equal(replica.withdraw(first), 'goes on');
  equal(lock.owner, '1');
  equal(replica.withdraw(first, true), 'undone');

  equal(lock.owner, '3');
  deepEqual(replica.owned(lock), [third]);
});

test('with a session end its locks, and none goes to another one that ends', () => {
  const replica = new Replica();
  const lock = new DLock();
  replica.now(1, () => lock.acquire());
  for (const session of [2, 3, 4]) replica.call(session, () => lock.acquire());

  replica.endSessions(1, 2, 3);

  deepEqual(replica.order, ['4:1']);
  replica.endSessions(4);
  equal(lock.locked(), false);
});

test('every owner of a lock has a later fence than the one before', () => {
  const replica = new Replica();
  const lock = new DLock();
  replica.now(1, () => lock.acquire());
  const second = replica.call(2, () => lock.acquire());
  const fenceOf = (key: string): readonly number[] => {
    const [session = 0, sequence = 0] = key.split(':').map(Number);
    const owned = replica.roster.find({ session, sequence, key }, lock);
    return [owned?.slot ?? -1, owned?.index ?? -1];
  };
  const before = fenceOf('1:1');
  replica.now(1, () => lock.release());

  const after = fenceOf(second);

  equal((after[0] ?? 0) > (before[0] ?? 0), true);
  notDeepEqual(after, before);
});

test('a re-entrant lock is free when it was released as often as it was acquired', () => {
  const replica = new Replica();
  const lock = new DRLock();
  const first = replica.call(3, () => lock.acquire());
  equal(String(lock), '<DRLock owner=3 count=1>');
  const second = replica.call(3, (command) => lock.acquire() && lock.acquire(command));
  const other = replica.call(4, () => lock.acquire());
  equal(String(lock), '<DRLock owner=3 count=3>');
  const [one, two] = [
    replica.roster.owned.get(3)?.get(first),
    replica.roster.owned.get(3)?.get(second),
  ];
  deepEqual([one?.[0]?.slot, one?.[0]?.index], [two?.[0]?.slot, two?.[0]?.index]);

  replica.now(3, () => lock.release());
  replica.now(3, () => lock.release());
  equal(replica.waits(other), true);
  deepEqual(replica.owned().sort(), [first]);
  replica.now(3, () => lock.release());

  equal(replica.result(other), true);
  equal(String(lock), '<DRLock owner=4 count=1>');
  throws(() => replica.now(3, () => lock.release()), /cannot release un-acquired lock/);
  replica.now(4, () => lock.release());
  equal(String(lock), '<DRLock owner=None count=0>');
});

test('an undone level of a re-entrant lock leaves the others', () => {
  const replica = new Replica();
  const lock = new DRLock();
  const first = replica.call(1, () => lock.acquire());
  const second = replica.call(1, () => lock.acquire());

  equal(replica.withdraw(first, true), 'undone');

  equal(String(lock), '<DRLock owner=1 count=1>');
  deepEqual(replica.owned(), [second]);
  equal(replica.withdraw(second, true), 'undone');
  equal(lock.locked(), false);
});

test('flows of one session are owners of their own', () => {
  const replica = new Replica();
  const lock = new DRLock();
  replica.now(1, () => lock.acquire({ owner: 'a' }));
  const other = replica.call(1, () => lock.acquire({ owner: 'b' }));
  equal(replica.waits(other), true);

  replica.now(1, () => lock.release({ owner: 'a' }));

  equal(lock.owner, '1/b');
});

test('bad arguments are refused before anything changes', () => {
  const replica = new Replica();
  const lock = new DRLock();
  const acquire = (options: object): void => {
    replica.now(1, (command) => lock.acquire(options as never, command));
  };
  throws(() => acquire({ blocking: false, timeoutMs: 5 }), {
    name: 'ValueError',
    message: "can't specify a timeout for a non-blocking call",
  });
  throws(() => acquire({ blocking: false, timeoutMs: 0 }), ValueError);
  for (const timeoutMs of [-1, NaN, -Infinity, Infinity, 2 ** 60]) {
    throws(() => acquire({ timeoutMs }), ValueError);
  }
  for (const timeoutMs of ['5', null, 5n, {}]) throws(() => acquire({ timeoutMs }), TypeError);
  for (const owner of [5, null, {}]) throws(() => acquire({ owner }), TypeError);
  for (const owner of ['', 'x'.repeat(129)]) throws(() => acquire({ owner }), ValueError);
  for (const blocking of [0, 'no', null]) throws(() => acquire({ blocking }), TypeError);
  for (const rubbish of [null, [], 'x', 5, true])
    throws(() => acquire(rubbish as never), TypeError);
  throws(() => acquire({ timeout: 5 }), /no option timeout: options are \{ owner, timeoutMs,/);
  throws(
    () => replica.now(1, () => lock.acquire({}, 'x' as never)),
    /the last argument is a command/,
  );
  throws(() => replica.now(1, () => lock.release({ n: 1 } as never)), /no option n/);

  equal(lock.locked(), false);
  deepEqual(replica.owned(), []);
});

test('a call acquires for itself only', () => {
  const replica = new Replica();
  const lock = new DLock();
  const other = { session: 2, sequence: 1, key: '2:1' };
  throws(() => replica.now(1, () => lock.acquire(other)), /only the call under way can acquire/);
  equal(lock.locked(), false);
  throws(() => lock.acquire(), /only a call of a client can do this/);

  // An object may keep the command of a call, and release for its session.
  replica.now(2, () => lock.acquire());
  replica.now(1, () => lock.release(other));
  equal(lock.locked(), false);
});

test('a release may name the call whose share it gives back, and only one of its own session', () => {
  const replica = new Replica();
  const lock = new DRLock();
  const outer = replica.call(1, () => lock.acquire());
  const inner = replica.call(1, () => lock.acquire());
  replica.now(1, () => lock.release({ call: outer }));
  deepEqual(replica.owned(lock), [inner]);
  throws(() => replica.now(1, () => lock.release({ call: outer })), RuntimeError);
  throws(() => replica.now(2, () => lock.release({ call: inner })), ValueError);
  throws(() => replica.now(1, () => lock.release({ call: 5 as never })), TypeError);
  equal(lock.owner, '1');
  replica.now(1, () => lock.release({ call: inner }));
  equal(lock.locked(), false);
});
