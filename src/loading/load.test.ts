import { deepEqual, equal, notEqual, ok, rejects } from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { decodeBundle, encodeBundle } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { loadClass } from './load.ts';
import { makeFolder, Meter } from './loading-test-kit.ts';

type Files = Readonly<Record<string, string>>;

function load(t: TestContext, name: string, files: Files): Promise<Bundle> {
  return loadClass(name, { paths: [], directory: makeFolder(t, files) });
}

/** The class of a bundle, evaluated as the realm would. */
function classOf({
  code,
  name,
}: Bundle): new () => Record<string, (...args: unknown[]) => unknown> {
  // eslint-disable-next-line no-new-func, typescript/no-implied-eval -- code to be tried is the point
  const exports = new Function('$', code)(new Meter()) as Record<string, never>;
  return exports[name.slice(name.lastIndexOf('.') + 1)] as never;
}

const BANK = `
  import { KeyError } from 'concoord/object';
  import type { Account } from './account.ts';
  import { Ledger } from './ledger.ts';
  export class Bank extends Ledger {
    readonly #accounts = new Map<string, Account>();
    constructor(private readonly currency = 'EUR') { super(); }
    deposit(name: string, amount: number): number {
      const account = this.#accounts.get(name) ?? { amount: 0 };
      account.amount += amount;
      this.#accounts.set(name, account);
      this.note(\`\${amount} \${this.currency}\`);
      return account.amount;
    }
    balance(name: string): number {
      const account = this.#accounts.get(name);
      if (account === undefined) throw new KeyError(\`no \${name}\`);
      return account.amount;
    }
    get size(): number { return this.#accounts.size; }
    static make(): Bank { return new Bank(); }
    private secret(): void {}
    protected hidden(): void {}
    #veryPrivate(): void {}
    async = () => this.#veryPrivate();
    __internal(): void {}
    override toString(): string { return 'bank'; }
  }`;
const BANK_FILES: Files = {
  'bank.ts': BANK,
  'account.ts': 'export interface Account { amount: number }',
  'ledger.ts': `export abstract class Ledger {
    protected readonly notes: string[] = [];
    protected note(text: string): void { this.notes.push(text); }
    history(): readonly string[] { return this.notes; }
  }`,
};

test('a class with its imports becomes a bundle that runs', async (t) => {
  const bundle = await load(t, 'bank.Bank', BANK_FILES);
  const bank = new (classOf(bundle))();

  equal(bundle.name, 'bank.Bank');
  equal(bundle.format, 1);
  ok(/^[0-9a-f]{64}$/.test(bundle.hash));
  deepEqual(decodeBundle(encodeBundle(bundle)), bundle);
  equal(bank['deposit']?.('ann', 5), 5);
  deepEqual(bank['history']?.(), ['5 EUR']);
  let thrown: unknown;
  try {
    bank['balance']?.('bob');
  } catch (error) {
    thrown = error;
  }
  equal(String(thrown), 'KeyError: no bob');
});

test('its public methods are listed, own and inherited, and nothing else', async (t) => {
  const { methods } = await load(t, 'bank.Bank', BANK_FILES);

  deepEqual(
    methods.map(({ name }) => name),
    ['deposit', 'balance', 'size', 'history', '__str__', '__repr__'],
  );
});

