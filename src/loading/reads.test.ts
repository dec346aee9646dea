import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { loadClass } from './load.ts';
import { makeFolder } from './loading-test-kit.ts';

/** Members of a class, in which `r` is asked about; what stands before `|||` is in front of the class. */
function sourceOf(text: string): string {
  const parts = text.split('|||');
  const members = parts.pop() ?? '';
  return `${parts.join('')}\nexport class A { ${members} }`;
}

const READS: readonly string[] = [
  'n = 0; r() { return this.n; }',
  '#n = 0; r() { return this.#n; } w() { this.#n++; }',
  '#n = 0; get #twice() { return this.#n * 2; } r() { return this.#twice; }',
  '#n = 0; #twice() { return this.#n * 2; } r() { return this.#twice(); }',
  '#n = 0; r(o) { return #n in o; }',
  'n = 0; get v() { return this.n; } r() { return this.v; }',
  'n = 0; other() { return this.n; } r() { return this.other() + 1; }',
  'n = 0; r() { let sum = 0; for (let i = 0; i < 3; i++) sum += i; return sum; }',
  'm = new Map(); r(k) { return this.m.get(k) ?? null; } w(k, v) { this.m.set(k, v); }',
  'm = new Map(); r() { return [...this.m.keys()]; }',
  'm = new Map(); r() { const out = []; for (const [k, v] of this.m) out.push({ k, v }); return out; }',
  'm = new Map(); r() { const out = {}; for (const [k, v] of this.m) out[k] = v; return out; }',
  'xs = [1]; r() { return this.xs.map((x) => x * 2).filter(Boolean).length; } w(x) { this.xs.push(x); }',
  'xs = [1]; r() { return this.xs.reduce((a, b) => a + b, 0); }',
  'xs = [1]; r() { return [...this.xs].length; }',
  'xs = [1]; r() { const ys = [...this.xs]; ys.sort((a, b) => a - b); return ys; }',
  'xs = [1]; r() { return this.xs.toSorted((a, b) => a - b); }',
  'xs = [1]; r(i) { return this.xs[i]; }',
  'o = { a: 1 }; r() { const { a, ...rest } = this.o; return [a, rest]; }',
  'o = { a: 1 }; r() { return Object.entries(this.o).map(([k, v]) => `${k}=${v}`).join(); }',
  'o = { a: 1 }; r() { return JSON.stringify({ ...this.o }); }',
  'r(d) { return new Date(d).toISOString(); }',
  'r(n) { return n === 0 ? 0 : this.r(n - 1); }',
  'r(n) { return n ** 2 + Math.max(1, Math.PI); }',
  'r() { throw new RangeError("no"); }',
  'const f = (x) => x + 1; |||r(x) { return f(x); }',
  'function f(x) { return g(x); } function g(x) { return x ? f(0) : 1; } |||r(x) { return f(x); }',
  'class P { constructor(x) { this.x = x; } sum() { return this.x; } } |||r(x) { return new P(x).sum(); }',
  'class E extends Error { code = 1; } |||r() { throw new E("m"); }',
  'class B { n = 1; base() { return this.n; } } class C extends B {} |||r() { return new C().base(); }',
  `import { KeyError } from "concoord/object";
    |||m = new Map(); r(k) { if (!this.m.has(k)) throw new KeyError(k); }`,
  'n = 0; toString() { return `${this.n}`; } r() { return this.toString() + this; }',
  'switchy = 1; r(x) { switch (x) { case 1: return "a"; default: return this.switchy; } }',
  'r(...xs) { return Math.max(...xs) + arguments.length; }',
  'r(x = 5, { y = 2 } = {}) { return x + y; }',
  'n = 0; r() { try { return this.n.toFixed(2); } catch { return ""; } finally { let done = true; } }',
  'byName = {}; put(k, v) { this.byName[k] = v; } r(k) { return this.byName[k]; }',
];

