import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { BrokenBarrierError, RuntimeError, ValueError } from '../object/bundled.ts';
import { DBarrier } from './barrier.ts';
import { DCondition } from './condition.ts';
import { DLock, DRLock } from './lock.ts';
import { Replica } from './threading-test-kit.ts';

test('all go on when the last one has come, each with its place, round after round', () => {
  const replica = new Replica();
  const barrier = new DBarrier(3);
  for (let round = 0; round < 3; round++) {
    const first = replica.call(1, (command) => barrier.wait(command));
    const second = replica.call(2, (command) => barrier.wait(command));
    equal(String(barrier), '<DBarrier parties=3 waiting=2>');
    equal(replica.waits(first) && replica.waits(second), true);

    const third = replica.call(3, (command) => barrier.wait(command));

    deepEqual(
      [first, second, third].map((key) => replica.result(key)),
      [0, 1, 2],
    );
    equal(barrier.__repr__(), '<DBarrier parties=3 waiting=0>');
  }
  equal(
    replica.now(1, () => new DBarrier(1).wait()),
    0,
  );
});

test('who comes later is in the next round', () => {
  const replica = new Replica();
  const barrier = new DBarrier(2);
  const keys = [1, 2, 3].map((session) => replica.call(session, () => barrier.wait()));

  deepEqual(
    keys.map((key) => replica.waits(key)),
    [false, false, true],
  );
  equal(barrier.n_waiting, 1);
});

test('one who is late, gives up or whose session ends breaks the barrier for all', () => {
  for (const leave of ['timeOut', 'withdraw', 'endSessions'] as const) {
    const replica = new Replica();
    const barrier = new DBarrier(4);
    const first = replica.call(1, () => barrier.wait({ timeoutMs: 10 }));
    const second = replica.call(2, () => barrier.wait());
    const third = replica.call(3, () => barrier.wait());
    equal(replica.parked.get(first)?.timeoutMs, 10);

    if (leave === 'endSessions') deepEqual(replica.endSessions(1, 3), [first, third]);
    else if (leave === 'timeOut') replica.timeOut(first);
    else equal(replica.withdraw(first), 'ended');

    equal(replica.result(second) instanceof BrokenBarrierError, true);
    if (leave === 'timeOut') equal(replica.result(first) instanceof BrokenBarrierError, true);
    if (leave !== 'endSessions') equal(replica.result(third) instanceof BrokenBarrierError, true);
    equal(barrier.broken, true);
    throws(() => replica.now(2, () => barrier.wait()), BrokenBarrierError);
    replica.now(2, () => barrier.reset());
    equal(replica.waits(replica.call(2, () => barrier.wait())), true);
  }
});

test('a barrier can be aborted, and reset', () => {
  const replica = new Replica();
  const barrier = new DBarrier(3);
  const first = replica.call(1, () => barrier.wait());
  replica.now(2, () => barrier.abort());
  equal((replica.result(first) as Error).message, 'the barrier was aborted');
  throws(() => replica.now(1, () => barrier.wait()), /the barrier is broken: reset it/);
  equal(barrier.broken, true);

  replica.now(2, () => barrier.reset());
  equal(barrier.broken, false);
  const again = replica.call(1, () => barrier.wait());
  replica.now(2, () => barrier.reset());
  equal((replica.result(again) as Error).message, 'the barrier was reset');
  equal(barrier.n_waiting, 0);
});

test('who cannot wait breaks the barrier, unless it is the last', () => {
  const replica = new Replica();
  const barrier = new DBarrier(2, undefined, undefined, 40);
  const first = replica.call(1, () => barrier.wait());
  equal(replica.parked.get(first)?.timeoutMs, 40);
  equal(
    replica.now(2, () => barrier.wait({ timeoutMs: 0 })),
    1,
  );
  equal(replica.result(first), 0);
  throws(() => replica.now(2, () => barrier.wait({ timeoutMs: 0 })), BrokenBarrierError);
  equal(barrier.broken, true);
});