test('a last parameter _concoord_command is the command, and such a method is never a read', async (t) => {
  const { methods } = await load(t, 'a.A', {
    'a.ts': `
      import { Base } from 'base';
      const _concoord_command = 1;
      export class A extends Base {
        held = '';
        lock(name: string, _concoord_command: { key: string }): string {
          return this.held + name + _concoord_command.key;
        }
        who(this: A, a = 1, b?: number, _concoord_command?: unknown): unknown { return _concoord_command; }
        usual(_concoord_command: unknown = null): unknown { return _concoord_command; }
        over(a: number): number;
        over(a: number, b: number, _concoord_command: unknown): number;
        over(a: number): number { return a; }
        first(_concoord_command: unknown, last: number): number { return last; }
        all(..._concoord_command: unknown[]): number { return _concoord_command.length; }
        almost(_concoord_command2: unknown): unknown { return _concoord_command2; }
        top(): number { return _concoord_command; }
      }`,
    'node_modules/base/package.json': '{ "type": "module", "exports": "./index.js" }',
    'node_modules/base/index.js':
      'export class Base { inherited(a, b, _concoord_command) { return b; } }',
  });

  deepEqual(methods, [
    { name: 'lock', read: false, commandAt: 1 },
    { name: 'who', read: false, commandAt: 2 },
    { name: 'usual', read: false, commandAt: 0 },
    { name: 'over', read: true },
    { name: 'first', read: true },
    { name: 'all', read: true },
    { name: 'almost', read: true },
    { name: 'top', read: true },
    { name: 'inherited', read: false, commandAt: 2 },
    { name: '__str__', read: true },
    { name: '__repr__', read: true },
  ]);
});

test('copies in other folders give the same bundle', async (t) => {
  const files: Files = {
    ...BANK_FILES,
    'index.js': 'exports.x = function () { return __filename ? 1 : 2; };',
    'lib/index.js': "module.exports = { two: 2, ...require('..') };",
    'uses.ts': `import lib from './lib/index.js'; import * as all from './index.js';
      import meta from './data.json' with { type: 'json' };
      export class Uses { n = lib.two + meta.n; get() { return [this.n, Object.keys(all), import.meta]; } }`,
    'data.json': '{ "n": 3 }',
  };
  const [one, other] = [makeFolder(t, files), makeFolder(t, { 'deeper/x.txt': '' })];
  const second = makeFolder(t, {});
  cpSync(one, join(other, 'deeper', 'copy'), { recursive: true });

  for (const name of ['bank.Bank', 'uses.Uses']) {
    const bundle = await loadClass(name, { paths: [], directory: one });
    const copy = await loadClass(name, { paths: [join(other, 'deeper/copy')], directory: second });
    deepEqual(copy, bundle);
    for (const folder of [one, other]) equal(bundle.code.includes(folder), false);
    deepEqual(await loadClass(name, { paths: [], directory: one }), bundle);
  }
});

test('another source has another hash, and comments and types are no source', async (t) => {
  const files = { 'a.ts': 'export class A { m(): number { return 1; } }' };
  const { hash } = await load(t, 'a.A', files);
  const commented = {
    'a.ts': '// hello\nexport class A { /** doc */ m(): unknown { return 1; } }',
  };
  const changed = { 'a.ts': 'export class A { m(): number { return 2; } }' };

  equal((await load(t, 'a.A', commented)).hash, hash);
  notEqual((await load(t, 'a.A', changed)).hash, hash);
});

test('packages are found beside the file, whichever kind of module they are', async (t) => {
  const bundle = await load(t, 'deep.uses.Uses', {
    'deep/uses.ts': `import { esm } from 'esm-package'; import cjs, { named } from 'cjs-package';
      export class Uses { all() { return [esm(), cjs.named, named]; } }`,
    'node_modules/esm-package/package.json':
      '{ "name": "esm-package", "type": "module", "exports": "./e.js" }',
    'node_modules/esm-package/e.js': "export const esm = () => 'esm'; export const other = 1;",
    'node_modules/cjs-package/package.json': '{ "name": "cjs-package", "main": "lib/c" }',
    'node_modules/cjs-package/lib/c.js':
      "if (typeof process === 'object') exports.named = 'cjs'; else exports.named = 'bare';",
  });

  deepEqual(new (classOf(bundle))()['all']?.(), ['esm', 'cjs', 'cjs']);
});

test('modules may import one another in circles', async (t) => {
  const bundle = await load(t, 'a.A', {
    'a.ts': "import { b } from './b.ts'; export class A { m(n = 3): number { return b(n); } }",
    'b.ts': `import { A } from './a.ts';
       export const b = (n: number): number => n === 0 ? 0 : 1 + new A().m(n - 1);`,
  });

  equal(new (classOf(bundle))()['m']?.(), 3);
});

