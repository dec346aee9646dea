/** What somebody hostile would leave in the state: it is refused, or it is the same after a restore. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { contextWorlds, isolateWorlds } from '../realm/realm-test-kit.ts';
import { decodeResult } from '../wire/index.ts';
import { loadClass } from './load.ts';
import { makeFolder } from './loading-test-kit.ts';

/**
 * `refused`: no effect, and a path. `killed`: too much. `kept`: what `look` says, before and after a
 * restore.
 */
interface Hostile {
  readonly put: string;
  readonly look?: string;
  readonly kept?: unknown;
  readonly ends?: RegExp;
}

const STATES: Readonly<Record<string, Hostile>> = {
  'a map with methods of its own': {
    put: `const m = new Map([[1, 2]]); Object.defineProperty(m, 'get', { value: 7 });
      Object.defineProperty(m, 'size', { value: 99 });
      Object.defineProperty(m, Symbol.iterator, { value: 5 }); this.x = m;`,
    look: `const m = this.x; return [m.get, m.size, Map.prototype.get.call(m, 1),
      [...Map.prototype.entries.call(m)]];`,
    kept: [7, 99, 2, [[1, 2]]],
  },
  'a map whose methods are closures': {
    put: 'const m = new Map(); Object.defineProperty(m, "get", { value: () => { for (;;); } }); this.x = m;',
    ends: /INVALID_STATE .*get/,
  },
  'methods of all maps': { put: 'Map.prototype.get = 1;', ends: /TypeError/ },
  'methods of all maps, by what they inherit from': {
    put: 'Object.setPrototypeOf(Map.prototype, { get: 1 });',
    ends: /TypeError/,
  },
  'a subclass of Map with other methods': {
    put: `this.x = new Odd([[1, 2]]);`,
    look: 'return [this.x.get(1), this.x.size, this.x instanceof Map, Map.prototype.get.call(this.x, 1)];',
    kept: ['odd', -1, true, 2],
  },
  'names of a hundred thousand units': {
    put: "this.x = {}; for (let i = 0; i < 5; i++) this.x['n'.repeat(1e5) + i] = i;",
    look: "return [Object.keys(this.x).length, this.x['n'.repeat(1e5) + 3]];",
    kept: [5, 3],
  },
  'names of a million units': {
    put: "this.x = {}; for (let i = 0; i < 5; i++) this.x['n'.repeat(1e6) + i] = i;",
    ends: /BUDGET_EXCEEDED/,
  },
  'a hundred thousand keys': {
    put: "const o = {}; for (let i = 0; i < 1e5; i++) o['k' + i] = i; this.x = o;",
    look: 'return [this.x.k99999, Object.keys(this.x).length, Object.keys(this.x)[70000]];',
    kept: [99_999, 100_000, 'k70000'],
  },
  'a hundred thousand keys that were deleted': {
    put: `const o = {}; for (let i = 0; i < 1e5; i++) { o['k' + i] = i; delete o['k' + i]; }
      o.z = 1; o.a = 2; this.x = o;`,
    look: 'return Object.keys(this.x);',
    kept: ['z', 'a'],
  },
  'a getter that never ends': {
    put: 'this.x = Object.create(null, { y: { get() { for (;;); }, enumerable: true } });',
    ends: /INVALID_STATE/,
  },
  'a getter of a class that never ends': {
    put: 'this.x = new Endless();',
    look: 'return Object.getPrototypeOf(this.x) === Endless.prototype;',
    kept: true,
  },
  'a getter of the module that throws': {
    put: "Object.defineProperty(this, 'x', { get: thrower, enumerable: true, configurable: true });",
    look: 'try { return this.x; } catch (e) { return e.message; }',
    kept: 'never',
  },
  'a getter of the language': {
    put: "Object.defineProperty(this, 'x', Object.getOwnPropertyDescriptor(Map.prototype, 'size'));",
    look: 'try { return this.x; } catch (e) { return e.name; }',
    kept: 'TypeError',
  },
  'a proxy': { put: 'this.x = new Proxy({}, { ownKeys() { for (;;); } });', ends: /RuntimeError/ },
  'a chain of prototypes in a ring': {
    put: 'const a = {}, b = Object.create(a); Object.setPrototypeOf(a, b); this.x = a;',
    ends: /TypeError/,
  },
  'an object that is its own everything': {
    put: `class Ring {} const o = new Map(); o.set(o, o); o.self = o; o[o] = [o, new Set([o])];
      this.x = o; this.x.y = this;`,
    look: `const o = this.x; return [o.get(o) === o, o.self === o, o[o][0] === o, o[o][1].has(o),
      o.y === this];`,
    kept: [true, true, true, true, true],
  },
  'two that inherit what holds them': {
    put: 'const a = { n: 1 }; const b = Object.create(a); a.b = b; b.a = a; this.x = b;',
    look: 'return [this.x.n, this.x.b === this.x, Object.getPrototypeOf(this.x) === this.x.a];',
    kept: [1, true, true],
  },
  'what is frozen, sealed or closed': {
    put: `const d = new Date(5); d.extra = 1;
      this.x = [Object.freeze([1, , 3]), Object.seal(new Map([[1, 2]])), Object.preventExtensions(/a/gi),
        Object.freeze(d), Object.freeze(new Error('e')), Object.freeze(Object.create(null)),
      Object.preventExtensions(new Uint8Array(3)),
        Object.freeze(new Boolean(false)), Object.freeze(Object('text'))];`,
    look: `return this.x.map((o) => [Object.isFrozen(o), Object.isSealed(o), Object.isExtensible(o),
      Object.prototype.toString.call(o), Reflect.ownKeys(o).length]).join(' ');`,
  },
  'a frozen map goes on to take entries': {
    put: 'this.x = Object.freeze(new Map()); this.x.set(1, Object.freeze(new Set([this.x])));',
    look: 'return [this.x.size, this.x.get(1).has(this.x), Object.isFrozen(this.x)];',
    kept: [1, true, true],
  },
  'symbols as keys': {
    put: `const own = Symbol('own'); this.own = own; this.x = { [own]: 1, [Symbol('own')]: 2,
      [Symbol.for('all')]: 3,
      [Symbol.iterator]: 4, [Symbol.toPrimitive]: null, [Symbol()]: 5 };`,
    look: `return [this.x[this.own], this.x[Symbol.for('all')], this.x[Symbol.iterator],
      Object.getOwnPropertySymbols(this.x).map(String).join(), Object.getOwnPropertySymbols(this.x).length];`,
    kept: [
      1,
      3,
      4,
      'Symbol(own),Symbol(own),Symbol(all),Symbol(Symbol.iterator),Symbol(Symbol.toPrimitive),Symbol()',
      6,
    ],
  },
  'symbols that ask what something is': {
    put: `this.x = { [Symbol.toStringTag]: 'Map', [Symbol.species]: 1, [Symbol.isConcatSpreadable]: true,
      [Symbol.hasInstance]: 2, length: 2 ** 40, then: 3 };`,
    look: 'return [String(this.x), this.x.then, this.x.length, this.x[Symbol.isConcatSpreadable]];',
    kept: ['[object Map]', 3, 2 ** 40, true],
  },
  'names that mean something': {
    put: `this.x = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "toJSON": 3, "length": -1}');
      Object.defineProperty(this.x, 'hasOwnProperty', { value: 4 });`,
    look: `return [Object.keys(this.x).join(), this.x.a === undefined,
      Object.getPrototypeOf(this.x) === Object.prototype,
      this.x.hasOwnProperty];`,
    kept: ['__proto__,constructor,toJSON,length', true, true, 4],
  },
  'an array that is a table': {
    put: 'const a = []; a[4294967294] = 1; a[-1] = 2; a.x = 3; a[1.5] = 4; this.x = a;',
    look: 'return [this.x.length, this.x[-1], this.x.x, this.x[1.5], this.x[4294967294]];',
    kept: [4_294_967_295, 2, 3, 4, 1],
  },
  'something that converts without end': {
    put: `this.x = { valueOf: recursion, toString: recursion, toJSON: recursion,
      [Symbol.toPrimitive]: recursion };`,
    look: 'return Object.keys(this.x).length;',
    kept: 3,
  },
  'objects that say that they are others': {
    put: `this.x = [Object.create(Map.prototype), Object.create(Date.prototype),
      Object.setPrototypeOf([1], Map.prototype)];`,
    look: `const [map, date, list] = this.x; const fails = (f) => { try { return f(); } catch (e) {
      return e.name; } };
      return [fails(() => map.size), fails(() => date.getTime()), Array.isArray(list)];`,
    kept: ['TypeError', 'TypeError', true],
  },
};

