/** Programs that together use the whole language; each exports `run`, which returns plain data. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  'loops of all kinds': `
    export function run() {
      const out = [];
      for (let i = 0; i < 3; i++) out.push(i);
      for (const x of [1, 2]) out.push(x);
      for (const k in { a: 1, b: 2 }) out.push(k);
      let n = 3; while (n--) out.push(n); do out.push(n); while (n++ < 1);
      for (var v of 'ab') ; out.push(v);
      for (let a = 0, b = 9; a < b; a += 3, b -= 1);
      for (out[100] of [7]); for (out.length of [5]);
      if (n) for (;;) break; else while (true) break;
      return out;
    }`,
  'labels, break and continue': `
    export function run() {
      const out = [];
      outer: for (let i = 0; i < 4; i++) {
        inner: for (let j = 0; j < 4; j++) {
          if (j === 1) continue inner;
          if (i === 1) continue outer;
          if (i === 3) break outer;
          out.push([i, j]);
        }
      }
      block: { if (out.length) break block; out.push('never'); }
      a: b: while (true) { do { break a; } while (true); }
      return out;
    }`,
  'closures over loop variables': `
    export function run() {
      const fs = [];
      for (let i = 0; i < 3; i++) fs.push(() => i++);
      for (const x of [10, 20]) fs.push(() => x);
      for (const k in { p: 1 }) fs.push(() => k);
      for (let [a, ...r] of [[1, 2, 3]]) fs.push(() => a + r.length);
      return fs.map((f) => [f(), f()]);
    }`,
  'functions of all kinds': `
    function declared(a, b) { return a - b; }
    const expression = function named(n) { return n <= 0 ? 0 : 1 + named(n - 1); };
    const arrow = (a) => a * 2, object = () => ({ x: 1 }), nested = (a) => (b) => (c) => (a, b, c);
    const bracketed = (x) => ((x));
    export function run() {
      return [declared(3, 1), expression(3), arrow(2), object(), nested(1)(2)(3), bracketed(4),
        (function () { return arguments.length; })(1, 2), declared.length, declared.name,
        arrow.name, expression.name, ((a, b = 1) => 0).length];
    }`,
  'default parameters': `
    let calls = 0;
    const next = () => ++calls;
    function f(a = next(), { b = next(), [\`k\${next()}\`]: c = 5, ...rest } = {}, [d = a, ...e] = [1, 2,
      3]) {
      return [a, b, c, d, e, rest];
    }
    function g(x, y = x, z = () => y, w = function () { return 1; }) { y = 9; return [x, y, z(), w.name]; }
    class C { m(a = this.v, b = () => this.v) { return [a, b()]; } v = 3; }
    export function run() {
      return [f(), f(1, { b: 2, k2: 3, q: 4 }, []), g(1), f.length, g.length, new C().m()];
    }`,
  destructuring: `
    export function run() {
      const { a, b: { c = 3 } = {}, ...others } = { a: 1, x: 2, y: 3 };
      let [p, , q = 5, ...r] = [1, 2, undefined, 4, 5];
      [p, q] = [q, p];
      const o = {}; ({ a: o.z, ...o.rest } = { a: 1, b: 2 }); [o['w'], ...o.more] = 'abc';
      const swap = ([x, y], { z: [w] = [7] } = {}) => [y, x, w];
      return [a, c, others, p, q, r, o, swap([1, 2])];
    }`,
  'try, catch and finally': `
    const log = [];
    function order(f) { try { log.push('t'); return f(); } catch (e) { log.push(e); return 'c'; }
      finally { log.push('f'); } }
    function override() { try { throw 1; } finally { return 'over'; } }
    function nested() { try { try { throw { message: 'm', code: [1, 2] }; } catch ({ message,
      code: [first, ...rest] }) { throw [message, first, rest]; } } catch (e) { return e; } }
    function bare() { try { null.x; } catch { return 'bare'; } }
    function loop() { const out = []; for (const i of [1, 2, 3]) { try { if (i === 2) continue;
      out.push(i); } finally { out.push('f' + i); } } return out; }
    function shadow(e) { try { throw 2; } catch (e) { var e = 3; log.push(e); } return e; }
    function declares() { try { throw 1; } catch (x) { function inner() { return x; } return inner(); }
      finally { let z = () => log; z().push('z'); } }
    export function run() {
      return [order(() => 1), order(() => { throw 'x'; }), override(), nested(), bare(), loop(),
      shadow(1), declares(), log];
    }`,
  'catch patterns with functions inside': `
    export function run() {
      try { throw { a: undefined }; } catch ({ a = (() => { try { throw 1; } catch ({ b = 2 }) { return b;
      } })() }) {
        return [a, (() => a)()];
      }
    }`,
  'classes, inheritance and super': `
    class A { x = 1; #p = 2; static count = 0; static #s = 5; get p() { return this.#p; } set p(v) {
      this.#p = v; }
      constructor(y = 3) { this.y = y; A.count++; } m() { return 'A' + this.x; } static make() {
      return new this(A.#s); }
      #priv() { return this.#p * 2; } callPriv() { return this.#priv(); } static isA(o) { return #p in o; } }
    class B extends A { z = this.y + 1; constructor() { super(10); this.arrow = () => this.z + super.m(); }
      m() { return 'B' + super.m(); } get p() { return super.p + 100; } toString() {
      return \`B(\${this.z})\`; } }
    class C extends B { static { C.tag = 'c' + A.count; } f = () => this; }
    export function run() {
      const b = new B(); b.p; const c = new C(); c.x++;
      return [b.m(), b.p, b.arrow(), String(b), A.make().y, c.f() === c, C.tag, A.count, c.callPriv(),
      A.isA(c), A.isA({}), B.name, Object.keys(c)];
    }`,
  'private fields that count': `
    class A { #n = 1; static #all = 0; #acc = 5; get #v() { return this.#acc; } set #v(x) { this.#acc = x; }
      run() { A.#all += 2; return [this.#n++, ++this.#n, this.#n--, A.#all++, A.#all, this.#v++, this.#v]; }
      static foreign() { try { return ({}).#n++; } catch {
        try { return A.prototype.run.call({}); } catch (e) { return e.name; } } } }
    export function run() { return [new A().run(), A.foreign()]; }`,
  'this and arguments in arrows': `
    function F() { this.v = 1; this.get = () => this.v; this.args = () => arguments.length;
      this.deep = () => () => [this.v, arguments[0]]; }
    const o = { v: 5, m() { return [1, 2].map((x) => x * this.v + arguments.length); }, g: { get h() {
      return (() => this.k)(); }, k: 3 } };
    class D extends Object { constructor(flag) { const make = () => super(); if (flag) { make(); } else {
      super(); } this.me = () => this; this.fs = [() => ({ arguments })]; } }
    export function run() {
      const f = new F(7, 8), d = new D(true), e = new D(false);
      f.v = 4;
      return [f.get(), f.args(), f.deep()(), o.m(9), o.g.h, d.me() === d, e.me() === e,
      d.fs[0]().arguments.length];
    }`,
  'accessors and computed names': `
    const k = 'dyn', s = Symbol('s');
    const o = { get [k]() { return 1; }, set [k](v) { this.set = v; }, [\`\${k}2\`]() { return 2; },
      [s]: 3, 'quoted key': 4, 5: 6, async: 7, get: 8, await: 9 };
    class K { static [k + 'S']() { return 's'; } [Symbol.toPrimitive](hint) {
      return hint === 'number' ? 42 : 'prim'; } get [s]() { return 'sym'; } }
    export function run() { o.dyn = 9; const x = new K(); return [o.dyn, o.set, o.dyn2(), o[s],
      o['quoted key'], o[5], o.async, o.get, o.await, K.dynS(), +x, x + '', \`\${x}\`, x[s]]; }`,
  generators: `
    function* count(n) { try { for (let i = 0; i < n; i++) { const got = yield i; if (got) i += got; }
      return 'end'; } finally { log.push('fin'); } }
    const log = [];
    function* outer() { const r = yield* count(3); yield r; yield* [7, 8]; yield; yield (yield 1, 2) + 1; }
    function* tree(n) { if (n > 0) { yield* tree(n - 1); yield n; yield* tree(n - 1); } }
    class It { *[Symbol.iterator]() { yield* [1, 2]; yield arguments.length; yield (() => this === it)(); } }
    const it = new It();
    function* catches() { try { yield 1; } catch (e) { yield 'caught ' + e; } finally { yield 'cleanup'; } }
    export function run() {
      const g = count(10), seen = [g.next(), g.next(2), g.return('r'), g.next()];
      const c = catches(); c.next(); const thrown = [c.throw('x'), c.next(), c.next()];
      const d = outer(); d.next(); const returned = [d.return(5), d.next()];
      for (const x of count(5)) if (x === 1) break;
      const [first] = count(3);
      return [seen, thrown, returned, first, [...outer()], [...tree(4)], [...it], log];
    }`,
  'iterators and spreads': `
    const range = { from: 1, to: 4, [Symbol.iterator]() { let n = this.from, to = this.to; return {
      next: () => n < to ? { value: n++, done: false } : { value: undefined, done: true }, return() {
      log.push('ret'); return {}; } }; } };
    const log = [];
    function sum(...xs) { return xs.reduce((a, b) => a + b, 0); }
    class P { constructor(...xs) { this.xs = xs; } }
    export function run() {
      const [a] = range; const o = { ...{ p: 1, q: 2 }, q: 3, ...null, ...'hi' };
      return [sum(...range, ...[10]), [0, ...range, ...'xy'], new P(...range).xs, Math.max(...range, 2),
      a, o, log, [...new Set([1, 1])], Array.from(range)];
    }`,
  operators: `
    export function run() {
      let s = 'a', n = 1, b = 2n, o = { s: 'x', n: [1] }, u;
      s += n; s += 'b' + n + 1; n += 2; o.s += s; o['n'][0] += 5; b *= 3n; b <<= 4n; b = b * b >
      5n ? b + 1n : 0n;
      n <<= 2; n **= 2; u ??= 5; u ||= 6; u &&= u + 1; o?.z?.q.r; o.f?.(1);
      const t = typeof zz + void 0 + (1, 2) + !n + -n + ~n; delete o.gone;
      return [s, n, b, o, u, t, 2 ** 3 ** 2, 7 % 4, -7 >>> 28, 1 + 2 + '3' + 4, 'k' in { k: 1 },
      [] instanceof Array, null ?? 1, new (class { v = 1 })().v];
    }`,
  'templates and tags': `
    const tag = (parts, ...xs) => [parts.raw.join('|'), parts.join('|'), xs];
    export function run() { const a = 1, b = 'two'; return [\`\${a}+\${b}=\${\`\${a}\${b}\`}\`,
      tag\`x\${a}\\n\${b}y\`, \`plain\`, \`\${{ toString() { return 'obj'; } }}\`,
      String.raw\`\\u\${a}\`]; }`,
  'switches with scopes': `
    function pick(x) { const fs = []; switch (x) { case 1: let y = 'one'; fs.push(() => y);
      case 2: y = 'two'; fs.push(() => y); break; default: const z = 3; fs.push(() => z); function f() {
      return 'f'; } fs.push(f); } return fs.map((g) => g()); }
    function only(x) { switch (x) { default: const q = x; return () => q; } }
    export function run() { let bad; try { pick(2); } catch (e) { bad = e.constructor.name; }
      return [pick(1), pick(9), only(4)(), bad]; }`,
  'functions declared twice': `
    import { twice } from './program.ts';
    export const twice2 = 1;
    export { twice };
    function twice() { return 1; }
    export function run() {
      function f() { return 1; } var g = 2; function g() { return 3; } function f() { return g; }
      function h(p) { function p() { return 'fn'; } return typeof p; } let late = 5; function k() {
      return late; } var k;
      return [f(), g, h(1), k(), f.name, twice()];
    }`,
  'variables called like ours': `
    const $ = 3, $0 = 4, fuel = 5;
    function f($) { try { throw $; } catch ($) { return $ + 1; } }
    const o = { $, $0, f: ({ $ = 9 }) => $ };
    class $$ { $ = 1; get $1() { return this.$; } }
    export function run() { let unbound; try { unbound = typeof jQuery; } catch { unbound = 'threw'; }
      return [$ + $0, f(7), o.$, o.f({}), o.f({ $: 2 }), new $$().$1, unbound, typeof $]; }`,
  'state of modules and closures': `
    let counter = 0; const cache = new Map(); const once = (() => { let value; return () =>
      value ??= ++counter; })();
    function memo(f) { return (x) => { if (!cache.has(x)) cache.set(x, f(x)); return cache.get(x); }; }
    const square = memo((x) => { counter++; return x * x; });
    export function run() { return [once(), once(), square(3), square(3), counter, [...cache]]; }`,
  'hoisting and shadowing': `
    var x = 1;
    export function run() {
      const before = [typeof later, typeof hoisted, hoisted()]; var later = 2; function hoisted() {
      return 'h'; }
      { let x = 2; { const x = 3; before.push(x); } before.push(x); } before.push(x);
      { function blocky() { return 'b'; } before.push(blocky()); }
      let tdz; try { early; let early = 1; } catch (e) { tdz = e.name; }
      before.push(tdz, (function self() { return typeof self; })(), (class Me { static t() {
      return Me.name; } }).t());
      return before;
    }`,
  'enums and namespaces': `
    enum Color { Red, Green = 5, Blue } const enum Flag { A = 1 << 2, B } enum Text { A = 'a' }
    namespace Shapes { export const unit = 1; export class Square {
      constructor(public side: number = unit, protected readonly tag?: string) {} area() {
      return this.side * this.side; } } let hidden = 3; export function bump() { return ++hidden; } }
    abstract class Base<T> { abstract make(): T; twice(): [T, T] { return [this.make(), this.make()]; } }
    class Impl extends Base<number> { declare ghost: string; override make(): number {
      return Shapes.bump() as number; } }
    export function run() { return [Color.Red, Color[5], Color.Blue, Flag.B, Text.A,
      new Shapes.Square(3).area(), new Impl().twice(), Object.keys(new Impl()),
      ({} as any)!.x satisfies unknown]; }`,
  'mixins and bound functions': `
    const Loud = (Base) => class extends Base { say() { return super.say().toUpperCase() + '!'; } };
    const Counted = (Base) => class Counted extends Base { n = 0; say() { this.n++;
      return super.say() + this.n; } };
    class Plain { say() { return 'hi'; } }
    class Both extends Counted(Loud(Plain)) {}
    export function run() { const b = new Both(); const bound = b.say.bind(b); return [b.say(), bound(),
      Reflect.apply(b.say, b, []), Both.name, Object.getPrototypeOf(Both).name]; }`,
  errors: `
    class BankError extends Error { constructor(message, code = 7) { super(message, { cause: 'c' });
      this.name = 'BankError'; this.code = code; } }
    class Sub extends BankError { static kind = 'sub'; }
    export function run() { try { throw new Sub('no'); } catch (e) { return [e instanceof BankError,
      e.name, e.message, e.code, e.cause, String(e), e.constructor.name, Sub.kind]; } }`,
  'recursion that ends': `
    const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2);
    const isEven = (n) => n === 0 || isOdd(n - 1); function isOdd(n) { return n !== 0 && isEven(n - 1); }
    const quick = ([p, ...rest]) => p === undefined ? [] : [...quick(rest.filter((x) => x < p)), p,
      ...quick(rest.filter((x) => x >= p))];
    const o = { n: 3, get down() { return this.n-- > 0 ? this.down : 'done'; } };
    export function run() { return [fib(12), isEven(100), quick([3, 1, 2, 5, 4]), o.down]; }`,
  'callbacks of built-ins': `
    export function run() {
      return [[3, 1, 2].sort((a, b) => a - b), 'a-b'.replace(/[ab]/g, (m) => m + m), JSON.stringify({ d: {
      toJSON() { return 'json'; } } }, (k, v) => v), [1, [2]].flatMap((x) => x),
        Object.entries({ a: 1 }).map(([k, v]) => k + v), new Proxy({}, { get: (_, k) =>
        'got ' + String(k) }).thing, [1, 2, 3].reduceRight((a, x) => a + x, ''),
        Array.from({ length: 2 }, (_, i) => i * 2)];
    }`,
  'unicode names': `
    const größe = 1, 变量 = 2; const f = ({ größe: ß = 3 }) => () => ß + 变量;
    class Zähler { größe = größe; 取() { return this.größe; } }
    export function run() { return [f({})(), f({ größe: 5 })(), new Zähler().取(), 'é😀', Zähler.name]; }`,
  'comma, conditions and brackets': `
    const f = (a) => (a ? (1, 2) : ((3))), g = (a) => a && (b => (b, a))(a), h = () => [].concat([1]),
      i = () => (function () { return this; }).call(4);
    export function run() { let x = (1, 2), y; y = x = 3; if ((x, y)) x = y ? x ? 1 : 2 : 3; return [f(0),
      f(1), g(5), h(), i(), x, y, (() => {})(), (x => y => x + y)(1)(2), (x) => x].slice(0, -1); }`,
  'text that grows in loops': `
    export function run() { let s = ''; for (let i = 0; i < 100; i++) s += i % 2 ? 'x' : \`\${i}\`;
      const parts = []; for (const c of s) parts.push(c + c); return [s, parts.join('').length]; }`,
  'bigints and dates': `
    export function run() { let f = 1n; for (let i = 1n; i <= 30n; i++) f *= i; return [f, f / 7n,
      f % 1000n, 5n << 3n, -5n >> 1n, BigInt.asUintN(8, 300n), new Date(0).toISOString(), -0, NaN,
      0.1 + 0.2, 10n > 9]; }`,
  'objects with odd keys': `
    export function run() { const o = { __proto__: { inherited: 1 }, ['__proto__x']: 2, constructor: 3,
      'then': 4 }; const __proto__ = 5; const p = { __proto__ }; return [o.inherited, Object.keys(o),
      p.__proto__ === 5 || Object.keys(p), o.hasOwnProperty('constructor')]; }`,
};

/** Programs whose `run` never ends, or takes the stack: each must be stopped, however it resists. */
export const ENDLESS: Readonly<Record<string, string>> = {
  while: `export function run() { while (true); }`,
  for: `export function run() { for (;;) {} }`,
  do: `export function run() { do ; while (1); }`,
  'labelled continue': `export function run() { a: for (;;) { for (;;) continue a; } }`,
  'for-of over an endless iterator': `
    export function run() {
      for (const x of { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }) }) }); }`,
  'spread of an endless generator': `
    export function run() { return [...(function* () { for (;;) yield 1; })()]; }`,
  'caught in a loop': `export function run() { for (;;) { try { f(); } catch {} } } function f() { f(); }`,
  'caught and called again': `export function run() { try { run(); } catch (e) { run(); } }`,
  finally: `export function run() { try { run(); } finally { run(); } }`,
  'finally that returns': `export function run() { for (;;) { try { for (;;); } finally { continue; } } }`,
  'finally that returns a value': `export function run() { try { while (1); } finally { return 1; } }`,
  'catch with a pattern': `
    export function run() { try { for (;;); } catch ({ message = run() }) { run(); } }`,
  recursion: `export function run() { return run(); }`,
  'mutual recursion of arrows': `const a = () => b(), b = () => a(); export const run = () => a();`,
  getters: `const o = { get x() { return this.x; } }; export function run() { return o.x; }`,
  setters: `const o = { set x(v) { this.x = v; } }; export function run() { o.x = 1; }`,
  constructors: `class A { constructor() { new A(); } } export function run() { new A(); }`,
  'field initialisers': `class A { a = new A(); } export function run() { new A(); }`,
  'private field initialisers': `class A { #a = new A(); } export function run() { new A(); }`,
  'derived classes without constructors': `
    class A { a = make(); } class B extends A {} function make() { return new B(); }
    export function run() { new B(); }`,
  defaults: `function f(x = f()) { return x; } export function run() { f(); }`,
  'defaults in patterns': `
    function f({ x: [y = f()] = [] } = {}) { return y; }
    export function run() { f(); }`,
  'computed keys in parameters': `function f({ [f()]: x } = {}) { return x; } export function run() { f(); }`,
  'defaults of arrows': `const f = (x = f()) => x; export function run() { f(); }`,
  conversions: `const o = { toString() { return \`\${this}\`; } }; export function run() { return '' + o; }`,
  valueOf: `const o = { valueOf() { return +this; } }; export function run() { return +o; }`,
  iterators: `const o = { [Symbol.iterator]() { return [...this]; } }; export function run() {
    return [...o]; }`,
  'iterators taken apart': `
    const o = { *[Symbol.iterator]() { const [a] = this; yield a; } };
    export function run() { const [x] = o; return x; }`,
  generators: `function* g() { yield* g(); } export function run() { return [...g()]; }`,
  'generators in loops': `
    function* g() { for (const x of g()) yield x; }
    export function run() { return [...g()]; }`,
  'generators in finally': `
    function* g() { try { yield 1; } finally { const i = g(); i.next(); i.return(); } }
    export function run() { const i = g(); i.next(); i.return(); }`,
  'generators in catch': `
    function* g() { try { yield 1; } catch { const i = g(); i.next(); i.throw(1); } }
    export function run() { const i = g(); i.next(); i.throw(1); }`,
  sorting: `export function run() { [2, 1].sort(() => run()); }`,
  proxies: `const p = new Proxy({}, { get: () => p.x }); export function run() { return p.x; }`,
  tags: `function t() { return t\`\`; } export function run() { t\`\`; }`,
  'super methods': `
    class A { m() { return new B().m(); } } class B extends A { m() { return super.m(); } }
    export function run() { new B().m(); }`,
  'anonymous classes': `
    class A { constructor() { new (class extends A {})(); } }
    export function run() { new A(); }`,
  replace: `export function run() { return 'a'.replace('a', run); }`,
  apply: `export function run() { return Reflect.apply(run, null, []); }`,
  'bound functions': `const f = () => g(), g = f.bind(null); export function run() { f(); }`,
  'text that doubles': `export function run() { let s = 'x'; for (;;) s += s; }`,
  'text in fields': `export function run() { const o = { s: 'x' }; for (;;) o.s = o.s + o.s; }`,
  'bigints that double': `export function run() { let b = 3n; for (;;) b *= b; }`,
  'bigints shifted': `export function run() { let b = 3n; for (let i = 1n; ; i *= 2n) b = b << i; }`,
  'bigints shifted backwards': `
    export function run() { let b = 3n; for (let i = -1n; ; i *= 2n) b = b >> i; }`,
  'arguments that are passed on': `
    function f() { f(...LONG); } const LONG = Array(10_000).fill(0);
    export function run() { f(); }`,
  'arguments of constructors': `
    class A { constructor() { new A(...LONG); } } const LONG = Array(10_000).fill(0);
    export function run() { new A(); }`,
  'rest that is assigned': `
    export function run() { const o = {}, a = Array(30_000).fill(0); for (;;) [o.x, ...o.rest] = a; }`,
  'rest of objects': `
    export function run() {
      const o = { ...Array(30_000).fill(0) }; for (let i = 0; ; i++) { const { [i]: x, ...rest } = o; } }`,
  'spread of objects': `
    export function run() { let o = { ...Array(30_000).fill(0) }; for (;;) o = { ...o }; }`,
  'arguments that double': `export function run(...xs) { return run(...xs, ...xs, 1); }`,
  'arrays that double': `export function run() { let a = [1]; for (;;) a = [...a, ...a]; }`,
  'rest that is copied': `
    export function run() {
      const a = Array(30_000).fill(0); for (let i = 0; ; ) { const [x, ...rest] = a; i += rest.length; } }`,
};

/** Calls every kind of asynchronous function, and says how each ended. */
export const ASYNCHRONOUS = `
    async function a(x) { await x; for await (const y of x) { try { await y; } catch { yieldless(y); } } }
    const b = async (x) => (await x, { x }), c = async x => { const d = async () => await x; return d; };
    const o = { async m() { await 1; }, async *g() { yield await 1; }, async ['c' + 1]() {}, async: 1 };
    class K { async m() { await super.toString(); } static async *g() { yield* []; } async = 2; }
    async function* g2() { yield 1; }
    export function run() {
      return [a, b, c, o.m, o.g, o.c1, new K().m, K.g, g2].map((f) => { try { f({}); return 'ran'; }
      catch (e) { return e.constructor.name; } }).concat(o.async, new K().async);
    }`;
