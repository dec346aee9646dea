import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { compile, same, twins } from './state-test-kit.ts';

const BAG = compile('export class Bag { held: any; }');

/** Asks the same of a bag and of its restored twin; `held` is made by the first text. */
function survives(held: string, ask: string, expected: string): void {
  const both = twins(BAG, `object = new module.Bag(); object.held = ${held};`);
  equal(same(both, `var held = object.held; ${ask}`), expected);
}

/** A list of property descriptors as text. */
const SHOW = `
  const show = (value) => Reflect.ownKeys(value).map((key) => {
    const { value: held, ...rest } = Object.getOwnPropertyDescriptor(value, key);
    return String(key) + JSON.stringify(rest) + String(held);
  }).join();
`;

test('an object of a class comes back with its class, its fields and their order', () => {
  const both = twins(
    BAG,
    'object = new module.Bag(); object.b = 1; object.a = "x"; object[2] = 3;',
  );

  equal(
    same(both, 'object instanceof module.Bag && JSON.stringify(object)'),
    '{"2":3,"b":1,"a":"x"}',
  );
});

test('primitives come back exactly', () => {
  const edges =
    '[0, -0, 127, 128, -1, 2**31, -(2**52), 2**52, 2**53, 0.1, 5e-324, NaN, Infinity, -Infinity]';
  survives(edges, `held.every((each, at) => Object.is(each, ${edges}[at]))`, 'true');
  const bigints = '[0n, -1n, 255n, 256n, -(1n << 64n), (1n << 1000n) - 1n]';
  survives(bigints, `held.join() === ${bigints}.join()`, 'true');
  const texts = String.raw`['', '\0\xff', 'ä'.repeat(200), 'x'.repeat(5000), '\ud800', 'a\udc00', '€',
    '\ufeff' + '€'.repeat(9000)]`;
  survives(texts, `held.every((each, at) => each === ${texts}[at])`, 'true');
  survives(
    '[undefined, null, true, false]',
    'held.map(String).join()',
    'undefined,null,true,false',
  );
});

test('sharing and cycles stay what they are', () => {
  const make =
    '(() => { const a = { n: 1 }; const b = [a, a]; a.b = b; return { a, b, m: new Map([[b, a]]) }; })()';
  survives(
    make,
    'held.a.b === held.b && held.b[0] === held.b[1] && held.m.get(held.b) === held.a',
    'true',
  );
});

test('own property descriptors come back, also accessors of code', () => {
  const source = `
    function get() { return this.n * 2; }
    function set(v) { this.n = v; }
    export const make = () => Object.defineProperties({ n: 4 }, {
      twice: { get, set, enumerable: false, configurable: true },
      half: { get, configurable: false },
      quiet: { value: 1 },
      fixed: { value: [2], enumerable: true },
    });`;
  const both = twins(compile(source), 'object = module.make();');

  equal(same(both, `${SHOW} show(object);`).includes('"get"'), false);
  equal(same(both, 'object.twice = 5; [object.twice, object.n, object.half].join()'), '10,5,10');
});

test('frozen, sealed and closed objects stay so', () => {
  const make = `[Object.freeze({ a: 1 }), Object.seal({ a: 1 }), Object.preventExtensions({ a: 1 }),
    Object.freeze([1, 2]), Object.seal([1]), Object.freeze(new Map([[1, 2]])), {}]`;
  const ask = `
    held
      .map((each) =>
        [Object.isFrozen(each), Object.isSealed(each), Object.isExtensible(each)].map(Number).join(''),
      )
      .join()`;
  survives(make, ask, '110,010,000,110,010,110,001');
});

