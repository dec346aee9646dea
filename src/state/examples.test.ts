import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { EXAMPLES } from './examples-test-kit.ts';
import type { Example } from './more-examples-test-kit.ts';
import { compile, World } from './state-test-kit.ts';

type Call = readonly [call: number, a: number, b: number];

const calls = fc.array(fc.tuple(fc.nat(10), fc.nat(7), fc.nat(7)), { maxLength: 30 });

/** Makes these calls; what they return or throw, as text. */
function play(world: World, example: Example, list: readonly Call[]): string {
  const steps = list.map(([call, a, b]) => {
    const text = example.calls[call % example.calls.length] ?? '';
    const attempt = `const a = ${a}, b = ${b}; out.push(String(${text}));`;
    return `try { ${attempt} } catch (error) { out.push(String(error)); }`;
  });
  return String(world.run(`const out = []; ${steps.join('\n')} out.join('\\n');`));
}

for (const [name, example] of Object.entries(EXAMPLES)) {
  test(`a replica that takes over a state goes on as the others do: ${name}`, () => {
    const code = compile(example.source);
    fc.assert(
      fc.property(calls, calls, (before, after) => {
        const first = new World(code);
        first.run('object = new module.Main();');
        play(first, example, before);
        const bytes = first.capture();
        const second = new World(code);

        second.restore(bytes);

        equal(Buffer.compare(second.capture(), bytes), 0, 'captured again, the bytes are the same');
        equal(play(second, example, after), play(first, example, after));
        equal(Buffer.compare(second.capture(), first.capture()), 0, 'later states are equal, too');
      }),
      { numRuns: 15 },
    );
  });
}

test('every call of the examples does something', () => {
  for (const [name, example] of Object.entries(EXAMPLES)) {
    const world = World.of(example.source);
    world.run('object = new module.Main();');
    const all = example.calls.map((_, call) => [call, 1, 2] as const);
    const outcome = play(world, example, [...all, ...all]);

    equal(
      outcome.includes('Error: Cannot') || outcome.includes('is not'),
      name === 'subclasses of Error',
      outcome,
    );
  }
});
