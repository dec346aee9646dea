import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ConCoordError } from '../base/index.ts';
import { makeFolder } from '../loading/loading-test-kit.ts';
import { checkSafety } from './check.ts';
import { linesOf } from './safety-test-kit.ts';
import type { Files } from './safety-test-kit.ts';

/** Without what stands behind the first word of a remedy: `3 | in a.ts: there is no eval`. */
async function shortLines(t: TestContext, piece: string, files: Files = {}): Promise<string[]> {
  const lines = await linesOf(t, piece, files);
  return lines.map((line) =>
    line.replace(/ in a replicated object.*/, '').replace(/, which.*/, ''),
  );
}

const PACKAGE = '{ "name": "pack", "type": "module", "exports": "./index.js" }';

test('files of imports are named from the folder of the class, after the class itself', async (t) => {
  const lines = await shortLines(
    t,
    `import { deep } from './lib/deep.ts';\nexport class Main { run = () => [deep, fetch]; }`,
    {
      'lib/deep.ts': `import { above } from '../above.js';\n\nexport const deep = () => [above, setTimeout];`,
      'above.js': `import { pack } from 'pack';\nexport const above = [eval, pack];`,
      'node_modules/pack/package.json': PACKAGE,
      'node_modules/pack/index.js': `\n\n\nexport { pack } from './inside.js';`,
      'node_modules/pack/inside.js': `export const pack = () =>\n  process.env;`,
    },
  );

  deepEqual(lines, [
    '2 | there is no fetch',
    '2 | in above.js: there is no eval',
    '3 | in lib/deep.ts: there is no setTimeout',
    '2 | in node_modules/pack/inside.js: there is no process',
  ]);
});

test('a file above the folder of the class is named as well', async (t) => {
  const folder = makeFolder(t, {
    'above.ts': 'export const above = eval;',
    'inner/main.ts': `import { above } from '../above.ts'; export class Main { run = above; }`,
  });
  const [violation, ...others] = await checkSafety(join(folder, 'inner/main.ts'));

  deepEqual(others, []);
  equal(violation?.file, join(folder, 'above.ts'));
  ok(violation?.reason.startsWith('in ../above.ts: there is no eval'));
});

test('of a package counts what is used', async (t) => {
  const lines = await shortLines(
    t,
    `import { good } from 'pack'; export class Main { run = good; }`,
    {
      'node_modules/pack/package.json': `${PACKAGE.slice(0, -1)}, "sideEffects": false }`,
      'node_modules/pack/index.js': `export { good } from './good.js'; export { bad } from './bad.js';`,
      'node_modules/pack/good.js': `export const good = 1;`,
      'node_modules/pack/bad.js': `export const bad = () => eval;`,
    },
  );

  deepEqual(lines, []);
});

test('a package of the old kind may require what objects may import', async (t) => {
  const lines = await shortLines(t, `import { all } from 'old'; export class Main { run = all; }`, {
    'node_modules/old/package.json': '{ "name": "old", "main": "lib" }',
    'node_modules/old/lib/index.js': `'use strict';
      var __setModuleDefault = this && this.__x || function (o, v) { o.x = v; };
      Object.defineProperty(exports, '__esModule', { value: true });
      var other = require('./other'), fs = typeof require === 'function' && require('fs');
      if (typeof process === 'object') exports.host = 1;
      exports.all = [other, fs, __setModuleDefault, require(other), __dirname];`,
    'node_modules/old/lib/other.js': `module.exports = function Other() { return arguments.length; };
      if (module.exports.length) return;
      module.exports.walk = function (x) { return x.constructor('1'); };`,
  });

  deepEqual(lines, [
    '4 | in node_modules/old/lib/index.js: fs is a module of Node.js',
    '6 | in node_modules/old/lib/index.js: there is no require',
    '6 | in node_modules/old/lib/index.js: there is no __dirname',
    '3 | in node_modules/old/lib/other.js: constructor is called',
  ]);
});

test('a constant of another file is a constant', async (t) => {
  const lines = await shortLines(
    t,
    `import { KEY, ALSO } from './keys.ts';\nimport { NAME as name, free } from './more.ts';
    export class Main {\nrun(x: any) {\nx[KEY]('1');\nx[ALSO]('1');\nglobalThis[name]('1');\n
    x[free]('1'); } }`,
    {
      'keys.ts': `import { PART } from './more.ts'; export const KEY = PART + 'uctor';
        const own = KEY; export { own as ALSO };`,
      'more.ts': `export { NAME } from './most.ts'; export * from './most.ts';
        export let free = 'constructor'; free += '';`,
      'most.ts': `export const PART = 'constr'; export const NAME = 'eval'; export * from './more.ts';`,
    },
  );

  deepEqual(lines, [
    '5 | constructor is called',
    '6 | constructor is called',
    '7 | there is no eval',
  ]);
});

