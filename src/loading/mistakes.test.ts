import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ConCoordError } from '../base/index.ts';
import { loadClass } from './load.ts';
import { makeFolder } from './loading-test-kit.ts';

type Files = Readonly<Record<string, string>>;

async function refused(t: TestContext, name: string, files: Files): Promise<ConCoordError> {
  const error = await loadClass(name, { paths: [], directory: makeFolder(t, files) }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  ok(error instanceof ConCoordError, String(error));
  ok(error.remedy.length > 0);
  return error;
}

const MISTAKES: readonly (readonly [what: string, source: string, message: RegExp])[] = [
  ['a syntax error', 'export class A { m() { return } ) }', /a\.ts:1:33: .*"\)"/],
  [
    'a missing export',
    'export class B {}; export const c = 1;',
    /a\.ts exports no A: it exports B, c/,
  ],
  ['no export at all', 'class A {}', /A is not a class that can be seen/],
  ['a default export', 'export default class A {}', /it exports default/],
  ['not a class', 'export const A = 5;', /A is not a class/],
  ['a function', 'export function A() {}', /A is not a class/],
  [
    'a constructor with arguments',
    'export class A { constructor(public n: number) {} }',
    /a\.ts:1:8: the constructor of A needs arguments/,
  ],
  [
    'an inherited constructor',
    'class B { constructor(n: string) { n; } } export class A extends B {}',
    /the constructor of A needs arguments/,
  ],
  [
    'an asynchronous method',
    'export class A {\n  async m() {} }',
    /a\.ts:2:3: A\.m is asynchronous/,
  ],
  [
    'a generator',
    'class B { *m() {} } export class A extends B {}',
    /a\.ts:1:11: A\.m is a generator/,
  ],
  [
    'a method called then',
    'export class A { then() {} }',
    /a\.ts:1:18: A has a method called then/,
  ],
  [
    'an import that is nowhere',
    "import './b.ts'; export class A {}",
    /a\.ts:1:8: cannot find the import "\.\/b\.ts"/,
  ],
  [
    'a package that is nowhere',
    "import 'bee'; export class A {}",
    /cannot find the import "bee": install the package/,
  ],
  [
    'a module of Node.js',
    "import { readFileSync } from 'node:fs'; export class A { m = readFileSync }",
    /a\.ts:1:30: node:fs is a module of Node\.js/,
  ],
  [
    'the same without its scheme',
    "import fs from 'fs'; export class A { m = fs }",
    /: fs is a module of Node\.js/,
  ],
  [
    'the client',
    "import { outcome } from 'concoord'; export class A { m = outcome }",
    /concoord is for clients/,
  ],
  [
    'code in an address',
    'import one from \'data:text/javascript,export default eval("1")\'; export class A { m = one }',
    /a\.ts:1:17: data:text\/javascript,.* is an address: bring the code along/,
  ],
  [
    'code from an address',
    "import one from 'https://example.org/one.js'; export class A { m = one }",
    /a\.ts:1:17: https:\/\/example\.org\/one\.js is an address/,
  ],
  [
    'an assignment to a constant',
    'const n = 1; export class A { m() { n = 2; } }',
    /a\.ts:1:37: Cannot assign to "n"/,
  ],
  [
    'waiting in a module',
    'export const n = await 1; export class A {}',
    /a\.ts:1:18: .*[Tt]op-level await/,
  ],
  ['a style sheet', "import './a.css'; export class A {}", /a\.ts:1:8: Cannot import "a\.css"/],
  [
    'an unknown parent',
    'const make = (n: number) => n ? class {} : Map; export class A extends make(1) {}',
    /what A extends is computed/,
  ],
  [
    'a regular expression',
    'export class A {\n  m() { return /[b-a]/; } }',
    /a\.ts:2:16: Invalid regular expression: \/\[b-a\]\/: Range out of order/,
  ],
  [
    'a regular expression of a package',
    "import { bad } from 'bad'; export class A { m() { return bad; } }",
    /a\.ts: Invalid regular expression: \/\(\/: Unterminated group/,
  ],
  [
    'an abstract class',
    'export abstract class A { abstract m(): void; }',
    /a\.ts:1:8: A is abstract: no object of it can be made/,
  ],
  [
    'nesting',
    `export class A { m = ${'['.repeat(30_000)}${']'.repeat(30_000)} }`,
    /nested too deeply/,
  ],
];

for (const [what, source, message] of MISTAKES) {
  test(`a mistake is told with its place: ${what}`, async (t) => {
    const bad = 'export const bad = /(/;';
    const files = { 'a.ts': source, 'a.css': '.a {}', 'node_modules/bad/index.js': bad };
    const error = await refused(t, 'a.A', files);

    ok(message.test(error.message), error.message);
  });
}

test('of a name that is none of the exports, the remedy can be followed', async (t) => {
  const remedyOf = async (name: string, source: string): Promise<string> =>
    (await refused(t, name, { 'a.ts': source })).remedy;

  equal(
    await remedyOf('a.ts', 'export class A {}'),
    'Name the class in the place of "ts", such as A.',
  );
  equal(await remedyOf('a.A', 'export type A = 1;'), 'Write "export class A { … }".');
  equal(
    await remedyOf('a.A', 'export default class {}'),
    'Write "export class A" instead of a default export.',
  );
  equal(
    await remedyOf('a.A', 'export class B {}'),
    'Write "export class A { … }", or name one of the exports.',
  );
});
