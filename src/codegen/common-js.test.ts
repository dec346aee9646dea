import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { installTypeScript, order, writeTree } from './fixture-test-kit.ts';
import { writeObjectProxy } from './object-proxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'concoord-codegen-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let projects = 0;

function project(files: Readonly<Record<string, string>>): string {
  const at = join(folder, `project-${projects++}`);
  writeTree(at, files);
  return at;
}

/** The methods that the proxy of a class declares, of a file with one class. */
function methodsOf(at: string, name: string): readonly string[] {
  const text = readFileSync(writeObjectProxy(order(name, at)).replace(/\.js$/, '.d.ts'), 'utf8');
  return [...text.matchAll(/^ {2}(?!constructor|__)(\w+.*);$/gm)].map(([, line = '']) => line);
}

const BODY = '{ add(by = 1) { return by; } }';
const EXPECTED = ['add(by?: number): Promise<unknown>'];

test('the class of a CommonJS module has a proxy, however the module gives it', () => {
  const forms: readonly string[] = [
    `module.exports = class A ${BODY};`,
    `class A ${BODY}\nmodule.exports = A;`,
    `const A = class ${BODY};\nmodule.exports = { A };`,
    `class Inner ${BODY}\nmodule.exports = { B: 1, A: Inner };`,
    `exports.A = class ${BODY};`,
    `class A ${BODY}\nexports = module.exports = A;`,
    `exports.B = exports.A = void 0;\nclass A ${BODY}\nexports.A = A;`,
    `const { Base } = require('./lib'); class A extends Base {} module.exports = A;`,
    `const lib = require('./lib'); exports.A = class extends lib.Base {};`,
    `const Whole = require('./whole.js'); exports.A = class extends Whole {};`,
    `module.exports = require('./passed.js');`,
  ];
  for (const text of forms) {
    const at = project({
      'a.js': text,
      'lib.js': `exports.Base = class ${BODY};`,
      'whole.js': `module.exports = class ${BODY};`,
      'passed.js': `exports.A = class ${BODY};`,
    });
    deepEqual(methodsOf(at, 'a.A'), EXPECTED, text);
  }
});

test('a class that a CommonJS module does not give has none', () => {
  const at = project({
    'a.js': 'module.exports = class Other {};',
    'b.js': "module.exports = require('./b.js');",
  });

  throws(() => writeObjectProxy(order('a.A', at)), { code: 'INVALID_CLASS', message: /Other/ });
  throws(() => writeObjectProxy(order('b.A', at)), { code: 'INVALID_CLASS' });
});

test('the compiler tells types of CommonJS modules, and what it does not tell is unknown', () => {
  const at = project({
    'a.js': `/** Adds. */
      class A { add(by = 1) { return String(by); } }
      const Hidden = class { get(key) { return key; } };
      module.exports = { A, Hidden };`,
  });
  installTypeScript(at);

  deepEqual(methodsOf(at, 'a.A'), ['add(by?: number): Promise<string>']);
  deepEqual(methodsOf(at, 'a.Hidden'), [
    'add(by?: number): Promise<unknown>',
    'get(key?: unknown): Promise<unknown>',
  ]);
  const again = writeObjectProxy(order('a.A', at));
  match(readFileSync(again, 'utf8'), /class Hidden/);
  equal(again, join(at, 'aproxy.js'));
  ok(readFileSync(join(at, 'aproxy.d.ts'), 'utf8').includes('/** Adds. */'));
});
