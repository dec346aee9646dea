/** `concoord object` and `concoord replica` say the same of a class: here of the objects that it makes. */
import { test } from 'node:test';
import { bothRefuse, makeFolder } from './verdicts.ts';
import type { Case } from './verdicts.ts';

const folder = makeFolder();

const MADE: readonly Case[] = [
  [
    'a closure in a field',
    'export class A {\n  f = () => 1; }',
    /:2:3: .*cannot be kept: object\.f is a function/,
  ],
  [
    'a function in a field',
    'export class A {\n\n  f = function () {}; }',
    /:3:3: .*object\.f is a function/,
  ],
  [
    'a closure deep in a field',
    'export class A {\n  f = [{ g: () => 1 }]; }',
    /:2:3: .*object\.f\[0\]\.g is a/,
  ],
  [
    'a closure in a private field',
    'export class A {\n  #f = () => 1; m(): number { return this.#f(); } }',
    /:2:3: .*: object\.#f is a function/,
  ],
  [
    'a closure that the constructor sets',
    'export class A {\n  f;\n  constructor() {\n    this.f = () => 1; } }',
    /:4:5: .*object\.f is a/,
  ],
  [
    'a closure of a parameter property',
    'export class A {\n  constructor(private f = () => 1) {} }',
    /:2:15: .*object\.f is a/,
  ],
  [
    'an inherited closure',
    'class B {\n  f = () => 1; }\nexport class A extends B {}',
    /:2:3: .*object\.f is a/,
  ],
  [
    'a bound method',
    'export class A {\n  m(): void {}\n  b = this.m.bind(this); }',
    /:3:3: .*object\.b is a bound function/,
  ],
  [
    'a class in a field',
    'export class A {\n  f = class {}; }',
    /:1:8: .*cannot be kept: .* is a function/,
  ],
  [
    'a WeakMap',
    'export class A {\n  f = new WeakMap(); }',
    /:2:3: .*object\.f is a WeakMap or WeakSet/,
  ],
  [
    'a private WeakSet',
    'export class A {\n  #f = new WeakSet();\n  m(): boolean { return this.#f.has(this); } }',
    /:2:3: .*object\.#f is a WeakMap/,
  ],
  ['an iterator', 'export class A {\n  f = [1].values(); }', /:2:3: .*object\.f is an instance of/],
  [
    'a generator',
    'function* g() { yield 1; }\nexport class A {\n  f = g(); }',
    /:3:3: .*object\.f is a generator/,
  ],
  [
    'a generator of the module',
    'function* g() { yield 1; }\nconst f = g();\nexport class A { m(): unknown { return f; } }',
    /:2:7: .*module variable f is a generator/,
  ],
  [
    'a static generator',
    'function* g() { yield 1; }\nexport class A { static f = g(); }',
    /:2:18: .*exports\.A\.f is a generator/,
  ],
  [
    'a Promise',
    'export class A {\n  f = Promise.resolve(); }',
    /:1:8: a\d+\.A cannot be made: .*Promise/,
  ],
  [
    'a Proxy',
    'export class A {\n  f = new Proxy({}, {}); }',
    /:1:8: a\d+\.A cannot be made: .*Proxy/,
  ],
  [
    'a constructor that throws',
    'export class A { constructor() { throw new Error("no"); } }',
    /:1:8: a\d+\.A cannot be made: no/,
  ],
  [
    'a constructor without end',
    'export class A { constructor() { for (;;); } }',
    /:1:8: a\d+\.A cannot be made: .*more work/,
  ],
  [
    'a throwing static block',
    'export class A { static { throw new Error("no"); } }',
    /:1:8: a\d+\.A cannot be made: no/,
  ],
  [
    'a module that throws',
    'throw new Error("no");\nexport class A {}',
    /:2:8: a\d+\.A cannot be made: no/,
  ],
  [
    'time in a module',
    'setTimeout(() => {}, 1);\nexport class A {}',
    /:2:8: a\d+\.A cannot be made: .*setTimeout/,
  ],
];

test('what replicas refuse when an object is made has no proxy, for the same reason', async () => {
  await bothRefuse(folder, MADE);
});
