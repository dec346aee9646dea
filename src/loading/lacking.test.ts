import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { FOREIGN } from '../realm/index.ts';
import { contextWorlds } from '../realm/realm-test-kit.ts';
import type { World } from '../realm/realm-test-kit.ts';
import { loadClass } from './load.ts';
import { makeFolder } from './loading-test-kit.ts';

const make = await contextWorlds();

/** A world with a class whose method has this body, loaded as replicas load it. */
async function worldOf(t: TestContext, body: string, head = ''): Promise<World> {
  const text = `// @ts-nocheck\n${head}\nexport class Main { run() { ${body} } }`;
  const directory = makeFolder(t, { 'main.ts': text });
  const { name, code, methods } = await loadClass('main.Main', { paths: [], directory });
  return make(code, { name, exported: 'Main', methods });
}

/** Of `require` the bundler makes a function of its own. */
const NAMES = FOREIGN.filter(([name]) => name !== 'require');

test('what only other worlds have names the alternative when it is touched', async (t) => {
  const cases = NAMES.map(([name]) => `() => ${name},`);
  const world = await worldOf(
    t,
    `return [${cases.join(' ')}].map((touch) => {
      try { return String(touch()); } catch (e) { return e.name + ': ' + e.message; }
    });`,
  );
  const expected = NAMES.map(
    ([name, instead]) => `RuntimeError: there is no ${name} in a replicated object: ${instead}`,
  );
  deepEqual(world.call('run'), expected);
});

test('a module that is named only while the object runs cannot be had', async (t) => {
  const result = (await worldOf(t, "return require(String(this.absent ?? 'fs')).length;")).result(
    'run',
  );
  match('message' in result ? result.message : '', /Dynamic require of "fs" is not supported/);
});

for (const [how, body] of Object.entries({
  called: "return fetchIt();  function fetchIt() { return process('x'); }",
  constructed: 'return new Buffer(5);',
  'written short': 'return { process };',
  'as a default': 'return ((x = window) => x)();',
  extended: 'return class extends EventEmitter {};',
  'counted up': 'return process + 1;',
  'tagged on': 'return document.body.length;',
  'in a pattern': 'const { env } = process; return env;',
})) {
  test(`it does so wherever it stands: ${how}`, async (t) => {
    const result = (await worldOf(t, body)).result('run');
    match('message' in result ? result.message : '', /^there is no \w+ in a replicated object: /);
  });
}

test('libraries that ask whether something is there are told that it is not', async (t) => {
  const world = await worldOf(
    t,
    `const g = globalThis;
     const root = typeof global === 'object' && global || typeof self === 'object' && self || g;
     const node = typeof process !== 'undefined' && process.versions != null && process.versions.node;
     const umd = typeof exports === 'object' && typeof module !== 'undefined' ? 'commonjs' : 'other';
     return [root === g, node, umd, typeof window, typeof Buffer, g.process?.env, 'process' in g,
       g.Buffer, typeof globalThis.process, Object.hasOwn(g, 'window')].map(String).join();`,
  );
  equal(
    world.call('run'),
    'true,false,other,undefined,undefined,undefined,false,undefined,undefined,false',
  );
});

test('what a class calls so itself is its own', async (t) => {
  const world = await worldOf(
    t,
    `const module = 2, self = { process: 3, Buffer() { return 4; } };
     const { process } = self;
     return [module, process, self.Buffer(), (function global(n) { return n; })(5), own.URL].join();`,
    'const own = { URL: 6 };',
  );
  equal(world.call('run'), '2,3,4,5,6');
});
