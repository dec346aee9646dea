import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../src/base/index.ts';
import { atRandom, catastrophesAYear, rackAware, room } from '../bench/outages.ts';

const PLAN = { seed: 7, placements: 40, years: 40 };

test('in every room of the paper, hosts that differ lose their majority less often', () => {
  const aware = [40, 80, 120].map((hosts) => catastrophesAYear(hosts, rackAware, PLAN));
  const random = [40, 80, 120].map((hosts) => catastrophesAYear(hosts, atRandom, PLAN));
  const factors = random.map((rate, index) => rate / (aware[index] as number));
  assert.ok(
    factors.every((factor, index) => factor > ([1.3, 3, 3][index] as number)),
    `random to rack-aware: ${factors.join(', ')}`,
  );
});

test('with as many racks as replicas no rack has two, and with two racks one has three', () => {
  const replicasPerRack = (hosts: number): readonly number[] => {
    const racks = rackAware(room(hosts), 5, new Random(1)).map(({ groups }) => groups[0]);
    return [...new Set(racks)]
      .map((rack) => racks.filter((other) => other === rack).length)
      .toSorted((a, b) => a - b);
  };
  assert.deepEqual(replicasPerRack(40), [2, 3]);
  assert.deepEqual(replicasPerRack(80), [1, 1, 1, 2]);
  assert.deepEqual(replicasPerRack(120), [1, 1, 1, 1, 1]);
});

test('a seed is a history', () => {
  const rate = (seed: number): number => catastrophesAYear(40, atRandom, { ...PLAN, seed });
  assert.equal(rate(3), rate(3));
  assert.notEqual(rate(3), rate(4));
});