class Meeting {
  met = 0;
  fails = false;
  blocks = false;
  again = false;
  aborts = false;
  readonly lock = new DLock();
  readonly barrier = new DBarrier(2, 'meet', this);

  meet(): void {
    this.met += this.barrier.n_waiting;
    if (this.fails) throw new TypeError('no');
    if (this.blocks) this.lock.acquire();
    if (this.again) this.barrier.wait();
    if (this.aborts) this.barrier.abort();
  }
}

class Party {
  readonly condition = new DCondition();
  readonly other = new DBarrier(2);
  readonly barrier = new DBarrier(2, 'meet', this);
  readonly place: 'condition' | 'other';

  constructor(place: 'condition' | 'other') {
    this.place = place;
  }

  meet(): void {
    this[this.place].wait();
  }
}

test('the last one runs the action before the others go on', () => {
  const replica = new Replica();
  const meeting = new Meeting();
  const first = replica.call(1, () => meeting.barrier.wait());
  equal(
    replica.now(2, () => meeting.barrier.wait()),
    1,
  );
  equal(replica.result(first), 0);
  equal(meeting.met, 1);
});

test('an action that fails, waits or aborts breaks the barrier', () => {
  const errors = {
    fails: TypeError,
    blocks: RuntimeError,
    again: RuntimeError,
    aborts: RuntimeError,
  };
  for (const [flag, type] of Object.entries(errors)) {
    const replica = new Replica();
    const meeting = new Meeting();
    replica.now(3, () => meeting.lock.acquire());
    Object.assign(meeting, { [flag]: true });
    const first = replica.call(1, () => meeting.barrier.wait());

    throws(() => replica.now(2, () => meeting.barrier.wait()), type);

    equal(replica.result(first) instanceof BrokenBarrierError, true);
    equal(meeting.barrier.broken, true);
    equal(meeting.lock.line.size, 0);
  }
});

test('an action that waits is refused before anything else has changed', () => {
  for (const place of ['condition', 'other'] as const) {
    const replica = new Replica();
    const party = new Party(place);
    replica.now(2, () => party.condition.acquire());
    const first = replica.call(1, () => party.barrier.wait());

    throws(() => replica.now(2, () => party.barrier.wait()), {
      name: 'RuntimeError',
      message: 'the action of a barrier can neither wait nor wake others',
    });

    equal(replica.result(first) instanceof BrokenBarrierError, true);
    equal(String(party.condition), '<DCondition(<DRLock owner=2 count=1>, 0)>');
    deepEqual([party.other.broken, party.other.n_waiting], [false, 0]);
  }
});

test('null says as little as None: no action, no object, no time-out', () => {
  const replica = new Replica();
  const barrier = new DBarrier(2, null, null, 150);
  deepEqual([barrier.action, barrier.timeoutMs], [undefined, 150]);
  equal(new DBarrier(2, 'meet', new Meeting(), null).timeoutMs, undefined);
  const first = replica.call(1, () => barrier.wait());
  equal(replica.parked.get(first)?.timeoutMs, 150);
  equal(new DCondition(null).lock instanceof DRLock, true);
  throws(() => new DBarrier(2, 'meet', null), /needs the object/);
});

test('bad arguments are refused', () => {
  for (const parties of [0, -1, -1.5]) {
    throws(() => new DBarrier(parties), { name: 'ValueError', message: 'parties must be >= 1' });
  }
  for (const parties of [1.5, NaN, Infinity]) throws(() => new DBarrier(parties), ValueError);
  for (const parties of ['3', null]) throws(() => new DBarrier(parties as never), TypeError);
  throws(() => new DBarrier(2, 'meet'), /needs the object/);
  throws(() => new DBarrier(2, 'met', new Meeting()), /has no method met/);
  throws(() => new DBarrier(2, undefined, undefined, -1), ValueError);
  const replica = new Replica();
  const barrier = new DBarrier(2);
  throws(() => replica.now(1, () => barrier.wait({ timeoutMs: NaN })), ValueError);
  throws(() => replica.now(1, () => barrier.wait({ blocking: true } as never)), TypeError);
  equal(barrier.broken, false);
});
