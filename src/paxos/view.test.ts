import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../base/index.ts';
import { ALICE, aMember, BOB, CAROL, DAVE, THREE, viewOf } from './test-kit.ts';
import { failuresTolerated, isQuorum, makeView, memberOf, quorumSize } from './view.ts';

/** A view, and two sets of ids of which some are not in it. */
const viewAndSets = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    one: fc.uniqueArray(fc.integer({ min: 1, max: 14 })),
    other: fc.uniqueArray(fc.integer({ min: 1, max: 14 })),
  })
  .map(({ size, one, other }) => ({
    view: viewOf(Array.from({ length: size }, (_, index) => index + 1)),
    one: new Set(one),
    other: new Set(other),
  }));

test('any two quorums of a view share a member of it', () => {
  fc.assert(
    fc.property(viewAndSets, ({ view, one, other }) => {
      if (!isQuorum(view, one) || !isQuorum(view, other)) return;

      equal(
        view.members.some(({ id }) => one.has(id) && other.has(id)),
        true,
      );
    }),
    { numRuns: 1000 },
  );
});

test('ids outside of a view count for nothing', () => {
  fc.assert(
    fc.property(viewAndSets, ({ view, one }) => {
      const inside = new Set([...one].filter((id) => memberOf(view, id) !== undefined));

      equal(isQuorum(view, one), isQuorum(view, inside));
      equal(isQuorum(view, one), inside.size >= quorumSize(view));
    }),
  );
});

test('a view goes on as long as no more members fail than it tolerates', () => {
  fc.assert(
    fc.property(viewAndSets, ({ view, one }) => {
      const tolerated = failuresTolerated(view, one);

      equal(tolerated >= 0, isQuorum(view, one));
      const alive = view.members.filter(({ id }) => one.has(id));
      const left = new Set(alive.slice(Math.max(0, tolerated)).map(({ id }) => id));
      if (tolerated >= 0) equal(isQuorum(view, left), true);
    }),
  );
});

test('members are sorted by id, so that equal views are the same bytes', () => {
  const view = makeView(1, 1, [aMember(CAROL), aMember(ALICE), aMember(BOB)]);

  deepEqual(view, THREE);
  equal(memberOf(view, BOB)?.address, 'host-2:14000');
  equal(memberOf(view, DAVE), undefined);
});

test('a view that cannot be is not made', () => {
  const many = Array.from({ length: limits.MAX_MEMBERS + 1 }, (_, index) => aMember(index + 1));

  throws(() => makeView(0, 1, [aMember(ALICE)]), /epochs start at 1/);
  throws(() => makeView(1, 1, []), /a view has a member/);
  throws(() => makeView(1, 1, many), /at most MAX_MEMBERS/);
  throws(() => makeView(1, 1, [aMember(ALICE), aMember(ALICE)]), /ids in a view are distinct/);
  throws(
    () => makeView(1, 1, [aMember(ALICE), aMember(BOB, { address: aMember(ALICE).address })]),
    /addresses in a view are distinct/,
  );
});
