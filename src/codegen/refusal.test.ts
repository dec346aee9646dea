import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConCoordError } from '../base/index.ts';
import { installClient, installTypeScript, order, writeTree } from './fixture-test-kit.ts';
import { writeObjectProxy } from './object-proxy.ts';
import type { ProxyOrder } from './object-proxy.ts';

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
    equal(error.code, 'INVALID_CLASS');
    deepEqual(
      readdirSync(at).filter((name) => /proxy|part/.test(name)),
      [],
      'nothing was written',
    );
    return `${error.message} > ${error.remedy}`.replaceAll(`${at}/`, '');
  }
  throw new Error(`a proxy was written for ${text}`);
}

/** What is warned of when the class X of this text gets its proxy, without the folder, and its methods. */
function warningsOf(text: string, files: Readonly<Record<string, string>> = {}): string {
  const at = project({ 'x.ts': text, ...files });
  const warnings: string[] = [];
  installClient(at);
  const path = writeObjectProxy({ ...order('x.X', at), warn: (one) => void warnings.push(one) });
  const methods = readFileSync(path, 'utf8').matchAll(/^ {2}(?!constructor|__)\w+[(<].*\{$/gm);
  const all = [...warnings, ...[...methods].map(([line]) => line.trim())];
  return all.join('\n').replaceAll(`${at}/`, '');
}

test('a class of which no proxy can be written is refused with the place', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['class X {}\nexport class Y {}', /exports no class X, but Y .*export the class/],
    ['export const X = 1;', /exports no class X, but no class/],
    [
      'const f = () => 1;\nexport class X { a(): ReturnType<typeof f> { return 1; } }',
      /type of this constant/,
    ],
    ['export class X { a( }', /^x\.ts:1:\d+: .*Correct the source/],
    ['export class X extends X {}', /a class extends itself/],
    ["export { X } from './x.ts';", /mean themselves .*break the circle/],
  ];
  for (const [text, message] of cases) match(refusalOf(text, { 'y.ts': '' }), message, text);
});

test('a method whose arguments or results cannot be sent is left out, and told of', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      'export class X { a(): Promise<void> { throw 1; } b(): void {} }',
      /^x\.ts: X\.a is left out of the proxy: its result is or holds a promise, .*\nb\(\)/,
    ],
    [
      'export class X { a(): this { return this; } }',
      /X\.a is left out.*the object itself .*plain data/,
    ],
    ['export class X { a(x: X): void {} }', /X\.a is left out .*: X is a class.*interface/],
    ['class E extends Error {}\nexport class X { a(e: E): void {} }', /X\.a .*: E is a class/],
    [
      'namespace N { export type T = 1 }\nexport class X { a(): N.T { return 1; } }',
      /N is no type that/,
    ],
    ['function f() {}\nexport class X { a(): typeof f { return f; } }', /Functions do not travel/],
    ['export class X { a(): typeof import("./x.ts") { throw 1; } }', /a module as a type/],
    [
      'class B<T> { a<V>(t: T, v: V): void {} }\nexport class X<V> extends B<V> {}',
      /type parameter V has/,
    ],
    [
      'const a: typeof b = 1, b: typeof a = 1;\nexport class X { a(): typeof a { return a; } }',
      /X\.a is left out .*mean themselves/,
    ],
    [
      "import type { Y } from './none.ts';\nexport class X { a(): Y { throw 1; } }",
      /leads to no file/,
    ],
    [
      "import type { Y } from './y.ts';\nexport class X { a(): Y { throw 1; } }",
      /y\.ts exports no Y/,
    ],
    ['export class X { a(f: (n: number) => void): void {} }', /: f is or holds a function/],
    ['export class X { a(f: { on(): void }[]): void {} }', /: f is or holds a function/],
    [
      'interface F { readonly on: Function }\nexport class X { a(f: F): void {} }',
      /holds a function/,
    ],
    [
      'interface E { on(): void }\ninterface F extends E { n: 1 }\nexport class X { a(f: F): void {} }',
      /holds a function/,
    ],
    ['export class X { a(f: { [key: string]: symbol }): void {} }', /holds a symbol/],
    ['type F = () => void;\nexport class X { a(f: Map<string, F>): void {} }', /holds a function/],
    ['export class X { a(): unique symbol { throw 1; } }', /its result is or holds a symbol/],
    ['export class X { a(): symbol | Promise<1> { throw 1; } }', /its result is or holds a symbol/],
    [
      'export class X { a(): Generator<number> { throw 1; } }',
      /its result is or holds a generator/,
    ],
    [
      'export class X { get a(): MapIterator<number> { throw 1; } }',
      /its result is or holds an iterator/,
    ],
    ['export class X { a(): RegExp { throw 1; } }', /its result is or holds an instance of RegExp/],
  ];
  for (const [text, message] of cases) {
    const said = warningsOf(text, { 'y.ts': '' });
    match(said, message, text);
    equal(/^a\(/m.exec(said), null, said);
  }
});