test('files in circles are judged once', async (t) => {
  const lines = await shortLines(
    t,
    `import { other } from './other.ts'; export class Main { run = () => [other, eval]; }`,
    { 'other.ts': `import { Main } from './main.ts'; export const other = () => [Main, eval];` },
  );

  deepEqual(lines, ['1 | there is no eval', '1 | in other.ts: there is no eval']);
});

test('lines are those of the file, whatever it says of itself', async (t) => {
  const map = JSON.stringify({ version: 3, sources: ['a'], names: [], mappings: '' });
  const url = `data:application/json;base64,${Buffer.from(map).toString('base64')}`;
  const lines = await shortLines(
    t,
    `interface Long {\n  a: number;\n  b: string;\n}\n\nexport class Main {\n  run(\n    a?: Long,\n` +
      `  ): unknown {\n    // Nothing.\n    return [\n      a,\n      eval,\n    ];\n  }\n}\n` +
      `//# sourceMappingURL=${url}\n`,
  );

  deepEqual(lines, ['13 | there is no eval']);
});

test('lines end as they do on other systems, and the mark of a first byte is no code', async (t) => {
  const piece = `\uFEFFexport class Main {\r\n  run() {\r\n    return eval;\r\n  }\r\n}\r\n`;

  deepEqual(await shortLines(t, piece), ['3 | there is no eval']);
});

test('what a source calls something cannot change what is printed', async (t) => {
  const [line = '', ...others] = await linesOf(
    t,
    `import 'a\\nObject is safe!\\u001b[2J${'x'.repeat(500)}'; export class Main {}`,
  );

  deepEqual(others, []);
  ok(line.startsWith('1 | a\\u{a}Object is safe!\\u{1b}[2J'), line);
  ok(line.length < 200, line);
});

test('very many violations are all told', async (t) => {
  const lines = await linesOf(t, `export class Main {}\n${'eval;\n'.repeat(20_000)}`);

  equal(lines.length, 20_000);
  ok(lines.at(-1)?.startsWith('20001 | there is no eval'));
});

test('constants in circles are none, and what would grow without end is left alone', async (t) => {
  const doubled = Array.from({ length: 40 }, (_, at) => `const n${at} = n${at + 1} + n${at + 1};`);
  const wide = Array.from(
    { length: 5 },
    (_, at) => `const w${at} = ${`w${at + 1} + `.repeat(500)} 'a';`,
  );
  const lines = await shortLines(
    t,
    `export class Main { run(x: any) {
    const a: any = b || x.constructor; const b: any = x || a;
    const t: any = { [t.key]: 'constructor', key: t.key }; x[t.key](1); x[t.other](1);
    const c: any = d + 'a'; const d: any = c; x[c](1); globalThis[d];
    ${doubled.join(' ')} const n40 = 'constructor'; x[n0];
    ${wide.join(' ')} const w5 = 'a'; x[w0];
    x${'.a'.repeat(3000)}; } }`,
  );

  deepEqual(lines, [
    '2 | constructor is passed on: name the class, or take it from this; of functions it makes code',
    '4 | it cannot be told which global is meant: name it',
  ]);
});

test('what cannot be read is said with its place', async (t) => {
  const refused = async (text: string, code: string, message: RegExp): Promise<void> => {
    const file = join(makeFolder(t, { 'main.ts': text }), 'main.ts');
    await rejects(checkSafety(file), (error) => {
      ok(error instanceof ConCoordError);
      equal(error.code, code);
      return message.test(error.message);
    });
  };

  await refused('export class Main {\n  run( }', 'INVALID_CLASS', /main\.ts:2:\d+: /);
  await refused(`export const m = ${'['.repeat(3000)}${']'.repeat(3000)};`, 'TOO_LARGE', /nested/);
  await refused(`export const m = 1${' + 1'.repeat(20_000)};`, 'TOO_LARGE', /nested/);
  await refused(`/* ${' '.repeat(4 * 1024 * 1024)} */`, 'TOO_LARGE', /main\.ts has \d+ bytes/);
});

test('nothing is executed', async (t) => {
  const file = join(makeFolder(t, { 'main.js': 'globalThis.concoordWasHere = 1;' }), 'main.js');

  equal((await checkSafety(file)).length, 1);
  equal('concoordWasHere' in globalThis, false);
});
