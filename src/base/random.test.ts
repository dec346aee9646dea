import { deepEqual, equal, notDeepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Random } from './random.ts';

function draws(random: Random, count: number): readonly number[] {
  return Array.from({ length: count }, () => random.uint32());
}

test('the same seed gives the same numbers, today and in every later version', () => {
  deepEqual(draws(new Random(1), 4), [2442144158, 3238099751, 3819917871, 2104621829]);
  deepEqual(draws(new Random(2 ** 40 + 3), 4), [1837739972, 1270549030, 3574160140, 2047288965]);
});

test('all low 53 bits of a seed count', () => {
  notDeepEqual(draws(new Random(5), 4), draws(new Random(5 + 2 ** 33), 4));
});

test('a number between two bounds is a whole number, and both bounds occur', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: -1000, max: 1000 }),
      fc.nat(2 ** 31),
      (seed, low, span) => {
        const drawn = new Random(seed).between(low, low + span);

        return Number.isInteger(drawn) && drawn >= low && drawn <= low + span;
      },
    ),
  );
  const random = new Random(9);
  const seen = new Set(Array.from({ length: 200 }, () => random.between(3, 6)));
  deepEqual(
    [...seen].sort((a, b) => a - b),
    [3, 4, 5, 6],
  );
});

test('chances come about as often as they say', () => {
  const random = new Random(11);
  let hits = 0;
  for (let trial = 0; trial < 10_000; trial++) if (random.chance(1, 4)) hits++;

  equal(hits > 2300 && hits < 2700, true, `${hits} of 10000 at 1 in 4`);
  equal(random.chance(0, 5), false);
  equal(random.chance(5, 5), true);
});

test('an id is a safe number of 48 bits, and not 0', () => {
  const random = new Random(13);
  const ids = Array.from({ length: 1000 }, () => random.id48());

  equal(
    ids.every((id) => Number.isSafeInteger(id) && id > 0 && id < 2 ** 48),
    true,
  );
  equal(new Set(ids).size, 1000);
});

test('a fork has dice of its own: what one draws does not change what the other draws', () => {
  const one = new Random(17);
  const fork = one.fork();
  const expected = draws(fork, 5);

  const again = new Random(17);
  const sameFork = again.fork();
  draws(again, 100);
  deepEqual(draws(sameFork, 5), expected);
});

test('every item is picked sooner or later', () => {
  const random = new Random(19);
  const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])));

  deepEqual([...picked].sort(), ['a', 'b', 'c']);
});