test('plain JavaScript, default parameters of constructors and mixins are fine', async (t) => {
  const bundle = await load(t, 'q.Queue', {
    'q.js': `const Sized = (Base) => class extends Base { size() { return this.items.length; } };
      class Plain { items = []; }
      class Queue extends Sized(Plain) { constructor(limit) { super(); this.limit = limit; } put(x) {
      this.items.push(x); } }
      export { Queue };`,
  });
  const queue = new (classOf(bundle))();

  deepEqual(
    bundle.methods.map(({ name }) => name),
    ['put', 'size', '__str__', '__repr__'],
  );
  queue['put']?.(1);
  equal(queue['size']?.(), 1);
});

test('names survive that the bundler would change', async (t) => {
  const bundle = await load(t, 'n.N', {
    'n.ts': `import { Clash as Other } from './o.ts'; class Clash extends Error { static n = 1; }
      export class N { names() { return [Clash.name, Other.name, new Clash().constructor.name, N.name,
      helper.name]; } }
      const helper = () => 1;`,
    'o.ts': 'export class Clash extends Error {}',
  });

  deepEqual(new (classOf(bundle))()['names']?.(), ['Clash', 'Clash', 'Clash', 'N', 'helper']);
});

test('a parameter that may be undefined need not be given', async (t) => {
  for (const parameter of [
    'n?: number',
    'n: number | undefined',
    'n = 1',
    '...n: number[]',
    'n: unknown',
  ]) {
    const { methods } = await load(t, 'a.A', {
      'a.ts': `export class A { constructor(${parameter}) { n; } m() {} }`,
    });
    equal(methods[0]?.name, 'm', parameter);
  }
});

test('a package that is too large is refused', async (t) => {
  const files = {
    'a.ts': "import { n } from './b.ts'; export class A { m = n }",
    'b.ts': `export const n = 1; /* ${' '.repeat(4 * 1024 * 1024)} */`,
  };

  await rejects(load(t, 'a.A', files), { code: 'TOO_LARGE', message: /^b\.ts: / });
});

test('settings in folders above change nothing', async (t) => {
  const source = 'export class A { x = 1; m() { return this.x; } }';
  const { hash } = await load(t, 'a.A', { 'a.ts': source });
  const tsconfig = '{ "compilerOptions": { "useDefineForClassFields": false, "target": "es5" } }';

  equal((await load(t, 'a.A', { 'a.ts': source, 'tsconfig.json': tsconfig })).hash, hash);
});

test('a mixin may have private fields, which the bundler writes beside its class', async (t) => {
  const { methods } = await load(t, 'a.A', {
    'a.ts': `function named<T extends new (...args: any[]) => object>(base: T) {
        return class extends base {
          #label = 'x';
          label(more: string) { return (this.#label += more); }
        };
      }
      class Plain { plain() {} }
      export class A extends named(Plain) { own() {} }`,
  });

  deepEqual(
    methods.map(({ name }) => name),
    ['own', 'label', 'plain', '__str__', '__repr__'],
  );
});

test('packages that ask for their environment are told: production', async (t) => {
  const bundle = await load(t, 'a.A', {
    'a.ts': "import mode from 'pack'; export class A { mode() { return mode; } }",
    'node_modules/pack/index.js':
      "module.exports = process.env.NODE_ENV === 'production' ? 'short' : 'long';",
  });

  equal(new (classOf(bundle))()['mode']?.(), 'short');
});

test('nothing is evaluated when a class is loaded', async (t) => {
  await load(t, 'a.A', { 'a.ts': 'globalThis.concoordWasHere = true; export class A {}' });

  equal('concoordWasHere' in globalThis, false);
  await rejects(loadClass('no.Such', { paths: [], directory: makeFolder(t, {}) }), {
    code: 'INVALID_CLASS',
  });
});