test('arrays come back with holes, attributes, extra properties and a fixed length', () => {
  survives('[1, , 3]', `1 in held ? 'filled' : held.length + ":" + Object.keys(held)`, '3:0,2');
  survives(
    'Object.assign([], { length: 4294967295, 4294967294: 1 })',
    'held.length + ":" + Object.keys(held)',
    '4294967295:4294967294',
  );
  survives(
    'Object.assign([1, 2], { name: "n", "-1": 3 })',
    'Object.keys(held).join()',
    '0,1,name,-1',
  );
  survives(
    'Object.defineProperty([1, 2, 3], 1, { enumerable: false })',
    `${SHOW} show(held)`,
    '0{"writable":true,"enumerable":true,"configurable":true}1,' +
      '1{"writable":true,"enumerable":false,"configurable":true}2,' +
      '2{"writable":true,"enumerable":true,"configurable":true}3,' +
      'length{"writable":true,"enumerable":false,"configurable":false}3',
  );
  survives(
    'Object.defineProperty([1], "length", { writable: false })',
    'Reflect.set(held, "length", 0)',
    'false',
  );
  survives('new Array(5)', 'held.length + ":" + Object.keys(held)', '5:');
});

test('maps and sets come back in their order, with properties and as subclasses', () => {
  const source = `
    export class Inventory extends Map {
      total = 3;
      sum() {
        let s = 0;
        for (const v of this.values()) s += v;
        return s;
      }
    }
    export class Tags extends Set {
      has(x) {
        return super.has(String(x));
      }
    }`;
  const both = twins(
    compile(source),
    `
    object = { i: new module.Inventory([['b', 2], ['a', 1]]), t: new module.Tags(['9', '8']) };
    object.i.delete('b'); object.i.set('b', 5); object.m = Object.assign(new Map([[NaN, -0]]), { x: 1 });`,
  );

  equal(
    same(
      both,
      '[...object.i.keys(), object.i.sum(), object.i.total, object.i instanceof Map].join()',
    ),
    'a,b,6,3,true',
  );
  equal(
    same(both, '[...object.t, object.t.has(9), object.m.get(NaN), object.m.x].join()'),
    '9,8,true,0,1',
  );
});

test('dates, regular expressions and boxed primitives come back', () => {
  survives(
    '[new Date(5), new Date(NaN), Object.assign(new Date(-1), { zone: "x" })]',
    'held.map((each) => each.getTime()).join() + held[2].zone',
    '5,NaN,-1x',
  );
  survives(
    'Object.assign(/a(b)?/giy, { lastIndex: 3, note: "n" })',
    'String(held) + held.lastIndex + held.note',
    '/a(b)?/giy3n',
  );
  survives(
    `
    [
      Object(1),
      Object('héé'),
      Object(true),
      Object(5n),
      Object(Symbol.iterator),
      Object.assign(Object('ab'), { x: 1 }),
    ]`,
    'held.map((each) => typeof each + String(each.valueOf())).join() + Object.keys(held[5])',
    'object1,objecthéé,objecttrue,object5,objectSymbol(Symbol.iterator),objectab0,1,x',
  );
});

test('views share the buffer that they shared', () => {
  const make = `
    (() => {
      const b = new ArrayBuffer(16);
      const f = new Float64Array(b, 8, 1);
      f[0] = 1.5;
      return {
        d: new DataView(b, 2, 10),
        u: new Uint8Array(b),
        f,
        own: Object.assign(new Int16Array([1, -2]), { x: 1 }),
      };
    })()`;
  survives(
    make,
    `
    held.u[0] = 7;
    held.d.setUint8(0, 9);
    [
      held.f[0],
      held.u[0],
      held.u[2],
      held.f.buffer === held.d.buffer,
      held.f.byteOffset,
      held.own,
      held.own.x,
    ].join()`,
    '1.5,7,9,true,8,1,-2,1',
  );
});

test('errors come back with name, message, cause and fields', () => {
  const source = `
    export class Broken extends RangeError {
      code = 7;
      constructor(m, o) {
        super(m, o);
        this.name = 'Broken';
      }
    }`;
  const both = twins(
    compile(source),
    `object = { e: new module.Broken('m', { cause: [1] }), t: new TypeError('t'),
    a: new AggregateError([new Error('in')], 'all') };`,
  );

  equal(
    same(
      both,
      `
    const { e, t, a } = object;
    [
      e instanceof RangeError,
      Error.isError(e),
      String(e),
      e.cause,
      e.code,
      String(t),
      t instanceof TypeError,
      a.errors[0].message,
      Object.keys(e),
    ].join()`,
    ),
    'true,true,Broken: m,1,7,TypeError: t,true,in,code,name',
  );
});

