/** Every method of every ready-made object, with arguments that no typed program would pass. */
import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Replicated } from './library-test-kit.ts';
import { DATA_TYPES } from './data-types.ts';
import { WAITING_TYPES } from './waiting-types.ts';

const ODD = [0, -0, -1, 0.5, NaN, Infinity, 2 ** 53, '', '__proto__', 'constructor', 'a', 1n, -1n];
const option = fc.record(
  {
    timeoutMs: fc.oneof(fc.constantFrom(...ODD), fc.anything()),
    owner: fc.oneof(fc.constantFrom('', 'a', 'a'.repeat(129)), fc.anything()),
    blocking: fc.anything(),
    call: fc.oneof(fc.constantFrom('1:1', '1:2', '2:1', '1:'), fc.anything()),
    n: fc.constantFrom(...ODD),
    name: fc.anything(),
  },
  { requiredKeys: [] },
);
const argument = fc.oneof(
  fc.constantFrom(...ODD, null, undefined, true, [], {}),
  fc.integer({ min: 0, max: 5 }),
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, maxDepth: 2 }),
  fc.record({ jobname: fc.string(), jobid: fc.nat(3), jobtime: fc.integer() }),
  fc.record({ ttlMs: fc.anything() }),
  option,
);
const args = fc.array(argument, { maxLength: 4 });

/** What the objects throw on purpose. */
const NAMES = ['TypeError', 'RangeError', 'ValueError', 'KeyError', 'IndexError', 'RuntimeError'];
/** What the engine says of a mistake in our code. */
const MISTAKE =
  /cannot (?:read|mix|convert|set)|is not (?:a function|iterable|defined)|call stack/i;

/** A wait that must not take time breaks the barrier, as in Python. */
const BREAKS = 'BrokenBarrierError';

for (const { name, methods } of [...DATA_TYPES, ...WAITING_TYPES]) {
  const names = [...methods.map((method) => method.name), '__concoordinit__'];
  const calls = fc.array(fc.tuple(fc.constantFrom(...names), args, fc.nat(99)));

  test(`${name} refuses what makes no sense, and changes nothing then`, () => {
    fc.assert(
      fc.property(calls, (all) => {
        const object = new Replicated(name.replace('concoord.object.', ''));
        for (const [method, given, after] of all) {
          object.time += after;
          const before = object.state();
          const error = object.attempt(method, given);
          if (error === undefined || error.name === BREAKS) continue;
          ok(NAMES.includes(error.name), `${method}: ${error.name}: ${error.message}`);
          ok(!MISTAKE.test(error.message), `${method}: ${error.message}`);
          deepEqual(object.state(), before, `${method} refused, and changed nothing`);
        }
        object.move();
      }),
      { numRuns: 200 },
    );
  });
}
