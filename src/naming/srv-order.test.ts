import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Random } from '../base/index.ts';
import { MOST_TARGETS, srvOrder } from './srv-order.ts';
import type { SrvRecord } from './srv-order.ts';

function record(name: string, rest: Partial<SrvRecord> = {}): SrvRecord {
  return { name, port: 1, priority: 0, weight: 0, ...rest };
}

/** From 0 to 1, of a seed. */
function dice(seed: number): () => number {
  const random = new Random(seed);
  return () => random.between(0, 2 ** 30 - 1) / 2 ** 30;
}

test('a lesser priority comes first, and among equals by lot and weight', () => {
  const records = [
    record('late', { priority: 2, weight: 65_535 }),
    record('light', { weight: 1 }),
    record('heavy', { weight: 9 }),
    record('none'),
  ];
  const random = dice(1);
  let heavyFirst = 0;
  for (let round = 0; round < 1000; round++) {
    const [first, second, ...rest] = srvOrder(records, random).map(({ host }) => host);
    deepEqual(new Set([first, second]), new Set(['heavy', 'light']));
    deepEqual(rest, ['none', 'late']);
    if (first === 'heavy') heavyFirst++;
  }
  ok(heavyFirst > 850 && heavyFirst < 950, `${heavyFirst} of 1000, 900 expected`);
});

test('targets without a weight are drawn evenly', () => {
  const firsts = new Set<string>();
  const random = dice(2);
  for (let round = 0; round < 100; round++) {
    firsts.add(srvOrder([record('a'), record('b'), record('c')], random)[0]?.host ?? '');
  }
  equal(firsts.size, 3);
});

test('whatever the records say, what is left can be dialled', () => {
  const number = fc.oneof(fc.integer({ min: -2, max: 70_000 }), fc.double(), fc.constant(0));
  const records = fc.array(
    fc.record({
      name: fc.oneof(fc.string({ maxLength: 80 }), fc.domain(), fc.ipV4(), fc.constant('')),
      port: number,
      priority: number,
      weight: number,
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(records, fc.integer({ min: 0, max: 1e9 }), (given, seed) => {
      const targets = srvOrder(given, dice(seed));
      ok(targets.length <= MOST_TARGETS);
      equal(new Set(targets.map(({ host, port }) => `${host} ${port}`)).size, targets.length);
      for (const { host, port } of targets) {
        ok(Number.isInteger(port) && port >= 1 && port <= 65_535);
        ok(/^[a-z0-9_.-]+$/.test(host) && host.length <= 253);
      }
    }),
  );
});