test('symbols come back: well-known, registered, of code and new ones', () => {
  const source = `
    const secret = Symbol('secret');
    export { secret };
    export class Box {
      [secret] = 1;
      at = secret;
    }`;
  const both = twins(
    compile(source),
    `
    object = new module.Box();
    const own = Symbol('own');
    object[own] = own;
    object.list = [own, Symbol(), Symbol.for('shared'), Symbol.iterator];
    object[Symbol.toStringTag] = 'Boxed';`,
  );

  equal(
    same(
      both,
      `const own = object.list[0]; [object.at === module.secret, object[module.secret], object[own] === own,
    object.list.map(String), object.list[2] === Symbol.for('shared'), String(object)].join()`,
    ),
    'true,1,true,Symbol(own),Symbol(),Symbol(shared),Symbol(Symbol.iterator),true,[object Boxed]',
  );
});

test('prototypes come back: none, objects of their own, and changed ones', () => {
  survives(
    'Object.assign(Object.create(null), { ["__proto__"]: 1, a: 2 })',
    '[Object.getPrototypeOf(held), Object.keys(held)].join()',
    ',__proto__,a',
  );
  survives(
    '(() => { const p = { greet: "hi" }; return [Object.create(p), Object.create(p), p]; })()',
    'held[2].greet = "ho"; [held[0].greet, held[1].greet, Object.keys(held[0]).length].join()',
    'ho,ho,0',
  );
  survives(
    'Object.setPrototypeOf(new Map([[1, 2]]), Object.create(Map.prototype))',
    'held.get(1)',
    '2',
  );
  survives(
    'Object.setPrototypeOf([1, 2], null)',
    'Array.isArray(held) + String(Object.getPrototypeOf(held))',
    'truenull',
  );
  survives(
    '[Array.prototype, Map, Math.max, JSON, globalThis]',
    'held.every((each, at) => each === [Array.prototype, Map, Math.max, JSON, globalThis][at])',
    'true',
  );
});

test('arguments objects come back', () => {
  survives(
    '(function () { return arguments; })(1, 2)',
    '[Object.prototype.toString.call(held), held.length, ...held].join()',
    '[object Arguments],2,1,2',
  );
});

test('a key called __proto__, and fields that a class has as methods, are own properties', () => {
  const source = 'export class Odd { run() { return 1; } get size() { return 2; } }';
  const both = twins(
    compile(source),
    `
    object = new module.Odd();
    object.run = 5;
    for (const key of ['size', '__proto__', 'toString'])
      Object.defineProperty(object, key, {
        value: 7,
        writable: true,
        enumerable: true,
        configurable: true,
      });`,
  );

  equal(
    same(
      both,
      `
    [
      object.run,
      object.size,
      Object.keys(object),
      Object.getPrototypeOf(object) === module.Odd.prototype,
    ].join()`,
    ),
    '5,7,run,size,__proto__,toString,true',
  );
});

test('what hangs together is not nested: lists, chains of prototypes, and arrays within arrays', () => {
  const deep = (step: string): string =>
    `(() => { let at = null; for (let n = 0; n < 20000; n++) ${step} return at; })()`;
  survives(
    deep('at = { n, at };'),
    'let n = 0; for (let at = held; at; at = at.at) n++; n',
    '20000',
  );
  survives(deep('at = [at];'), 'let n = 0; for (let at = held; at; at = at[0]) n++; n', '20000');
  survives(deep('at = new Map([[at, n]]);'), '[...held][0][1]', '19999');
});

test('a list of a million nodes is captured and restored', () => {
  const make =
    '(() => { let at = null; for (let n = 0; n < 1e6; n++) at = { n, at }; return at; })()';

  survives(
    make,
    'let sum = 0; for (let at = held; at; at = at.at) sum += at.n; sum',
    '499999500000',
  );
});
