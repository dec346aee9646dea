import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { functionsOf, importsOf, readSource } from './source.ts';

function codeOf(text: string): string {
  return readSource('src/a/b.ts', text).code;
}

test('comments, strings, templates and regular expressions are not code', () => {
  equal(codeOf('a; // Date\nb /* Date */;'), 'a;        \nb           ;');
  equal(codeOf(String.raw`f('it\'s', "Date")`), 'f(       ,       )');
  equal(codeOf('x = /[/"]Date/g.test(y) / 2;'), 'x =            .test(y) / 2;');
  equal(codeOf('a = b / c; d = e / f;'), 'a = b / c; d = e / f;');
});

test('what stands between the braces of a template is code', () => {
  const text = '~Date ${now({ a: ~x${y}~ })} Date~; z'.replaceAll('~', '`');

  equal(codeOf(text), '        now({ a:     y   })       ; z');
});

test('imports are found in every form, and not inside strings', () => {
  const text = [
    "import type { A } from '../base/index.ts';",
    'export {',
    '  b,',
    "} from './b.ts';",
    "import 'node:fs';",
    "const later = await import('./later.ts');",
    "const worker = new URL('./worker.ts', import.meta.url);",
    "const generated = `import { x } from './never.ts';`;",
  ].join('\n');

  const imports = importsOf(readSource('src/codegen/emit.ts', text));

  deepEqual(
    imports.map(({ target, specifier, line }) => [target ?? specifier, line]),
    [
      ['src/base/index.ts', 1],
      ['src/codegen/b.ts', 2],
      ['node:fs', 5],
      ['src/codegen/later.ts', 6],
      ['src/codegen/worker.ts', 7],
    ],
  );
});

test('functions are found with every kind of head, and nothing else is taken for one', () => {
  const text = [
    'function plain(a: { b: number }): { c: Map<string, () => void> } {',
    '}',
    'class C {',
    '  get #x(): readonly A[] | undefined { return a ? f(b) : { c: 1 }; }',
    '  static is(x: unknown): x is { y: 1 } {',
    '  }',
    '}',
    'const arrow = async (x: number): Promise<void> => {',
    '};',
    'const type: (a: number) => string = f;',
    'if (x) {',
    '}',
    'for (const y of z) {',
    '}',
    'declare function without(body: string): void;',
    'const table = { a: () => f(b), c: (d) => {',
    '} };',
  ].join('\n');

  const spans = functionsOf(readSource('src/a/b.ts', text));

  deepEqual(
    spans.map(({ line, lines }) => [line, lines]),
    [
      [1, 2],
      [4, 1],
      [5, 2],
      [8, 2],
      [16, 2],
    ],
  );
});