test('a method goes without what need not be given, and keeps what may be plain', () => {
  const written = (text: string): readonly string[] =>
    warningsOf(`export class X { ${text} }`).split('\n');

  deepEqual(written('a(n: number, f?: () => void, m = 1): void {}'), [
    'x.ts: X.a is written without f and what follows: f is or holds a function, which cannot be sent. ' +
      'Use plain data.',
    'a(n: number): Promise<void> {',
  ]);
  deepEqual(written('constructor(f: () => void = () => {}) { f(); }'), [
    'x.ts: X.__concoordinit__ is written without f and what follows: f is or holds a function, ' +
      'which cannot be sent. Use plain data.',
  ]);
  for (const plain of [
    'a(f: string | (() => void)): Promise<void> {',
    'a(f: { on?: () => void, off?(): void }): Promise<void> {',
    'a(f: ReturnType<() => number>): Promise<void> {',
    'a(f: Iterable<number>): Promise<void> {',
    'a<T>(f: T[]): Promise<void> {',
  ]) {
    deepEqual(written(plain.replace('Promise<void> {', 'void {}')), [plain]);
  }
});

test('methods that replicas list and no declaration shows take and give what is unknown', () => {
  const at = project({ 'x.ts': 'export class X extends make(Base) { own(): void {} }' });
  installClient(at);
  const warnings: string[] = [];
  const members = [
    { name: 'own', kind: 'method', place: 'x.ts:1:37' },
    { name: 'put', kind: 'method', place: undefined },
    { name: 'size', kind: 'getter', place: undefined },
  ] as const;
  const warn = (one: string): void => void warnings.push(one);
  const path = writeObjectProxy({ ...order('x.X', at), members: new Map([['X', members]]), warn });

  const text = readFileSync(path, 'utf8');
  ok(text.includes('  own(): Promise<void> {'), text);
  ok(text.includes('  put(...args: unknown[]): Promise<unknown> {'), text);
  ok(text.includes('  get size(): Promise<unknown> {'), text);
  deepEqual(warnings, [
    `${at}/x.ts: the types of put, size cannot be seen: they take and give unknown`,
  ]);
});

test('what replicas do not list is left out, and told to whoever asks', () => {
  const at = project({
    'x.ts': `export class X { a(): void {} b(): void {} static c(): void {} private d(): void {} #e(): void {}
      f = () => 1; set g(n: number) {} }`,
  });
  const steps: string[] = [];
  const members = [{ name: 'a', kind: 'method', place: undefined }] as const;
  const step = (one: string): void => void steps.push(one);
  writeObjectProxy({ ...order('x.X', at), members: new Map([['X', members]]), step });

  deepEqual(
    steps.filter((one) => one.startsWith('left out')),
    [
      'left out: c: it is static, and belongs to no object',
      'left out: d: it is private',
      'left out: #e: it is private',
      'left out: f: a function in a field is state, not a method',
      'left out: g: a setter has no result to wait for',
      'left out: b: replicas do not list it',
    ],
  );
});

test('a proxy that cannot find the package is written, and that is said', () => {
  const at = project({ 'x.ts': 'export class X {}', 'deeper/none.txt': '' });
  const told = (flags: Partial<ProxyOrder> = {}): string => {
    const warnings: string[] = [];
    const warn = (one: string): void => void warnings.push(one);
    writeObjectProxy({ ...order('x.X', at), ...flags, warn });
    return warnings.join();
  };

  match(told(), /xproxy\.ts imports concoord, .*: run npm install concoord .*--standalone$/);
  equal(told({ standalone: true }), '');
  writeTree(at, { 'package.json': '{ "name": "concoord" }' });
  equal(told(), '');
  writeTree(at, { 'package.json': 'not JSON' });
  match(told(), /imports concoord/);
  installClient(at);
  equal(told(), '');
  equal(told({ out: 'deeper' }), '');
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

test('what the compiler cannot tell either is left out, with a place in the sources', () => {
  const at = project({
    'x.ts':
      'enum E { A = Math.random() }\nexport class X { a(e: E) { return e; } b() { return 1; } }',
    'y.ts': 'export class X { a() { return this; } b() { return 1; } }',
    'z.ts': 'export const X = class { a() { return 1; } };',
  });
  installTypeScript(at);
  installClient(at);
  const told = (name: string): readonly string[] => {
    const place = `${at}/${name}.ts:7:7`;
    const members = ['a', 'b'].map((one) => ({ name: one, kind: 'method', place }) as const);
    const warnings: string[] = [];
    const warn = (one: string): void => void warnings.push(one.replaceAll(`${at}/`, ''));
    const listed = new Map([['X', members]]);
    const path = writeObjectProxy({ ...order(`${name}.X`, at), members: listed, warn });
    const methods = readFileSync(path, 'utf8').matchAll(/^ {2}[ab]\(.*\{$/gm);
    return [...warnings, ...[...methods].map(([line]) => line.trim())];
  };

  deepEqual(told('x'), [
    'x.ts:7:7: X.a is left out of the proxy: the values of this enum cannot be inferred; write it there',
    'b(): Promise<number> {',
  ]);
  deepEqual(told('y'), [
    'y.ts:7:7: X.a is left out of the proxy: the object itself is an argument or a result. ' +
      'The object stays on the replicas: return plain data, or nothing.',
    'b(): Promise<number> {',
  ]);
  deepEqual(told('z'), [
    'z.ts:1:27: the type of the result cannot be inferred: what has no type becomes unknown, ' +
      'unless it is written there',
    'z.ts: the types of b cannot be seen: they take and give unknown',
    'a(): Promise<unknown> {',
    'b(...args: unknown[]): Promise<unknown> {',
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
