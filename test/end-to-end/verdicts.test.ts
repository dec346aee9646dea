/** `concoord object` and `concoord replica` say the same of a class: here of its text. */
import { equal, ok } from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeTree } from '../../src/codegen/fixture-test-kit.ts';
import { bothRefuse, makeFolder, verdictsOf } from './verdicts.ts';
import type { Case } from './verdicts.ts';

const folder = makeFolder();

const READ: readonly Case[] = [
  [
    'a constructor with arguments',
    'export class A {\n  constructor(n: number) { n; } }',
    /:1:8: the constructor of A needs/,
  ],
  [
    'an inherited one',
    'class B { constructor(n: number) { n; } }\nexport class A extends B {}',
    /:1:1: the constructor of A needs/,
  ],
  ['an asynchronous method', 'export class A {\n  async m() {} }', /:2:3: A\.m is asynchronous/],
  [
    'an asynchronous generator',
    'export class A {\n  async *m() {} }',
    /:2:3: A\.m is asynchronous/,
  ],
  ['a generator method', 'export class A {\n  *m() {} }', /:2:3: A\.m is a generator/],
  [
    'an inherited asynchronous method',
    'class B {\n  async m() {} }\nexport class A extends B {}',
    /:2:3: A\.m is asynchronous/,
  ],
  ['a method then', 'export class A {\n  then(): void {} }', /:2:3: A has a method called then/],
  [
    'a getter then',
    'export class A {\n  get then(): number { return 1; } }',
    /:2:3: A has a method called then/,
  ],
  ['an abstract class', 'export abstract class A {}', /:1:8: A is abstract/],
  [
    'a missing file',
    "import { x } from './none.ts';\nexport class A { m(): unknown { return x; } }",
    /:1:19: cannot find the import/,
  ],
  [
    'a missing package',
    "import { x } from 'none-such';\nexport class A { m(): unknown { return x; } }",
    /:1:19: .*install the package/,
  ],
  [
    'a missing export of a file',
    "import { x } from './b.ts';\nexport class A { m(): unknown { return x; } }",
    /:1:10: No matching export/,
  ],
  [
    'a module of Node.js',
    "import fs from 'node:fs';\nexport class A { m(): unknown { return fs; } }",
    /:1:16: node:fs is a module of Node\.js/,
  ],
  [
    'the client',
    "import { connect } from 'concoord';\nexport class A { m(): unknown { return connect; } }",
    /:1:25: concoord is for clients/,
  ],
  ['waiting at the top', 'await 1;\nexport class A {}', /:1:0?1?.*[Tt]op-level await/],
  ['a syntax error', 'export class A { m( }', /:1:21: /],
  [
    'a regular expression',
    'export class A {\n  m(): unknown { return /(/; } }',
    /:2:25: Invalid regular expression/,
  ],
  ['no class', 'export const A = 1;', /A is not a class/],
  [
    'a class that is not exported',
    'class A {}\nexport class B {}',
    /a\d+\.ts exports no A: it exports B/,
  ],
  ['a default class', 'export default class A {}', /a\d+\.ts exports no A: it exports default/],
  [
    'a computed parent',
    'const of = (n: number) => (n ? class {} : Map);\nexport class A extends of(1) {}',
    /what A extends is computed/,
  ],
];

test('what replicas refuse by its text has no proxy, for the same reason', async () => {
  await bothRefuse(folder, READ);
});

/** Classes that replicas run, and signs of their proxies. */
const GOOD: readonly (readonly [what: string, source: string, line: string])[] = [
  [
    'a parent of the language',
    'export class A extends Map { own(): number { return 1; } }',
    'own(): Promise<number> {',
  ],
  [
    'a mixin',
    'const of = (B: any) => class extends B { more(): number { return 1; } };\nclass C {}\n' +
      'export class A extends of(C) {}',
    'more(...args: unknown[]): Promise<unknown> {',
  ],
  [
    'a parent of a package',
    "import { B } from 'pack';\nexport class A extends B { own(): number { return 1; } }",
    'inherited(...args: unknown[]): Promise<unknown> {',
  ],
  [
    'a class by another name',
    'class B { m(): number { return 1; } }\nexport { B as A };',
    'm(): Promise<number> {',
  ],
  [
    'a method that gives a function',
    'export class A { f(): () => void { return () => {}; } m(): void {} }',
    'm(): Promise<void> {',
  ],
  [
    'a method that gives itself',
    'export class A { f(): this { return this; } m(): void {} }',
    'm(): Promise<void> {',
  ],
  [
    'a parent in another language',
    "import { B } from './b.tsx';\nexport class A extends B { own(): number { return 1; } }",
    'inherited(...args: unknown[]): Promise<unknown> {',
  ],
  [
    'a class of another language',
    "export { B as A } from './b.tsx';",
    'inherited(...args: unknown[]): Promise<unknown> {',
  ],
  [
    'a type that is nowhere',
    "import type { X } from './none.ts';\nexport class A { f(x: X): void {} m(): void {} }",
    'm(): Promise<void> {',
  ],
];

test('what replicas run has a proxy', async () => {
  for (const [what, source, line] of GOOD) {
    writeTree(folder, {
      'a.ts': source,
      'b.tsx': 'export class B { inherited(): number { return 1; } }',
      'node_modules/concoord/package.json': '{}',
      'node_modules/pack/package.json': '{ "type": "module", "exports": "./index.js" }',
      'node_modules/pack/index.js': 'export class B { inherited() { return 1; } }',
    });
    const [verdict] = await verdictsOf([['object', '-o', 'a.A']]);

    equal(verdict?.code, 0, `${what}: ${verdict?.said}`);
    ok(readFileSync(join(folder, 'aproxy.ts'), 'utf8').includes(`  ${line}`), what);
    rmSync(join(folder, 'aproxy.ts'));
  }
});
