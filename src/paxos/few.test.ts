import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Few } from './few.ts';

const step = fc.record({
  sequence: fc.integer({ min: 0, max: 3 }),
  value: fc.option(fc.string(), { nil: undefined }),
});

test('it is a map, however many entries it has and had', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const [few, map] = [new Few<string>(), new Map<number, string>()];
      for (const { sequence, value } of steps) {
        if (value === undefined) {
          few.delete(sequence);
          map.delete(sequence);
        } else {
          few.set(sequence, value);
          map.set(sequence, value);
        }
        deepEqual(few.entries(), [...map]);
        deepEqual([few.size, few.get(sequence)], [map.size, map.get(sequence)]);
      }
    }),
  );
});
