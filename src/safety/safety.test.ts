import { deepEqual, equal, ok } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EXAMPLES } from '../state/examples-test-kit.ts';
import { checkSafety } from './check.ts';
import { INNOCENT, INNOCENT_FILES } from './innocent-test-kit.ts';
import { expectedOf, linesOf } from './safety-test-kit.ts';
import { VIOLATIONS } from './violations-test-kit.ts';

for (const [what, piece] of Object.entries(VIOLATIONS)) {
  test(`the check sees, and says where: ${what}`, async (t) => {
    const lines = await linesOf(t, piece);
    const expected = expectedOf(piece);

    ok(expected.length > 0);
    equal(lines.length, expected.length, lines.join('\n'));
    for (const [index, [line, text]] of expected.entries()) {
      const said = lines[index] ?? '';
      ok(said.startsWith(`${line} | `) && said.includes(text), `${said}, not ${line} | … ${text}`);
    }
  });
}

for (const [what, piece] of Object.entries(INNOCENT)) {
  test(`nothing is said of ${what}`, async (t) => {
    deepEqual(await linesOf(t, piece, INNOCENT_FILES), []);
  });
}

for (const [what, { source }] of Object.entries(EXAMPLES)) {
  test(`nothing is said of a class as somebody might write it: ${what}`, async (t) => {
    // One of them asks for the meter by hand, which loaders do for others.
    const meter = source.includes('$.scopes') ? 'let $: any;' : '';
    deepEqual(await linesOf(t, meter + source), []);
  });
}

const LIBRARY = fileURLToPath(new URL('../library/', import.meta.url));

test('our own classes are safe', async () => {
  const names = readdirSync(LIBRARY).filter((name) =>
    /^(?!.*\.test\.|.*-test-kit\.|index\.|registry\.).*\.ts$/.test(name),
  );
  ok(names.includes('counter.ts'));
  for (const name of names) deepEqual(await checkSafety(LIBRARY + name), [], name);
});

test('so is the class of the tutorial', async (t) => {
  const page = readFileSync(new URL('../../docs/tutorial.md', import.meta.url), 'utf8');
  const [, source = ''] = /```ts\n([^]*?class TenCounter[^]*?)```/.exec(page) ?? [];

  ok(source.includes('increment'));
  deepEqual(await linesOf(t, source), []);
});
