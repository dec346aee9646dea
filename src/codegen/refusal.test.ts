import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConCoordError } from '../base/index.ts';
import { installTypeScript, order, writeTree } from './fixture-test-kit.ts';
import { writeObjectProxy } from './object-proxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'concoord-codegen-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let projects = 0;

/** A folder of its own with these files. */
function project(files: Readonly<Record<string, string>>): string {
  const at = join(folder, `project-${projects++}`);
  writeTree(at, { 'package.json': '{ "type": "module" }', ...files });
  return at;
}

/** What is said when the class X of this text has no proxy, without the folder. */
function refusalOf(text: string, files: Readonly<Record<string, string>> = {}): string {
  const at = project({ 'x.ts': text, ...files });
  try {
    writeObjectProxy(order('x.X', at));
  } catch (error) {
    ok(error instanceof ConCoordError, String(error));
    equal(error.code, 'INVALID_ARGUMENT');
    deepEqual(
      readdirSync(at).filter((name) => /proxy|part/.test(name)),
      [],
      'nothing was written',
    );
    return `${error.message} > ${error.remedy}`.replaceAll(`${at}/`, '');
  }
  throw new Error(`a proxy was written for ${text}`);
}

test('a class that replicas could not run, or whose types would lie, is refused with the place', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      'export class X {\n  async a(): Promise<void> {}\n}',
      /^x\.ts:2:10: an async .*> .* synchronous/,
    ],
    ['export class X { *a(): Generator<number> {} }', /^x\.ts:1:\d+: a generator of an object/],
    ['export class X { a(): Promise<void> { throw 1; } }', /returns a Promise.* synchronous/],
    [
      'export class X { a(): this { return this; } }',
      /^x\.ts:1:23: the object itself .*plain data/,
    ],
    ['export class X { a(x: X): void {} }', /^x\.ts:1:23: X is a class .*interface/],
    ['class E extends Error {}\nexport class X { a(e: E): void {} }', /^x\.ts:2:23: E is a class/],
    ['export abstract class X {}', /^x\.ts:1:8: X is abstract: .*extends it/],
    ['export class X extends Map {}', /^x\.ts:1:24: extends Map, whose methods cannot be seen/],
    ['const M = (c: any) => c;\nexport class X extends M(Object) {}', /extends M\(Object\), whose/],
    ['export class X { then(): void {} }', /then\(\) makes every proxy a promise .*another name/],
    ['class X {}\nexport class Y {}', /exports no class X, but Y .*export the class/],
    ['export const X = 1;', /exports no class X, but no class/],
    [
      'namespace N { export type T = 1 }\nexport class X { a(): N.T { return 1; } }',
      /N is no type that/,
    ],
    [
      'const f = () => 1;\nexport class X { a(): ReturnType<typeof f> { return 1; } }',
      /type of this constant/,
    ],
    ['function f() {}\nexport class X { a(): typeof f { return f; } }', /Functions do not travel/],
    ['export class X { a(): typeof import("./x.ts") { throw 1; } }', /a module as a type/],
    ['export class X { a( }', /^x\.ts:1:\d+: .*Correct the source/],
    [
      'class B<T> { a<V>(t: T, v: V): void {} }\nexport class X<V> extends B<V> {}',
      /type parameter V has/,
    ],
    ['export class X extends X {}', /a class extends itself/],
    ["export { X } from './x.ts';", /mean themselves .*break the circle/],
    [
      'const a: typeof b = 1, b: typeof a = 1;\nexport class X { a(): typeof a { return a; } }',
      /mean themselves/,
    ],
    [
      "import type { Y } from './none.ts';\nexport class X { a(): Y { throw 1; } }",
      /leads to no file/,
    ],
    [
      "import type { Y } from './y.ts';\nexport class X { a(): Y { throw 1; } }",
      /y\.ts exports no Y/,
    ],
  ];
  for (const [text, message] of cases) match(refusalOf(text, { 'y.ts': '' }), message, text);
});

test('a type that is not written down is asked for where no compiler is, and kept from being any', () => {
  const text = 'export class X {\n  ok(): void {}\n  a() {\n    return 1;\n  }\n}';
  const expected =
    /^x\.ts:3:4: the type of the result is not written down, .* > Write the type there/;
  match(refusalOf(text), expected);
  match(
    refusalOf('export class X { a(b): void {} }'),
    /^x\.ts:1:20: the type of b is not written down/,
  );
  match(refusalOf('export class X { a(b = []): void {} }'), /the type of b is not written down/);
  match(refusalOf('export class X { get a() { return 1; } }'), /the type of the result/);
});

test('without a compiler plain JavaScript has unknown types, and what returns nothing is void', () => {
  const at = project({ 'x.js': 'export class X { a(b, c = 1) { return b; } d(...e) {} }' });

  writeObjectProxy(order('x.X', at));

  const types = readFileSync(join(at, 'xproxy.d.ts'), 'utf8');
  ok(types.includes('  a(b?: unknown, c?: number): Promise<unknown>;'), types);
  ok(types.includes('  d(...e: unknown[]): Promise<void>;'), types);
});

