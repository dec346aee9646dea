import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { compileFunction } from 'node:vm';
import { array, assert, constantFrom, jsonValue, oneof, property, string } from 'fast-check';
import { contextWorlds, pieces } from './realm-test-kit.ts';
import { message } from './shared-tests-test-kit.ts';

const make = await contextWorlds();

/** Method bodies that say the same in every engine; `args` come from the test. */
const SAME: Readonly<Record<string, string>> = {
  stringify: 'return JSON.stringify(...args)',
  parse: 'return JSON.parse(args[0], (key, value) => Array.isArray(value) ? value.length : value)',
  join: 'return [args[0].join(args[1]), String(args[0]), [[1, [2]], null, undefined].join()]',
  flat: 'return [args[0].flat(), args[0].flat(Infinity), args[0].flatMap((x) => [x, x])]',
  replace: 'return [args[0].replace(args[1], args[2]), args[0].replaceAll(args[1], args[2])]',
  regexp: `const all = /(?<first>[ab])(c)?|$/g;
    return [args[0].replace(all, args[2]), args[0].replace(/b/, (...found) => found.length),
      args[0].split(/b/), [...args[0].matchAll(all)].length, args[0].match(/[ab]/g), args[0].search(/c/)]`,
  split: 'return [args[0].split(args[1]), args[0].split(), args[0].split(args[1], 2)]',
  pads: 'return [args[0].padStart(9, args[1]), args[0].padEnd(9), args[0].repeat(3), args[0].trim()]',
  from: `return [Array.from(args[0]), Array.from(args[0], (c) => c + 1), Array.from({ length: 3 }),
    Array.from(new Set([1, 1, 2])), Array.of(7).length, new Array(3).length, [...new Array(1, 2)]]`,
  lists: `const l = [...args[0]]; l.sort(); l.reverse(); const s = l.splice(1, 1, 'x', 'y');
    return [l, s, l.slice(1), l.concat([9], 8), l.indexOf('x'), l.includes('q'), l.with(0, 5),
      l.toSorted(), l.fill('z', 1), l.map((x) => x + '!').filter(Boolean).length]`,
  maps: `const m = new Map([['a', 1], ['b', 2]]); const seen = []; m.forEach((v, k) => seen.push(k, v));
    return [seen, m, new Set('aab'), Object.fromEntries(m), new Set([1, 2]).union(new Set([3])),
      Object.groupBy([1, 2, 3], (n) => (n % 2 ? 'odd' : 'even')).odd]`,
  helpers: `const of = () => [1, 2, 3, 4].values();
    return [of().map((x) => x * 2).toArray(), of().filter((x) => x > 1).take(2).toArray(),
      of().drop(1).reduce((a, b) => a + b), of().flatMap((x) => [x, x]).toArray().length,
      of().some((x) => x > 3), of().every((x) => x > 3), of().find((x) => x > 2)]`,
  bytes: `const b = new Uint8Array([1, 2, 300]); return [b, b.subarray(1), Uint8Array.from([5, 6]),
    [...new Float64Array(b.buffer.slice(0, 0))].length, new Uint16Array(2).byteLength, b.slice(1),
    new Uint8Array(b.buffer, 1, 1), b instanceof Uint8Array, Uint8Array.of(1)]`,
  bigints: 'return [BigInt(5), BigInt("123"), BigInt.asUintN(8, 257n), (255n).toString(16)]',
  objects: `return [Object.keys({ a: 1 }), Object.assign({}, { b: 2 }), Object.entries('ab'), { ...args[0] },
    Object.isFrozen({})]`,
};

/** The same in the world of this test. */
function here(body: string, args: readonly unknown[]): unknown {
  const meter = { spread: (list: unknown) => list };
  const run = compileFunction(body, ['args', '$']) as (...given: unknown[]) => unknown;
  return run(args, meter);
}

const world = pieces(make, SAME);
const text = array(constantFrom('a', 'b', 'c', '$', ' ', '&', '1', '<first>', '`', "'")).map((l) =>
  l.join(''),
);

function same(name: string, ...args: unknown[]): void {
  const result = world.result(name, ...args);
  ok(result.kind === 'returned', `${name}: ${message(world, name, ...args)}`);
  deepEqual(result.value, here(SAME[name] ?? '', args), name);
}

test('metered built-ins make what those of the engine make, of texts', () => {
  assert(
    property(text, text, text, (one, two, three) => {
      for (const name of ['replace', 'regexp', 'split', 'pads', 'from'])
        same(name, one, two, three);
    }),
    { numRuns: 300 },
  );
});

test('metered built-ins make what those of the engine make, of lists', () => {
  const lists = array(oneof(string(), array(array(string()))));
  assert(
    property(lists, string(), (list, separator) => {
      for (const name of ['join', 'flat', 'lists']) same(name, list, separator);
    }),
    { numRuns: 300 },
  );
});

test('JSON is written and read as the engine does', () => {
  const indents = oneof(constantFrom(undefined, 0, 2, 12, '--', ''));
  assert(
    property(jsonValue(), indents, (value, indent) => {
      same('stringify', value, undefined, indent);
      same('stringify', value, ['a', 'b', 1], indent);
      same('parse', JSON.stringify(value));
    }),
    { numRuns: 300 },
  );
  same('stringify', { a: undefined, b: [undefined, NaN, new Date(5), -0], c: new Map() });
});

test('all others make what those of the engine make', () => {
  for (const name of ['maps', 'helpers', 'bytes', 'bigints', 'objects']) same(name, { q: 1 });
});

