import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BUILDER } from './graphs-test-kit.ts';
import { twins, World } from './state-test-kit.ts';

const graph = fc.tuple(
  fc.array(fc.nat(30), { minLength: 1, maxLength: 12 }),
  fc.array(fc.tuple(fc.nat(40), fc.nat(40), fc.nat(12), fc.nat(9)), { maxLength: 40 }),
);

test('captured, restored and captured again, the bytes of any graph are the same', () => {
  fc.assert(
    fc.property(graph, ([kinds, edges]) => {
      const program = `object = module.build(${JSON.stringify(kinds)}, ${JSON.stringify(edges)});`;

      const { bytes } = twins(BUILDER, program);

      const other = new World(BUILDER);
      other.run(program);
      equal(Buffer.compare(other.capture(), bytes), 0, 'equal states have equal bytes');
    }),
    { numRuns: 300 },
  );
});
