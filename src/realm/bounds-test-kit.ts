import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { decodeResult } from '../wire/index.ts';
import { pieces } from './realm-test-kit.ts';
import type { MakeWorld } from './realm-test-kit.ts';

/** As the loader instruments it. */
const BORN = 'if (new.target !== undefined) $.inherit(this);';
const MANY = 'for (let i = 0; i < 1000; i++)';

/** Chains of prototypes, by every way in which a new object gets one, or an old one another. */
const CHAINS: Readonly<Record<string, string>> = {
  create: `let o = {}; ${MANY} o = Object.create(o)`,
  literal: `let o = {}; ${MANY} o = { __proto__: $.inherit((o)) }`,
  maker: `function F() { ${BORN} } let o = {}; ${MANY} { F['proto' + 'type'] = o; o = new F(); }`,
  defined: `function F() { ${BORN} }
    let o = {}; ${MANY} { Object.defineProperty(F, 'prototype', { value: o }); o = new F(); }`,
  generator: `function* g() {} let o = {}; ${MANY} { g.prototype = $.inherit((o)); o = g(); }`,
  reflected: `function F() { ${BORN} }
    let o = {}; ${MANY} { F.prototype = o; o = Reflect.construct(Array, [], F); }`,
  kept: `let o = {}; class A { constructor() { o = this; return {}; } } function F() { ${BORN} }
    ${MANY} { F.prototype = o; Reflect.construct(A, [], F); }`,
  bound: `function F() { ${BORN} } const B = F.bind();
    let o = {}; ${MANY} { B.prototype = o; o = Reflect.construct(Array, [], B); }`,
  species: `function F() { ${BORN} } const a = [1]; a.constructor = { [Symbol.species]: F };
    let o = {}; ${MANY} { F.prototype = o; o = a.map((x) => x); }`,
  classes: `let C = class {}; ${MANY} C = class extends $.parent((C)) {};`,
  statics: `let C = class {}; ${MANY} { const D = C; C = class extends $.parent((D)) {}; }`,
  above: `let o = {}; ${MANY} { const p = {}; Object.setPrototypeOf(p, o); o = p; }`,
  below: `let o = {}; const bottom = o; ${MANY} { const p = {}; Object.setPrototypeOf(o, p); o = p; }`,
  reflectedBelow: `let o = {}; ${MANY} { const p = {}; Reflect.setPrototypeOf(o, p); o = p; }`,
  assigned: `let o = {}; ${MANY} { const p = {}; p.__proto__ = o; o = p; }`,
  assignedBelow: `let o = {}; ${MANY} { const p = {}; o.__proto__ = p; o = p; }`,
  joined: `let top = {}; ${MANY} { const head = {}; let o = head;
    for (let j = 0; j < 50; j++) o = Object.create(o); Object.setPrototypeOf(top, o); top = head; }`,
};

/** Values so large that an operator would hold up the thread. */
const LARGE: Readonly<Record<string, string>> = {
  text: "return 'x'.repeat(2 ** 20 + 1).length",
  sum: "const s = 'x'.repeat(2 ** 19 + 1); return $.text(s + s).length",
  joined: "return ['x'.repeat(2 ** 20), 'y'].join('').length",
  upper: "return '\\ufb03'.repeat(5e5).toUpperCase().length",
  normal: "return '\\ufdfa'.repeat(1e5).normalize('NFKC').length",
  escaped: "return encodeURIComponent('\\u1234'.repeat(2e5)).length",
  bigint: 'return $.big(1n << 16384n) > 0n',
  power: 'return Math.pow(2n, 16384n) > 0n',
  digits: "return BigInt('9'.repeat(6000)) > 0n",
  wide: 'return BigInt.asUintN(20000, -1n) > 0n',
  room: 'for (;;) { const a = []; $.resize(a, 3e7); }',
  rooms: 'for (;;) { const a = []; $.resize(a, 1e4); }',
};