test('what the compiler cannot tell either is refused, with a place in the sources', () => {
  const at = project({
    'x.ts': 'enum E { A = Math.random() }\nexport class X { a(e: E) { return e; } }',
    'y.ts': 'export class X { a() { return this; } }',
  });
  installTypeScript(at);

  const said = (name: string): RegExp => new RegExp(`${at}/${name}`);
  throws(() => writeObjectProxy(order('x.X', at)), said('x.ts:2:19: .* cannot be inferred'));
  throws(() => writeObjectProxy(order('y.X', at)), said('y.d.ts:2:10: the object itself'));
});

test('a file that was not generated is kept, unless it is to be overwritten', () => {
  const at = project({ 'x.ts': 'export class X {}', 'xproxy.ts': 'mine' });

  throws(() => writeObjectProxy(order('x.X', at)), {
    code: 'INVALID_ARGUMENT',
    message: /xproxy\.ts is there, and was not generated/,
    remedy: /--out.*--force/,
  });
  equal(readFileSync(join(at, 'xproxy.ts'), 'utf8'), 'mine');
  writeObjectProxy({ ...order('x.X', at), force: true });
  match(readFileSync(join(at, 'xproxy.ts'), 'utf8'), /^\/\/ Generated by `concoord object`/);
});

test('what stands in the way of the proxy is named, and nothing is left beside it', () => {
  const at = project({ 'x.ts': 'export class X {}', 'xproxy.ts/inside': '', 'y.ts': '' });
  symlinkSync('loop.ts', join(at, 'loop.ts'));
  symlinkSync('zproxy.ts', join(at, 'zproxy.ts'));

  for (const force of [false, true]) {
    throws(() => writeObjectProxy({ ...order('x.X', at), force }), {
      code: 'INVALID_ARGUMENT',
      message: /xproxy\.ts is a directory/,
      remedy: /--out/,
    });
  }
  throws(() => writeObjectProxy({ ...order('x.X', at), out: 'y.ts/deeper' }), {
    code: 'INVALID_ARGUMENT',
    message: /cannot write .*y\.ts\/deeper/,
  });
  throws(() => writeObjectProxy(order('loop.X', at)), { code: 'INVALID_CLASS', message: /ELOOP/ });
  deepEqual(readdirSync(at).toSorted(), [
    'loop.ts',
    'package.json',
    'x.ts',
    'xproxy.ts',
    'y.ts',
    'zproxy.ts',
  ]);
});

test('a source may have any ends of lines, marks and bytes that TypeScript has', () => {
  const lines =
    '\uFEFFexport class X {\r\n  /** Doc. */\r\n  a(): number {\r\n    return 1;\r\n  }\r\n}\r\n';
  const at = project({ 'x.ts': lines, 'y.ts': 'export class X { a(): string { return "\0"; } }' });

  for (const name of ['x', 'y']) {
    writeObjectProxy(order(`${name}.X`, at));
    match(readFileSync(join(at, `${name}proxy.ts`), 'utf8'), / a\(\): Promise</);
  }
  for (const text of [
    '',
    '\0',
    '\uFEFF',
    '\u0001\uFFFD\u0000ÿ{',
    'export class X { a(): \0 {} }',
  ]) {
    match(refusalOf(text), /^x\.ts/);
  }
});

test('syntax that would end the parser is refused', () => {
  const chain = `if (a);${' else if (a);'.repeat(50_000)}`;

  throws(
    () => writeObjectProxy(order('x.X', project({ 'x.ts': `declare const a: 1; ${chain}` }))),
    {
      code: 'TOO_LARGE',
      message: /x\.ts: .*nested too deeply/,
    },
  );
});

test('a class that is written again keeps the others of its file, each with its own type', () => {
  const at = project({ 'x.ts': 'export class X {}\nexport class Y {}' });
  const text = (): string => readFileSync(join(at, 'xproxy.ts'), 'utf8');
  writeObjectProxy({ ...order('x.Y', at), type: 2 });
  writeObjectProxy(order('x.X', at));

  match(
    text(),
    /-o x\.X -p 0\n.*-o x\.Y -p 2\n[^]*class X [^]*'one-by-one'[^]*class Y [^]*'gathered'/,
  );
  writeTree(at, { 'x.ts': 'export class X {}' });
  writeObjectProxy(order('x.X', at));
  equal(/\bY\b/.exec(text()), null, 'a class that is gone goes');
});

test('names of files and classes may have anything that a name can have, and are read again', () => {
  const text = 'export class $X {}\nexport class Zoë {}';
  const names = ['my counter.v2', 'break();'];
  for (const name of names) {
    const at = project({ [`${name}.ts`]: text });
    writeObjectProxy(order(`./${name}.ts#$X`, at));
    writeObjectProxy(order(`./${name}.ts#Zoë`, at));
    const made = readFileSync(join(at, `${name}proxy.ts`), 'utf8');

    const [head = ''] = made.split('\n\n');
    deepEqual(
      head.split('\n').filter((line) => !line.startsWith('// ')),
      [],
    );
    match(made, /class \$X [^]*class Zoë /);
    ok(head.includes(`#$X -p 0`) && head.includes('#Zoë -p 0'), head);
  }
});

test('a folder that cannot be written to is named', () => {
  const at = project({ 'x.ts': 'export class X {}', file: '' });

  throws(() => writeObjectProxy({ ...order('x.X', at), out: 'file' }), {
    code: 'INVALID_ARGUMENT',
    message: /cannot write .*file\/xproxy\.ts/,
    remedy: /--out/,
  });
});
