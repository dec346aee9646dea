import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { FirstAsked } from './first-asked.ts';
import { ALICE, BOB, CAROL, DAVE } from './test-kit.ts';

/** After so many slots of a few bytes, a few at a time. */
function after(slots: number): FirstAsked {
  const asked = new FirstAsked();
  for (let slot = 0; slot < slots; slot++) asked.propose(100, 1 + (slot % 3));
  return asked;
}

function namesOf(asked: FirstAsked): readonly number[] {
  return [ALICE, BOB, CAROL, DAVE].filter((id) => asked.has(id));
}

const ALL = [ALICE, BOB, CAROL, DAVE];

test('everybody is asked at once, until it is known who is quick', () => {
  deepEqual(namesOf(after(100)), ALL);
});

test('while the load is light, those whose votes decide are asked first, unless they are late twice', () => {
  const asked = after(9);
  asked.decided(new Set([ALICE, BOB]), 2);
  asked.decided(new Set([CAROL, ALICE, BOB]), 2);
  asked.decided(new Set([BOB, ALICE]), 2);
  asked.decided(new Set([CAROL, ALICE, BOB]), 2);
  deepEqual(namesOf(asked), [ALICE, BOB]);

  asked.decided(new Set([CAROL, ALICE]), 2);
  deepEqual(namesOf(asked), [ALICE, CAROL]);
});

test('another size of a quorum makes others the first at once', () => {
  const asked = after(9);
  asked.decided(new Set([ALICE, BOB]), 2);
  asked.decided(new Set([CAROL, ALICE, DAVE]), 3);

  deepEqual(namesOf(asked), [ALICE, CAROL, DAVE]);
});

test('when somebody who is asked first is lost, everybody is asked, until others have decided a slot', () => {
  const asked = after(9);
  asked.decided(new Set([ALICE, BOB]), 2);
  asked.lost(DAVE);
  deepEqual(namesOf(asked), [ALICE, BOB]);

  asked.lost(BOB);
  deepEqual(namesOf(asked), ALL);
  asked.decided(new Set([ALICE, CAROL]), 2);
  deepEqual(namesOf(asked), [ALICE, CAROL]);
});

test('what is large, or comes while many are under way, is for all, and so is what follows at first', () => {
  for (const [bytes, open] of [
    [1000, 1],
    [100, 4],
  ] as const) {
    const asked = after(20);
    asked.decided(new Set([ALICE, BOB]), 2);
    deepEqual(namesOf(asked), [ALICE, BOB]);

    asked.propose(bytes, open);
    deepEqual(namesOf(asked), ALL);
    for (let slot = 0; slot < 8; slot++) asked.propose(100, 1);
    deepEqual(namesOf(asked), ALL);
    asked.propose(100, 1);
    deepEqual(namesOf(asked), [ALICE, BOB]);
  }
});