const MODULE = `// @ts-nocheck
class Odd extends Map { get() { return 'odd'; } get size() { return -1; } }
class Endless { get y() { for (;;); } }
function thrower() { throw new Error('never'); }
function recursion() { return recursion(); }
export class Main {
  put() { PUT }
  look() { LOOK }
  next() { return 'next'; }
  keep = [Odd, Endless, thrower, recursion].length;
}`;

for (const [world, make] of [
  ['contexts', await contextWorlds()],
  ['isolates', await isolateWorlds()],
] as const) {
  for (const [what, { put, look = 'return 0', kept, ends }] of Object.entries(STATES)) {
    test(`in ${world}, a state with ${what}`, async (t) => {
      const text = MODULE.replace('PUT', () => put).replace('LOOK', () => look);
      const directory = makeFolder(t, { 'main.ts': text });
      const { name, code, methods } = await loadClass('main.Main', { paths: [], directory });
      const manifest = { name, exported: 'Main', methods };
      const main = make(code, manifest);
      const { results, killed } = main.batch(['put']);
      const result = decodeResult(results[0] as Uint8Array);
      if (ends !== undefined) {
        const said = 'code' in result ? result.code : 'name' in result ? result.name : '';
        match(`${said} ${'message' in result ? result.message : ''}`, ends);
        equal(killed, result.kind === 'refused');
        if (!killed) equal(main.call('next'), 'next');
        return;
      }
      equal(result.kind, 'returned', JSON.stringify(result));
      const seen = main.call('look');
      if (kept !== undefined) deepEqual(seen, kept);
      const bytes = main.realm.capture();

      const other = make(code, manifest, bytes);

      deepEqual(other.realm.capture(), bytes);
      deepEqual(other.call('look'), seen);
      ok(bytes.length > 0 && other.call('next') === 'next');
      deepEqual(other.realm.capture(), main.realm.capture());
    });
  }
}
