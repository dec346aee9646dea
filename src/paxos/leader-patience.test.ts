import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { aLeader, promiseOf } from './leader-test-kit.ts';
import type { Office } from './leader-test-kit.ts';
import { ALICE, BOB, CAROL, sentOf, take, viewOf } from './test-kit.ts';

/** When within so many ms Carol is sent a prepare again. */
function repetitions({ context, leader }: Office, ms: number): readonly number[] {
  const found: number[] = [];
  take(context);
  for (let passed = 20; passed <= ms; passed += 20) {
    context.now += 20;
    leader.tick();
    if (sentOf(take(context), 'prepare').some(({ to }) => to === CAROL)) found.push(passed);
  }
  return found;
}

test('a prepare is repeated ever more rarely: each brings all open votes over the same link', () => {
  deepEqual(repetitions(aLeader({ elected: false }), 2000), [200, 600, 1100, 1600]);
  deepEqual(
    repetitions(aLeader({ elected: false, patience: 4 }), 8000),
    [200, 600, 1400, 3000, 5000, 7000],
    'and so often that who has promised waits, half of the shortest time-out',
  );
});

test('who lacks something before the view is asked again soon, because it has answered', () => {
  const view = viewOf([ALICE, BOB, CAROL], 2, 6);
  const office = aLeader({ elected: false, view, commit: 5 });
  deepEqual(repetitions(office, 1600), [200, 600, 1100, 1600]);

  office.leader.onPromise(CAROL, promiseOf(office.ballot, { from: 6, commit: 4 }));

  deepEqual(repetitions(office, 300), [200]);
});

/** After how many ms it gives up, when nobody but itself is heard. */
function givesUp({ context, leader }: Office): number {
  const from = context.now;
  while (!leader.hopeless(false)) context.now += 10;
  return context.now - from;
}

test('a candidate waits for a majority as long as it has patience', () => {
  equal(givesUp(aLeader({ elected: false })), 1010);
  equal(givesUp(aLeader({ elected: false, patience: 8 })), 8010);
});

test('a candidate that is heard by many and promised by few gives up, unless it learns', () => {
  for (const patience of [1, 4]) {
    const { context, leader, peers } = aLeader({ elected: false, patience });
    context.now += 2000 * patience;
    peers.heard(BOB);
    equal(leader.hopeless(false), false);
    context.now += 1;
    equal(leader.hopeless(false), true);
    equal(leader.hopeless(true), false);
  }
});

test('a leader has that patience until its own entry is decided', () => {
  const office = aLeader({ elected: false, patience: 4 });
  const { context, leader, ballot, peers, vote } = office;
  context.now += 3900;
  leader.onPromise(ALICE, promiseOf(ballot));
  leader.onPromise(BOB, promiseOf(ballot));
  equal(leader.leading, true);
  context.now += 4000;
  equal(leader.hopeless(false), false, 'what was repeated is still under way');
  equal(leader.settled, false);

  peers.heard(BOB);
  vote(ALICE, 1);
  vote(BOB, 1);

  equal(leader.settled, true);
  equal(givesUp(office), 1010);
});
