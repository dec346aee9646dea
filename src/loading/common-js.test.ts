import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Bundle } from './bundle.ts';
import { loadClass } from './load.ts';
import { evaluate, makeFolder, Meter } from './loading-test-kit.ts';

type Files = Readonly<Record<string, string>>;

function load(t: TestContext, name: string, files: Files): Promise<Bundle> {
  return loadClass(name, { paths: [], directory: makeFolder(t, files) });
}

/** Calls `add` of the class, and says what else of it can be called. */
async function added(t: TestContext, files: Files, name = 'a.A'): Promise<unknown> {
  const { code, methods } = await load(t, name, files);
  const made = evaluate(code, new Meter())['A'] as unknown as new () => { add(): unknown };
  const called = methods.filter(({ name: method }) => !method.startsWith('__'));
  return [new made().add(), ...called.map(({ name: method, read }) => `${method} ${read}`)];
}

const BODY = '{ #n = 0; add() { return ++this.#n; } get() { return this.#n; } }';
const COMPILED = `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.B = exports.A = void 0;`;

const FORMS: readonly (readonly [how: string, files: Files])[] = [
  ['the class itself', { 'a.js': `module.exports = class A ${BODY};` }],
  ['a class declared before', { 'a.js': `class A ${BODY}\nmodule.exports = A;` }],
  ['a class in a variable', { 'a.js': `const A = class ${BODY}; module.exports = { A };` }],
  ['an object', { 'a.js': `class Inner ${BODY}\nmodule.exports = { B: 1, A: Inner };` }],
  ['a property', { 'a.js': `exports.A = class ${BODY}; exports.other = 1;` }],
  [
    'a property of both',
    { 'a.js': `class A ${BODY}\nexports = module.exports = A; exports.A = A;` },
  ],
  [
    'what a compiler wrote',
    { 'a.js': `${COMPILED}\nclass A ${BODY}\nexports.A = A; exports.B = A;` },
  ],
  [
    'what a compiler passes on',
    {
      'a.js': `${COMPILED}\nvar b_1 = require("./b");
        Object.defineProperty(exports, "A", { enumerable: true, get: function () { return b_1.A; } });`,
      'b.js': `${COMPILED}\nclass A ${BODY}\nexports.A = A;`,
    },
  ],
  [
    'another module',
    { 'a.js': "module.exports = require('./b.js');", 'b.js': `module.exports = class A ${BODY};` },
  ],
  ['one that ends early', { 'a.js': `class A ${BODY}\nmodule.exports = A;\nif (A) return;` }],
  ['a TypeScript assignment', { 'a.ts': `class A ${BODY}\nexport = A;` }],
];

for (const [how, files] of FORMS) {
  test(`a CommonJS module may give the class as ${how}`, async (t) => {
    // What compilers write defines properties, and then nothing is proven.
    const read = !JSON.stringify(files).includes('defineProperty');
    deepEqual(await added(t, files), [1, 'add false', `get ${read}`]);
  });
}

test('a class may extend one of a CommonJS module', async (t) => {
  const lib = `exports.Base = class ${BODY};`;
  const own = 'class A extends Base { more() { return this.add(); } }';

  for (const text of [
    `const { Base } = require('./lib.js'); ${own} module.exports = { A };`,
    `import { Base } from './lib.js'; export ${own}`,
    `const lib = require('./lib.js'); ${own.replace('Base', 'lib.Base')} exports.A = A;`,
  ]) {
    const files = { 'a.js': text, 'lib.js': lib };
    deepEqual(await added(t, files), [1, 'more false', 'add false', 'get true'], text);
  }
});

test('a class of a CommonJS module that cannot be told is refused with what to write', async (t) => {
  const wrong: readonly string[] = [
    'module.exports = class Other {};',
    'module.exports = class {};',
    'module.exports = { Other: class {} };',
    'exports.A = 5;',
    'exports.A = make(); function make() { return eval; }',
    'exports.A = class { one() {} }; exports.A = class { two() {} };',
    'module.exports = require("./a.js");',
    'module.exports = module.exports;',
    'for (const name of ["A"]) exports[name] = class {};',
    'const common = require("./none.js"); module.exports = common;',
  ];
  for (const text of wrong) {
    await rejects(load(t, 'a.A', { 'a.js': text }), { code: 'INVALID_CLASS' }, text);
  }
  const other = load(t, 'a.A', { 'a.js': 'module.exports = class Other {};' });
  const told = (await other.catch((error: unknown) => error)) as { remedy: string };
  match(told.remedy, /module\.exports = \{ A \}/);
});

test('a CommonJS class has the same hash wherever it lies', async (t) => {
  const files = { 'a.js': 'module.exports = class A { get() { return 1; } };' };
  const esm = { 'a.js': 'export class A { get() { return 1; } }' };

  const { hash } = await load(t, 'a.A', files);

  equal((await load(t, 'deep.a.A', { 'deep/a.js': files['a.js'] })).hash, hash);
  equal((await load(t, 'a.A', { ...files, 'package.json': '{ "name": "x" }' })).hash, hash);
  equal(/^[0-9a-f]{64}$/.test((await load(t, 'a.A', esm)).hash), true);
});
