import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { Functions } from './functions.ts';
import { findScopes } from './scopes.ts';
import { parse } from './syntax.ts';
import { findMakers } from './unkeepable.ts';

/** Names of the methods after which the state has to be looked at. */
function makers(text: string): string[] {
  const program = parse(text, 'test.js');
  const functions = new Functions(program, findScopes(program), text);
  const found = findMakers(program, functions);
  const names: string[] = [];
  for (const one of found) {
    const parent = functions.parentOf(one);
    if (parent?.type === 'MethodDefinition' && parent.key.type === 'Identifier') {
      names.push(parent.key.name);
    } else names.push(one.id?.name ?? '?');
  }
  return names.sort();
}

const inClass = (body: string): string[] => makers(`class C { m(x) { ${body} } }`);

test('what is made and may stay is found', () => {
  for (const body of [
    'this.f = () => 1;',
    'this.f = function () {};',
    'this.o = { f() { return 1; } };',
    'this.o = { get f() { return 1; } };',
    'return () => 1;',
    'this.list.push(() => 1);',
    'const f = () => 1; this.f = f;',
    'function f() {} this.f = f;',
    'class Local {} this.one = new Local();',
    'this.one = new (class {})();',
    'this.f = this.m.bind(this);',
    'this.entries = this.map.entries();',
    'this.iterator = x[Symbol.iterator](); function* g() {}; this.g = g();',
    'const g = function* () { yield 1; }; this.g = g();',
    'this.bytes = new ArrayBuffer(1, { maxByteLength: 2 });',
    'Object.setPrototypeOf(this.map, {});',
    'this.bytes.transfer();',
    'new Later(() => 1);',
    'this.seen = new WeakSet();',
  ]) {
    deepEqual(inClass(body), ['m'], body);
  }
});

test('what is used up at once is not', () => {
  for (const body of [
    'return this.list.map((one) => one + 1);',
    'return this.list.filter((one) => one > 1).sort((a, b) => a - b)[0];',
    'const by = (a, b) => a - b; this.list.sort(by); return by(1, 2);',
    'function twice(n) { return 2 * n; } return this.list.map(twice)[twice(0)];',
    'return (() => 1)();',
    'for (const [key] of this.map.entries()) this.keys.push(key);',
    'return [...this.map.keys()];',
    'return Array.from(this.map.values(), (one) => one.id);',
    'return Object.keys(this.o).length + Object.entries(this.o).length;',
    'this.map.forEach((value, key) => this.set(key, value));',
    'return x.replace(/a/g, (found) => found + found);',
    'this.bytes = new ArrayBuffer(8);',
    'return new Map(this.map.entries());',
    'return this.f(1);',
  ]) {
    deepEqual(inClass(body), [], body);
  }
});

test('the name of a built-in that the module uses for its own function says nothing', () => {
  const own = 'class L { map(f) { this.f = f; } } class C { m() { this.l.map(() => 1); } }';
  deepEqual(makers(own), ['m']);
  deepEqual(makers('class C { m() { return this.make(); } *make() { yield 1; } }'), ['m']);
  deepEqual(makers('class C { m() { for (const x of this.make()); } *make() { yield 1; } }'), []);
});

test('a function in a function is its own affair', () => {
  const text = 'class C { m() { return this.l.map((x) => { this.f = () => x; return x; }); } }';
  deepEqual(makers(text), ['?']);
});

test('methods of a class that a function makes come with the class', () => {
  deepEqual(makers('class C { m() { return new (class { n() { return 1; } })(); } }'), ['m']);
});

test('a module makes what it likes', () => {
  deepEqual(makers('const f = () => 1; const it = new Map().entries(); class C {}'), []);
});
