import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ABSENT } from '../realm/index.ts';
import { INNOCENT } from './innocent-test-kit.ts';
import { linesOf } from './safety-test-kit.ts';
import { VIOLATIONS } from './violations-test-kit.ts';

/** What can be put around statements of a method; each takes one line in front. */
const WRAPPERS: readonly (readonly [before: string, after: string])[] = [
  ['{', '}'],
  ['if (x) {', '} else { x(); }'],
  ['for (const each of y) {', 'void each; }'],
  ['for (let at = 0; at < 3; at++) {', '}'],
  ['try {', '} catch (error) { throw error; }'],
  ['switch (x) { default: {', '} }'],
  ['const inner = () => {', 'return 1; }; inner();'],
  ['[1].map((each) => {', 'return each; });'],
  ['const other = { run: (x: any, y: any) => {', 'return 1; } }; other.run(1, 2);'],
  ['class Inner { field = (() => {', 'return 1; })(); } void Inner;'],
];

const wrapping = fc.array(fc.constantFrom(...WRAPPERS), { maxLength: 4 });

function wrap(piece: string, wrappers: readonly (readonly [string, string])[]): string {
  return wrappers.reduce((inside, [before, after]) => `${before}\n${inside}\n${after}`, piece);
}

const isBody = ([, piece]: readonly [string, string]): boolean => !/\bexport /.test(piece);
const INNOCENT_BODIES = Object.entries(INNOCENT).filter(isBody);
const VIOLATING_BODIES = Object.entries(VIOLATIONS).filter(isBody);

test('what is put around innocent code adds nothing', async (t) => {
  const property = fc.asyncProperty(
    fc.constantFrom(...INNOCENT_BODIES),
    wrapping,
    async ([, piece], wrappers) => {
      deepEqual(await linesOf(t, wrap(piece, wrappers)), []);
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

test('what is put around a violation moves it, and nothing else', async (t) => {
  const property = fc.asyncProperty(
    fc.constantFrom(...VIOLATING_BODIES),
    wrapping,
    async ([, piece], wrappers) => {
      const moved = await linesOf(t, wrap(piece, wrappers));

      const expected = (await linesOf(t, piece)).map((said) =>
        said.replace(/^\d+/, (line) => String(Number(line) + wrappers.length)),
      );
      deepEqual(moved, expected);
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

/** Two names that nothing else has, nor each other. */
const twoNames = fc.uniqueArray(
  fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]{0,8}$/).map((text) => `_${text}`),
  { minLength: 2, maxLength: 2 },
);

test('what somebody calls his own variables changes nothing', async (t) => {
  const property = fc.asyncProperty(twoNames, async ([one, other]) => {
    const piece = `const ${one} = eval;
      const ${other}_ = 'constr', ${one}$ = ${other}_ + 'uctor';
      ${one}('1'); x[${one}$]('2');
      const ${other}$ = Object, { prototype: ${one}_ } = ${other}$;
      ${one}_.run = 1;`;
    deepEqual(
      (await linesOf(t, piece)).map((said) => said.slice(0, said.indexOf(':'))),
      [
        '2 | there is no eval in a replicated object',
        '4 | constructor is called, which makes code',
        '6 | Object.prototype is changed',
      ],
    );
  });
  await fc.assert(property, { numRuns: 40 });
});

test('a name counts when it is the global, and not when it is declared', async (t) => {
  const names = [...ABSENT.map(([absent]) => absent), 'process', 'require', 'Buffer', 'window'];
  for (const absent of names) {
    equal((await linesOf(t, `return ${absent};`)).length, 1, absent);
    equal((await linesOf(t, `return globalThis.${absent};`)).length, 1, absent);
    deepEqual(await linesOf(t, `return x.${absent} + { ${absent}: 1 }.${absent};`), [], absent);
    if (absent === 'eval') continue;
    deepEqual(await linesOf(t, `const ${absent} = 1; return () => ${absent};`), [], absent);
    deepEqual(await linesOf(t, `return (${absent}: number) => ${absent} + 1;`), [], absent);
  }
});
