import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { Callers } from './callers.ts';
import { Log } from './log.ts';
import { ALICE, aMember, BOB, CAROL, DAVE, ERIN, THREE, viewEntry } from './test-kit.ts';

function idsOf(callers: Callers): readonly number[] {
  return callers.strangers().map(({ id }) => id);
}

test('callers that the view does not contain are kept until they hang up', () => {
  const callers = new Callers(new Log(0, THREE));
  callers.called(aMember(DAVE));
  callers.called(aMember(ERIN));
  callers.called(aMember(BOB));
  deepEqual(callers.strangers(), [aMember(DAVE), aMember(ERIN)]);

  callers.hungUp(DAVE);

  deepEqual(callers.strangers(), [aMember(ERIN)]);
});

test('the newest call says where a replica is', () => {
  const callers = new Callers(new Log(0, THREE));
  callers.called(aMember(DAVE, { address: 'old:1' }));

  callers.called(aMember(DAVE, { address: 'new:1' }));

  deepEqual(callers.strangers(), [aMember(DAVE, { address: 'new:1' })]);
});

test('a change of view makes strangers of members, and members of strangers', () => {
  const log = new Log(0, THREE);
  const callers = new Callers(log);
  for (const id of [BOB, CAROL, DAVE]) callers.called(aMember(id));

  log.append(viewEntry([ALICE, BOB, DAVE], 2, 2));

  deepEqual(idsOf(callers), [CAROL]);
});

test('only the newest strangers are kept, however many call, and members beside them', () => {
  const log = new Log(0, THREE);
  const callers = new Callers(log);
  const count = 3 * limits.MAX_MEMBERS;
  callers.called(aMember(BOB));
  for (let id = 10; id < 10 + count; id++) callers.called(aMember(id));

  const newest = Array.from(
    { length: limits.MAX_MEMBERS },
    (_, index) => 10 + count - limits.MAX_MEMBERS + index,
  );
  deepEqual(idsOf(callers), newest);
  callers.hungUp(newest.at(-1) ?? 0);
  deepEqual(idsOf(callers), newest.slice(0, -1), 'the others are forgotten');
  log.append(viewEntry([ALICE, CAROL], 2, 2));
  equal(idsOf(callers)[0], BOB);
});

test('changes are counted', () => {
  const callers = new Callers(new Log(0, THREE));
  callers.called(aMember(DAVE));
  callers.hungUp(ERIN);
  equal(callers.changes, 1, 'Erin had not called');

  callers.hungUp(DAVE);

  equal(callers.changes, 2);
});