const ORDINARY: Readonly<Record<string, string>> = {
  errors: `class Own extends Error { constructor(m) { super(m); this.name = 'Own'; this.message = m + '!'; } }
    const e = new Own('x'); let own; try { null.x } catch (engine) { $.alive(engine); own = engine; }
    return [e.name, e.message, e instanceof Own, e.stack, Object.hasOwn(e, 'stack'),
      Object.hasOwn(own, 'stack'), own.stack === String(own), own instanceof TypeError]`,
  toText: `class A { constructor() { this.toString = () => 'own'; this.valueOf = () => 5; } }
    return [String(new A()), new A() * 2, Object.keys(new A())]`,
  oldStyle: `function Foo() {} Foo.prototype = Object.create(Array.prototype);
    Foo.prototype.constructor = Foo;
    Foo.prototype.toString = () => 'foo'; const f = new Foo(); f[0] = 1;
    return [f[0], String(f), f.constructor === Foo]`,
  iterators: `const it = Object.create(Iterator.prototype); let n = 0;
    it.next = () => ({ done: n > 2, value: n++ }); it[Symbol.iterator] = function () { return this; };
    return [...it]`,
  subclasses: `class L extends Array { sum() { return this.reduce((a, b) => a + b, 0); } }
    class M extends Map { twice(k) { return this.get(k) * 2; } } class D extends Date {}
    const l = L.from([1, 2, 3]); return [l.sum(), l.map((x) => x) instanceof L, l.filter(Boolean).sum(),
      new M([['a', 2]]).twice('a'), new D(5).getTime(), new D(5) instanceof Date, [].constructor === Array]`,
  statics: `class S { static toString() { return 's'; } static name = 'T'; } return [String(S), S.name]`,
  assigned: `const o = { __proto__: { toString() { return 'p'; } } }; o.hasOwnProperty = 1; o.constructor = 2;
    return [String(o), o.hasOwnProperty, o.constructor, 'constructor' in {}, ({}).hasOwnProperty('x')]`,
  functions: `const f = function () {}; f.toString = () => 'f'; f.call = 1; return [String(f), f.call,
    f instanceof Function, typeof Function, Object.prototype.toString.call([])]`,
  captured: `const e = {}; Error.captureStackTrace(e); return [typeof e.stack, typeof console.log]`,
  sorted: `return [[3, 1, 2].sort((a, b) => a - b), Math.max(...$.spread([1, 2])), [1, 2, 3].at(-1)]`,
};

for (const [name, body] of Object.entries(ORDINARY)) {
  test(`ordinary classes work in the frozen world: ${name}`, () => {
    const frozen = pieces(make, { run: body });
    const result = frozen.result('run');
    ok(result.kind === 'returned', JSON.stringify(result));
    if (name === 'errors') {
      deepEqual(result.value, ['Own', 'x!', true, 'Own: x!', false, false, true, true]);
    } else deepEqual(result.value, here(body, []));
  });
}

test('powers of bigints are exact, and do not mix with numbers', () => {
  const powers = pieces(make, { pow: 'return Math.pow(...args)' });
  for (const [base, exponent] of [
    [2n, 200n],
    [-3n, 5n],
    [0n, 0n],
    [1n, 10n ** 30n],
    [-1n, 3n],
  ] as const) {
    equal(powers.call('pow', base, exponent), base === 1n ? 1n : base ** exponent);
  }
  ok(message(powers, 'pow', 2n, 3).includes('is that by a bigint'));
  ok(message(powers, 'pow', 2n, -1n).length > 0);
});

test('dates are UTC, and only forms without doubt are read', () => {
  const dates = pieces(make, {
    read: 'return Date.parse(args[0])',
    show: 'return String(new Date(args[0]))',
  });
  const forms = {
    '2020-06-01T12:30': Date.UTC(2020, 5, 1, 12, 30),
    '2020-06-01T12:30:15.250+02:00': Date.UTC(2020, 5, 1, 10, 30, 15, 250),
    '2020': Date.UTC(2020, 0),
    '+020000-01-01T00:00:00Z': Date.UTC(20_000, 0),
    '0050-03-01': -60_584_198_400_000 + 0,
    'Mon, 01 Jun 2020 12:30:00 GMT': Date.UTC(2020, 5, 1, 12, 30),
    'Mon Jun 01 2020 12:30:00 GMT+0000 (Coordinated Universal Time)': Date.UTC(2020, 5, 1, 12, 30),
    'Jun 1, 2020': Date.UTC(2020, 5, 1),
    '2020/6/1 08:00:00': Date.UTC(2020, 5, 1, 8),
  };
  forms['0050-03-01'] = Date.parse('0050-03-01T00:00:00Z');
  for (const [form, time] of Object.entries(forms)) equal(dates.call('read', form), time, form);
  for (const form of [
    'tomorrow',
    '2020-13-01',
    '1/2/2020',
    '2020-01-01T25:00',
    '-000000-01-01',
    '',
  ]) {
    ok(Number.isNaN(dates.call('read', form)), form);
  }
  equal(dates.call('show', 0), 'Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)');
  equal(dates.call('show', Number.NaN), 'Invalid Date');
});

test('an object that prints is not heard', () => {
  equal(pieces(make, { print: "return console.log('x')" }).call('print'), undefined);
});

test('JSON that is nested too deeply is an error, the same everywhere', () => {
  const json = pieces(make, {
    parse: `return JSON.parse('['.repeat(600) + ']'.repeat(600))`,
    write: 'let a = []; for (let i = 0; i < 600; i++) a = [a]; return JSON.stringify(a)',
  });
  equal(message(json, 'parse'), 'JSON is nested deeper than 500 levels');
  equal(message(json, 'write'), 'JSON is nested deeper than 500 levels');
});

test('a pattern that may take time without bound is refused, with its reason', () => {
  const search = pieces(make, { search: `return /(a+)+b/i.test('aaaa')` });
  ok(message(search, 'search').includes('a repeated part can match in several ways'));
});