/** What people write stays as it is. */
const ORDINARY: Readonly<Record<string, readonly [body: string, result: unknown]>> = {
  text: ["return 'x'.repeat(2 ** 20).length", 2 ** 20],
  cases: ["return 'x'.repeat(5e5).toUpperCase().normalize().length", 5e5],
  uri: ["return decodeURIComponent(encodeURIComponent('x y'.repeat(1e5))).length", 3e5],
  bigint: ["return ('' + ((1n << 16383n) - 1n)).length", 4932],
  hierarchy: [
    `let C = class { n = 7; }; for (let i = 0; i < 50; i++) C = class extends $.parent((C)) {};
     return [new C().n, 'absent' in new C()]`,
    [7, false],
  ],
  inherits: [
    `function Base() { ${BORN} } Base.prototype.f = () => 5; function Sub() { ${BORN} }
     Object.setPrototypeOf(Sub.prototype, Base.prototype); Object.setPrototypeOf(Sub, Base);
     const made = Array.from({ length: 2000 }, () => Object.setPrototypeOf({}, Sub.prototype));
     return [new Sub().f(), made.every((one) => one instanceof Base)]`,
    [5, true],
  ],
  proto: [
    `const o = {}; o.__proto__ = { a: 1 }; const set = o.__lookupSetter__('__proto__');
     set.call(o, { a: 2 });
     return [o.a, set.name, set.length, { __proto__: $.inherit((null)) } instanceof Object]`,
    [2, 'set __proto__', 1, false],
  ],
  refused: [
    `try { Object.preventExtensions(args).__proto__ = {}; } catch (e) { $.alive(e); return e.name; }`,
    'TypeError',
  ],
  lengths: [
    `const a = Array.from({ length: 1e5 }, () => 0);
     for (let i = 0; i < 5e4; i++) $.resize(a, a.length - 1);
     const own = { length: 1 }; return [a.length, $.resize(own, 5), own.length, $.resize(a, 0)]`,
    [5e4, 5, 5, 0],
  ],
};

/** What a call has spent that does so much, in the words that callers read. */
const BUDGETS: readonly (readonly [body: string, excess: string])[] = [
  [
    'try { for (;;) if (--$.fuel < 0) $.exhausted(); } catch (e) { $.alive(e); }',
    'work (turns of loops, calls, what is copied) than its 4000000 turns',
  ],
  [
    'const f = () => { if (++$.depth > $.maxDepth || --$.fuel < 0) $.exhausted(); return f(); }; f();',
    'calls inside one another than its 1000',
  ],
  [
    'return new Uint8Array(300_000_000).length;',
    'memory for arrays, texts and buffers than its 256 MiB',
  ],
  ["return 'ab'.repeat(1_000_000);", 'units in one text than its 1048576'],
  ["return BigInt('9'.repeat(100_000));", 'bits in one bigint than its 16384'],
];

/** Bounds on what single steps of the engine take, in which nothing can interrupt it. */
export function testBounds(make: MakeWorld): void {
  for (const [name, body] of Object.entries({ ...CHAINS, ...LARGE })) {
    test(`what would take long in one step is not made: ${name}`, () => {
      const { results, killed } = pieces(make, { spend: body }).batch(['spend']);
      const result = decodeResult(results[0] as Uint8Array);

      ok(killed, JSON.stringify(result));
      equal(result.kind === 'refused' && result.code, 'BUDGET_EXCEEDED');
    });
  }

  for (const [name, [body, result]] of Object.entries(ORDINARY)) {
    test(`what is not large is as the language has it: ${name}`, () => {
      deepEqual(pieces(make, { run: body }).call('run'), result);
    });
  }

  test('a call that is killed is told its method and which budget had an end, the same everywhere', () => {
    for (const [body, excess] of BUDGETS) {
      const world = pieces(make, { spend: body });
      const [killed] = world.batch(['spend']).results;

      deepEqual(decodeResult(killed as Uint8Array), {
        kind: 'refused',
        code: 'BUDGET_EXCEEDED',
        message: `spend() took more ${excess}; it had no effect`,
      });
    }
  });

  test('how much a chain may grow does not depend on calls before', () => {
    const grow = `for (let i = 0; i < 60; i++) { const p = {}; Object.setPrototypeOf(this.top ?? {}, p);
      this.top = p; } return $.fuel`;
    const used = pieces(make, { grow });
    const fuel = [used.call('grow'), used.call('grow')];
    const fresh = pieces(make, { grow }, used.realm.capture());

    deepEqual(fresh.call('grow'), fuel[1]);
    deepEqual(used.call('grow'), fuel[1]);
  });
}