const WRITES: readonly string[] = [
  'n = 0; r() { this.n = 1; }',
  'n = 0; r() { return this.n++; }',
  'n = 0; r() { return --this.n; }',
  'n = 0; r() { this["n"] += 1; }',
  'n = 0; r() { return (this.n ??= 5); }',
  '#n = 0; r() { this.#n = 1; }',
  '#n = 0; r() { return this.#n++; }',
  '#n = 0; #w() { this.#n = 1; } r() { this.#w(); }',
  '#n = 0; set #v(x) { this.#n = x; } r() { this.#v = 1; }',
  '#n = 0; get #v() { return ++this.#n; } r() { return this.#v; }',
  'o = {}; r() { delete this.o.a; }',
  'o = {}; r() { [this.o.a] = [1]; }',
  'o = {}; r() { ({ a: this.o.a } = { a: 1 }); }',
  'o = {}; r() { for (this.o.a of [1]); }',
  'o = {}; r() { for (this.o.a in { b: 1 }); }',
  'o = {}; r() { Object.assign(this.o, { a: 1 }); }',
  'o = {}; r() { const o = this.o; o.a = 1; }',
  'o = {}; r() { const o = { inner: this.o }; o.inner.a = 1; }',
  'o = {}; r() { let o = {}; o = this.o; o.a = 1; }',
  'o = {}; r(x) { const o = x ? {} : this.o; o.a = 1; }',
  'o = {}; r() { this.f(this.o); } f(x) { x.a = 1; }',
  'o = {}; r() { this.f(this.o); } f() { arguments[0].a = 1; }',
  'o = {}; r() { this.f(this.o); } f({ ...x }, y = (this.o.n = 1)) {}',
  'xs = []; r() { this.xs.push(1); }',
  'xs = []; r() { return this.xs.sort(); }',
  'xs = []; r() { return this.xs.reverse(); }',
  'xs = []; r() { return this.xs["pop"](); }',
  'xs = []; r(m) { return this.xs[m](); }',
  'xs = []; r() { this.xs.length = 0; }',
  'xs = []; r() { Array.prototype.push.call(this.xs, 1); }',
  'xs = []; r() { const p = this.xs.push; p.call(this.xs, 1); }',
  'xs = [[]]; r() { for (const x of this.xs) x.push(1); }',
  'xs = [[]]; r() { this.xs.forEach((x) => x.push(1)); }',
  'xs = [[]]; r() { this.xs.forEach((x) => { x[0] = 1; }); }',
  'xs = [[]]; r() { this.xs.map(([x]) => x++, this.n = 1); }',
  'm = new Map(); r() { this.m.set(1, 2); }',
  'm = new Map(); r() { this.m?.clear(); }',
  'd = new Date(0); r() { this.d.setTime(5); }',
  're = /x/g; r(s) { return this.re.test(s); }',
  're = /x/g; r(s) { return s.replace(this.re, ""); }',
  'r() { return Date.now(); }',
  'r() { return Date(); }',
  'r() { return new Date(); }',
  'class Day extends Date {} |||r() { return new Day().getTime(); }',
  'class Day extends Date {} class Now extends Day { n() { return 1; } } |||r() { return new Now(); }',
  'class Day extends Date { constructor() { super(); } } |||r() { return new Day().getTime(); }',
  'r() { return new Date(...[]); }',
  'r() { const { now } = Date; return now(); }',
  'r() { const D = Date; return new D(); }',
  'r() { return Math.random(); }',
  'r() { const { random } = Math; return [1].map(random); }',
  'r() { return [1].map(Math.random); }',
  'const random = Math.random; |||r() { return [1].map(random); }',
  'const { random } = Math; |||r() { return [1].map(random); }',
  'const M = Math; |||r() { return M.random(); }',
  'n = Math.random; r() { return [1].map(this.n); }',
  'r() { return crypto.randomUUID(); }',
  'r() { return globalThis.x = 1; }',
  'let n = 0; |||r() { n++; }',
  'let n = 0; function f() { n++; } |||r() { f(); }',
  'let n = 0; const f = () => n++; |||r() { [1].forEach(f); }',
  'let n = 0; const f = () => () => n++; |||r() { f()(); }',
  'let n = 0; const fs = { f: () => n++ }; |||r() { fs.f(); }',
  'let n = 0; const fs = [() => n++]; |||r() { fs[0](); }',
  'let n = 0; function tag() { n++; } |||r() { tag`x`; }',
  'let n = 0; const o = { get x() { return n++; } }; |||r() { return o.x; }',
  'let n = 0; const o = { get x() { return n++; } }; |||r() { const { x } = o; return x; }',
  'let n = 0; const o = { get x() { return n++; } }; |||r() { return { ...o }; }',
  'let n = 0; const o = { get x() { return n++; } }; |||r(k) { return o[k]; }',
  'let n = 0; const o = { get x() { return n++; } }; |||r() { return Object.values(o); }',
  'let n = 0; const o = { get x() { return n++; } }; |||r() { return JSON.stringify(o); }',
  'let n = 0; const o = { get map() { return () => n++; } }; |||r() { return o.map(); }',
  'let n = 0; const o = { set x(v) { n = v; } }; |||r() { const p = { inner: o }; p.inner.x = 1; }',
  `let n = 0; class S { set x(v) { n = v; } } class T extends S { constructor() { super(); this.x = 1; } }
    |||r() { new T(); }`,
  'let n = 0; const o = { toString() { return `${n++}`; } }; |||r() { return `${o}`; }',
  'let n = 0; const o = { valueOf() { return n++; } }; |||r() { return o + 1; }',
  'let n = 0; const o = { [Symbol.toPrimitive]() { return n++; } }; |||r() { return o < 1; }',
  `let n = 0; const o = { [Symbol.iterator]() { n++; return [][Symbol.iterator](); } };
    |||r() { return [...o]; }`,
  `let n = 0; const o = { next() { return { done: n++ > 2 }; } };
    |||it() { return o; } r(x) { for (const y of x); }`,
  'let n = 0; const o = { toJSON() { return n++; } }; |||r() { return JSON.stringify([o]); }',
  'let n = 0; const k = "f"; const o = { [k]() { n++; } }; |||r() { o.f(); }',
  'let n = 0; class C { static [Symbol.hasInstance]() { n++; } } |||r(x) { return x instanceof C; }',
  'let n = 0; class P { constructor() { n++; } } |||r() { new P(); }',
  'let n = 0; class P { x = n++; } |||r() { new P(); }',
  'let n = 0; class P { constructor() { n++; } } class Q extends P {} |||r() { new Q(); }',
  `const shared = {}; class P { constructor() { return shared; } } class Q extends P { x = 1; }
    |||r() { new Q(); }`,
  'class P { constructor(o) { o.x = 1; } } |||o = {}; r() { new P(this.o); }',
  `const o = {}; class P { constructor() { [1].forEach(function () { this.x = 1; }, o); } }
    |||r() { new P(); }`,
  `let n = 0; class L extends Array { constructor(...a) { super(...a); n++; } }
    |||xs = new L(); r() { return this.xs.map((x) => x); }`,
  'let n = 0; class Lru { get(k) { n++; } } |||m = new Lru(); r(k) { return this.m.get(k); }',
  'let n = 0; class Xs { map(f) { n++; } } |||m = new Xs(); r() { return this.m.map((x) => x); }',
  `let n = 0; class Xs { has() { return this.w(); } w() { n++; } }
    |||m = new Xs(); r() { return this.m.has(1); }`,
  'let n = 0; class Xs { map(f) { return f(); } } |||m = new Xs(); r() { return this.m.map((x) => x); }',
  'f; w(f) { this.f = f; } r() { return this.f(); }',
  'f; r() { return [1].map(this.f); }',
  'r(f) { return f(); }',
  'r(xs, f) { return xs.map(f); }',
  'n = 0; bump() { this.n++; } r() { return [1].map(this.bump); }',
  'n = 0; bump() { this.n++; } r() { const { bump } = this; bump.call(this); }',
  'n = 0; bump() { this.n++; } o = { get: this.bump }; r() { return this.o.get(); }',
  'n = 0; o = {}; bump() { this.n++; } w(k) { this.o[k] = this.bump; } r() { return this.o.concat(1); }',
  'n = 0; w = () => { this.n++; }; r() { this.w(); }',
  'it = [1].values(); r() { return [...this.it]; }',
  'it = [1].values(); r() { return this.it.next(); }',
  'it; w() { this.it = new Map().entries(); } r() { for (const x of this.it) return x; }',
  'function* g() { yield 1; } |||it = g(); r() { const [x] = this.it; return x; }',
  'o = new Proxy({}, { get() { return 1; } }); r() { return this.o.x; }',
  `o = {}; constructor() { Object.defineProperty(this.o, "x", { get() { return this.n++; } }); }
    r() { return this.o.x; }`,
  'o = Object.create({}, { x: { get() { return this.n++; } } }); r() { return this.o.x; }',
  'o = {}; r() { Reflect.set(this.o, "x", 1); }',
  'o = {}; r() { Object.freeze(this.o); }',
  'o = {}; r() { this.o.__proto__ = null; }',
  'static n = 0; r() { A.n++; }',
  'n = 0; r() { const o = { n: this }; o.n.n = 1; }',
  'n = 0; r() { (() => { this.n = 1; })(); }',
  'n = 0; r() { class X { static { } } return X; }',
  'n = 0; r() { return super.toString() + (this.n = 1); }',
  'n = 0; get r2() { return this.n++; } r() { return this?.["r2"]; }',
  'n = 0; r(x = this.n++) { return x; }',
  'n = 0; r({ x = this.n++ }) { return x; }',
  'n = 0; r({ [this.n++]: x }) { return x; }',
  'import * as ns from "./b.ts"; |||r() { return ns.renamed(); }',
  'import { plain } from "./b.ts"; |||r() { return plain(); }',
  'import { bump as map } from "./c.js"; |||r() { return map(); }',
  'import c from "./c.js"; |||r() { return c.trim(); }',
  'function __privateGet(o, k) { o.n = k; } |||n = 0; r() { return __privateGet(this, 1); }',
];

