import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ValueError } from '../object/bundled.ts';
import { DCountdownLatch, DEvent } from './event.ts';
import { chosenOf, Replica } from './threading-test-kit.ts';

test('an event wakes all who wait, and lets through whoever comes until it is cleared', () => {
  const replica = new Replica();
  const event = new DEvent();
  const [first = '', second = '', gone = ''] = [1, 2, 3].map((session) =>
    replica.call(session, () => event.wait({ timeoutMs: 5 })),
  );
  equal(String(event), '<DEvent unset waiting=3>');
  replica.timeOut(first);
  replica.withdraw(gone);
  replica.now(4, () => event.set());
  deepEqual([replica.result(first), replica.result(second)], [false, true]);
  deepEqual([event.isSet(), event.is_set()], [true, true]);
  equal(
    replica.now(1, () => event.wait()),
    true,
  );
  replica.now(4, () => event.clear());
  equal(
    replica.now(1, () => event.wait({ timeoutMs: 0 })),
    false,
  );
  equal(event.__repr__(), '<DEvent unset waiting=0>');
});

test('a latch opens at 0, and never closes', () => {
  const replica = new Replica();
  const latch = new DCountdownLatch(3);
  const waiting = replica.call(1, () => latch.wait());
  equal(
    replica.now(2, () => latch.countDown()),
    2,
  );
  equal(String(latch), '<DCountdownLatch count=2 waiting=1>');
  equal(replica.waits(waiting), true);
  equal(
    replica.now(2, () => latch.countDown(5)),
    0,
  );
  equal(replica.result(waiting), true);
  equal(
    replica.now(3, () => latch.wait()),
    true,
  );
  for (const n of [0, -1, NaN, 0.5]) {
    throws(() => replica.now(1, () => latch.countDown(n)), ValueError);
    if (n !== 0) throws(() => new DCountdownLatch(n), ValueError);
  }
  throws(() => new DCountdownLatch('1' as never), TypeError);
});

test('everybody who waits is woken by the call that opens a latch, and nobody before', () => {
  const step = fc.tuple(fc.constantFrom('wait', 'count', 'timeOut', 'withdraw', 'end'), fc.nat(9));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(5), (program, count) => {
      const [replica, latch] = [new Replica(), new DCountdownLatch(count)];
      let left = count;
      let waiting: string[] = [];
      let session = 1;
      for (const [kind, pick] of program) {
        const parked = chosenOf(replica.parked.keys(), pick);
        if (kind === 'wait') {
          const key = replica.call(session, () => latch.wait());
          equal(replica.waits(key), left > 0);
          if (left > 0) waiting.push(key);
        } else if (kind === 'count') {
          replica.now(session, () => latch.countDown());
          left = Math.max(0, left - 1);
          if (left === 0) waiting = [];
        } else if (kind === 'end') {
          replica.endSessions(session);
          waiting = waiting.filter((key) => !key.startsWith(`${session}:`));
          session++;
        } else if (parked !== undefined && (kind === 'timeOut' || kind === 'withdraw')) {
          replica[kind](parked);
          waiting = waiting.filter((key) => key !== parked);
        }
        deepEqual([...latch.line.nodes.keys()], waiting);
        deepEqual(replica.waitingAt(latch).sort(), [...waiting].sort());
      }
    }),
    { numRuns: 300 },
  );
});