const OTHERS = {
  'b.ts': 'let n = 0; function plain() { return n++; } export { plain, plain as renamed };',
  'c.js': 'let n = 0; const bump = () => n++; exports.bump = bump; exports.trim = bump;',
};

for (const [expected, sources] of [
  [true, READS],
  [false, WRITES],
] as const) {
  for (const source of sources) {
    test(`${expected ? 'a read' : 'no read'}: ${source}`, async (t) => {
      const directory = makeFolder(t, { 'a.js': sourceOf(source), ...OTHERS });
      const { methods } = await loadClass('a.A', { paths: [], directory });

      equal(methods.find(({ name }) => name === 'r')?.read, expected);
    });
  }
}

test('showing an object is a read when its own way of it is', async (t) => {
  for (const [members, expected] of [
    ['', [true, true]],
    ['n = 0; toString() { return `${this.n}`; }', [true, true]],
    ['n = 0; toString() { return `${this.n++}`; }', [false, false]],
    ['n = 0; __repr__() { return `${this.n++}`; }', [true, false]],
  ] as const) {
    const directory = makeFolder(t, { 'a.js': sourceOf(members) });
    const { methods } = await loadClass('a.A', { paths: [], directory });
    const isRead = (wanted: string): boolean | undefined =>
      methods.find(({ name }) => name === wanted)?.read;

    equal(isRead('__str__'), expected[0], members);
    equal(isRead('__repr__'), expected[1], members);
  }
});
