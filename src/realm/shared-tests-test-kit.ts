import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { decodeResult } from '../wire/index.ts';
import { manifestOf, pieces } from './realm-test-kit.ts';
import type { MakeWorld, World } from './realm-test-kit.ts';

const LOOP = 'for (;;) if (--$.fuel < 0) $.exhausted();';

/** Written as the loader instruments: what a catch may catch, and when a finally block runs. */
const UNCATCHABLE: Readonly<Record<string, string>> = {
  catches: `try { ${LOOP} } catch (e) { $.alive(e); return 'caught'; }`,
  finallyReturns: `try { ${LOOP} } finally { if (!$.dead) { return 'out'; } }`,
  getter: `const o = { get x() { ${LOOP} } }; try { return o.x; } catch (e) { $.alive(e); return 1; }`,
  toJson: `try { return JSON.stringify({ toJSON() { ${LOOP} } }); } catch (e) { $.alive(e); }`,
  iterator: `try { return new Set({ [Symbol.iterator]: () => ({ next() { ${LOOP} } }) }).size; }
    catch (e) { $.alive(e); return 1; }`,
  comparator: `try { [2, 1].sort(() => { ${LOOP} }); } catch (e) { $.alive(e); return 1; }`,
  generatorReturn: `function* g() { try { yield 1; } finally { if (!$.dead) { ${LOOP} } } }
    try { for (const x of g()) break; } catch (e) { $.alive(e); return 1; }`,
  errorMessage: `throw Object.defineProperty(new Error(), 'message', { get() { ${LOOP} } })`,
  hasInstance: `try { return 1 instanceof { [Symbol.hasInstance]() { ${LOOP} } }; }
    catch (e) { $.alive(e); return 1; }`,
  replacer: `return 'abc'.replace(/b/, () => { ${LOOP} })`,
  afterwards: `try { ${LOOP} } catch {} return 'x'.repeat(5000);`,
};

/** Built-ins that would run long, or make much, with no code of users that ticks. */
const HEAVY: Readonly<Record<string, string>> = {
  repeat: `return 'x'.repeat(1e8).length`,
  padStart: `return 'x'.padStart(1e8).length`,
  arrayOfLength: 'return new Array(4e7).length',
  arrayFrom: 'return Array.from({ length: 1e9 }).length',
  subclass: 'class A extends Array {} return new A(4e7).length',
  byConstructor: 'return [].constructor(4e7).length',
  fill: 'const a = []; a.length = 4e9; return a.fill(0).length',
  sparse: 'const a = []; a.length = 4e9; return a.forEach(Math.abs)',
  arrayLike: 'return Array.prototype.map.call({ length: 2 ** 53 }, Math.abs).length',
  join: `return Array(1e3).fill('y'.repeat(1e6)).join('').length`,
  endless: 'return Array.from({ [Symbol.iterator]: () => ({ next: Object }) })',
  endlessMap: 'return new Map({ [Symbol.iterator]: () => ({ next: Object }) })',
  endlessHelper: 'return Iterator.from({ next: Object }).filter(Array.isArray).toArray()',
  endlessSpread: 'return [...$.spread({ [Symbol.iterator]: () => ({ next: Object }) })]',
  replaceAll: "return 'x'.repeat(1e5).replaceAll('x', '$`').length",
  replaceRegExp: "return 'x'.repeat(1e5).replace(/x/g, '$`').length",
  buffer: 'return new ArrayBuffer(1e9).byteLength',
  typed: 'return new Float64Array(1e8).length',
  power: 'return String(Math.pow(3n, 100000000n)).length',
  bigint: "return BigInt('9'.repeat(1e6)) > 0n",
  asUint: 'return BigInt.asUintN(1e9, -1n) > 0n',
  shift: 'return $.big(1n << 100000000n) > 0n',
  text: "let s = 'x'; for (let i = 0; i < 40; i++) s = $.text(s + s); return s.length",
  bound: 'let f = Math.abs; for (let i = 0; i < 1e5; i++) f = f.bind(null); return f instanceof f',
  natives: `let f = Math.abs; const a = [0];
    for (let i = 0; i < 1e5; i++) { const g = f; f = { f() { return a.map(g); } }.f; } return f()`,
  applied: 'return Math.max.apply(null, { length: 1e7 })',
  keysOfText: "return Object.keys('x'.repeat(1e7)).length",
  flat: 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a.flat(Infinity).length',
  nestedText: 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return String(a)',
};

/** Gives the same object for ever: an iterator in which no code of users runs. */
const ENDLESS = '{ [Symbol.iterator]: () => ({ next: Object }) }';
const OBJECTS =
  "let o = { toString: () => 'x' }; for (let i = 0; i < 5000; i++) { const p = o; o =";

/** What the engine would do on its own, for minutes or to the end of its stack. */
const SILENT: Readonly<Record<string, string>> = {
  forIn: 'for (const k in $.fields(new Uint8Array(1e8))) return k',
  forInBoxed: `for (const k in $.fields(new String('x'.repeat(1e7)))) return k`,
  fields: `const a = []; for (let i = 0; i < 1e5; i++) a['k' + i] = 1; for (;;) Object.keys(a)`,
  spreadBytes: 'return { ...$.own(new Uint8Array(1e8)) }',
  rest: `const { [$.rest]: [...r] } = ${ENDLESS}; return r`,
  nestedRest: `(({ a: { [$.rest]: [x, ...r] } }) => r)({ a: ${ENDLESS} })`,
  boundTexts: `${OBJECTS} { toString: String.bind(null, p) }; } return String(o)`,
  boundGetters: `${OBJECTS} Object.defineProperty({}, 'x', { get: Reflect.get.bind(null, p, 'x') }); }
    return o.x`,
  errorTexts: `${OBJECTS} { name: p, message: '', toString: Error.prototype.toString }; } return String(o)`,
  stackTexts: `const { get } = Object.getOwnPropertyDescriptor(Error.prototype, 'stack');
    ${OBJECTS} { name: p, message: '', toString: get }; } return String(o)`,
  wrapped: `let w = Iterator.from({ next: () => ({ done: true }) });
    for (let i = 0; i < 5000; i++) w = Iterator.from({ next: w.next.bind(w) }); return w.next()`,
  helpers: `let w = [1].values(); for (let i = 0; i < 5000; i++) w = w.map((x) => x); return w.next()`,
  polynomial: `return /a*a*a*a*a*b/i.test('a'.repeat(5000))`,
  patterns: `for (let i = 0; ; i++) new RegExp('x' + i).test('y')`,
  uris: `const s = '%'.repeat(1e6); for (;;) unescape(escape(s))`,
  normal: `for (;;) 'x'.repeat(1e5).normalize()`,
  cases: `return '\ufb03'.repeat(1e7).toUpperCase().length`,
  raw: 'return String.raw({ raw: { length: 2 ** 32 } })',
  registry: 'for (let i = 0; ; i++) Symbol.for(i)',
  search: `const t = 'x'.repeat(1e6); for (;;) t.lastIndexOf('x'.repeat(1e5) + 'y')`,
  searchOfObject: `return 'x'.repeat(1e6).lastIndexOf({ toString: () => 'x'.repeat(1e5) + 'y' })`,
  errors: `for (;;) try { null.x } catch (e) { $.alive(e); }`,
};

/** What must hold in every world that the realm makes: contexts for tests, isolates for replicas. */
export function testWorlds(make: MakeWorld): void {
  testDeterminism(make);
  testNames(make);
  testExhaustion(make);
  testEscapes(make);
}

function testDeterminism(make: MakeWorld): void {
  test('two worlds give equal bytes for the same batch', () => {
    const code = {
      now: 'return [Date.now(), new Date(), String(new Date()), performance.now()]',
      chance: `return [Math.random(), Math.random(), crypto.randomUUID(),
        crypto.getRandomValues(new Uint8Array(5))]`,
      numbers: 'return [Math.pow(1.1, 50.5), Math.pow(2n, 70n), 0.1 + 0.2, -0, NaN]',
      local: "return [new Date(2020, 5, 1, 12).getTime(), new Date('2020-06-01T12:00').getHours()]",
      kept: 'this.times = (this.times ?? 0) + 1; return this.times',
      error: "throw new RangeError('as ' + new Error('it was').stack)",
    };
    const calls = Object.keys(code).map((name) => [name] as const);
    const [one, two] = [pieces(make, code), pieces(make, code)] as const;
    const results = one.batch(...calls, ...calls);

    deepEqual(two.batch(...calls, ...calls), results);
    deepEqual(two.realm.capture(), one.realm.capture());
    const decoded = results.results.map((result) => decodeResult(result));
    deepEqual(decoded[3], {
      kind: 'returned',
      value: [Date.UTC(2020, 5, 1, 12), 12],
    });
    deepEqual(decoded.at(-1), {
      kind: 'thrown',
      name: 'RangeError',
      message: 'as Error: it was',
    });
  });

  test('what a call spends does not depend on what was before', () => {
    const code = {
      spend: `const text = 'a,b;c'.repeat(20); const parts = text.split(/[,;]/).map((x) => x.trim());
        JSON.stringify({ parts, when: new Date() }); text.replace(/(a)(?=,)/giu, '$1$1');
        crypto.randomUUID(); parts.sort().join().match(/b+/g); return $.fuel`,
      large: "return 'x'.repeat(3e5)",
    };
    const used = pieces(make, code);
    for (let round = 0; round < 3; round++) {
      used.call('large');
      used.call('spend');
    }
    const fuel = pieces(make, code).call('spend');

    ok(Number(fuel) > 0);
    equal(used.call('spend'), fuel);
  });

  test('a state goes on in another world', () => {
    const code = { add: 'this.sum = (this.sum ?? 0) + args[0]; return this.sum' };
    const world = pieces(make, code);
    world.call('add', 5);
    const other = pieces(make, code, world.realm.capture());

    equal(other.call('add', 2), 7);
    deepEqual(other.realm.capture(), (world.call('add', 2), world.realm.capture()));
  });

  test('the time is that of the entry, and each call has its own chance', () => {
    const world = pieces(make, { now: 'return Date.now()', dice: 'return Math.random()' });
    equal(world.call('now'), 1000);
    equal(world.call('now'), 2000);
    const dice = [1, 2, 3].map(() => world.call('dice'));
    equal(new Set(dice).size, 3);
    ok(dice.every((value) => typeof value === 'number' && value >= 0 && value < 1));
  });
}

function testNames(make: MakeWorld): void {
  test('a state may hold whatever the language brings along', () => {
    const world = pieces(make, BUILT_INS);
    const count = Number(world.call('keep'));
    const bytes = world.realm.capture();
    const other = pieces(make, BUILT_INS, bytes);

    ok(count > 400, `${count} built-ins`);
    deepEqual(other.call('compare'), []);
    deepEqual(other.realm.capture(), bytes);
  });
}

function testExhaustion(make: MakeWorld): void {
  for (const [name, body] of Object.entries({ ...UNCATCHABLE, ...HEAVY, ...SILENT })) {
    test(`a call that spends too much is killed: ${name}`, () => {
      const world = pieces(make, { spend: body, next: 'return 1' });
      const { results, killed } = world.batch(['next'], ['spend'], ['next']);

      ok(killed, JSON.stringify(decodeResult(results.at(-1) as Uint8Array)).slice(0, 300));
      equal(results.length, 2);
      const result = decodeResult(results[1] as Uint8Array);
      equal(result.kind === 'refused' && result.code, 'BUDGET_EXCEEDED');
    });
  }

  test('a killed read leaves the world as it is', () => {
    const methods = [
      { name: 'spin', read: true },
      { name: 'one', read: true },
    ];
    const code = `class Reader { spin() { ${LOOP} } one() { return 1; } } return { Reader };`;
    const world = make(code, { ...manifestOf('Reader'), methods });
    const killed = world.read('spin');

    equal(killed.kind === 'refused' && killed.code, 'BUDGET_EXCEEDED');
    deepEqual(world.read('one'), { kind: 'returned', value: 1 });
  });
}

/** Harmless, and the same everywhere: results whose own properties say something else than they hold. */
const LYING: Readonly<Record<string, readonly [body: string, result: unknown]>> = {
  size: [
    "return Object.defineProperty(new Map([[1, 2]]), 'size', { value: 7 })",
    new Map([[1, 2]]),
  ],
  entries: [
    `return Object.defineProperty(new Set([1]), Symbol.iterator, { value: () => ({ next: Object }) })`,
    new Set([1]),
  ],
  time: ["return Object.defineProperty(new Date(5), 'getTime', { value: () => 'x' })", new Date(5)],
  exec: [
    `try { 'a'.match(Object.defineProperty(/a/g, 'exec', { value: Object })); }
     catch (e) { $.alive(e); return e.message; }`,
    'a regular expression with an exec of its own cannot match or split',
  ],
  lines: [
    `return /^(\\w+)\\s*=\\s*(.*)$/u.exec('abc = ' + 'd'.repeat(300)).slice(1).map((x) => x.length)`,
    [3, 300],
  ],
  species: [
    `return 'abc'.split(Object.defineProperty(/b/, 'constructor', { value: { [Symbol.species]: Object } }))`,
    ['a', 'c'],
  ],
  indices: [
    `try { return /(a+)+$/d.test('a'.repeat(60) + 'b'); } catch (e) { $.alive(e); return e.name; }`,
    'SyntaxError',
  ],
  groups: [
    `try { return new RegExp('('.repeat(3000) + ')'.repeat(3000)); }
     catch (e) { $.alive(e); return e.message; }`,
    'groups are nested deeper than 200 levels',
  ],
  symbols: [
    `return [Reflect.ownKeys(Object.prototype), Object.getOwnPropertySymbols(Object.prototype),
      Reflect.ownKeys(Object.getOwnPropertyDescriptors(Object.prototype))]
      .flat().filter((key) => typeof key === 'symbol').length`,
    0,
  ],
  bound: [
    `function P(a, b) { this.sum = a + b; } const B = P.bind(null, 1); const b = new B(2);
     return [b.sum, b instanceof B, b instanceof P, B.name, B.length, (() => 1).bind().name]`,
    [3, true, true, 'bound P', 1, 'bound '],
  ],
};

/** Takes every function that a name of the language, or a property of what it names, gives when read. */
const READ_ALL = `
  const all = new Map();
  for (const name of Reflect.ownKeys(globalThis)) {
    const known = Reflect.getOwnPropertyDescriptor(globalThis, name).value;
    for (const [holder, path] of [[known, name], [known?.prototype, name + '.prototype']]) {
      if (typeof holder !== 'function' && (typeof holder !== 'object' || holder === null)) continue;
      if (holder === globalThis || typeof name === 'symbol') continue;
      for (const key of Reflect.ownKeys(holder)) {
        let value;
        try { value = holder[key]; } catch (e) { $.alive(e); }
        if (typeof value === 'function') all.set(path + '.' + String(key), value);
      }
    }
  }`;
const BUILT_INS: Readonly<Record<string, string>> = {
  keep: `${READ_ALL} this.kept = all; return all.size`,
  compare: `${READ_ALL}
    return [...all].filter(([path, f]) => this.kept.get(path) !== f).map(([path]) => path)`,
};

/** Each answers what it has found of the host. */
const ESCAPES: Readonly<Record<string, string>> = {
  constructors: `return (function () {}).constructor('return 1')()`,
  generator: `return (function* () {}).constructor('yield 1')().next()`,
  asynchronous: `return (async function () {}).constructor('return process')()`,
  arguments: `return arguments.constructor.constructor('return process')()`,
  error: `try { null.x } catch (e) { return e.constructor.constructor('return process')() }`,
  thisGlobal: `return (0, function () { return this })().process`,
  global: `return globalThis.process`,
  globalRequire: `return globalThis.require('fs')`,
  argument: `return args[0].constructor.constructor('return process')()`,
  bytes: `return args[1].constructor.constructor('return process')()`,
  buffer: `return args[1].buffer.constructor.constructor('return process')()`,
  prepareStack: `Error.prepareStackTrace = (e, frames) => frames; return new Error().stack[0].getThis()`,
  eval: `return eval('process')`,
  timers: `return setTimeout(() => 1)`,
  wasm: `return WebAssembly.Module`,
  promise: `return (async () => {})().then(() => 1)`,
  promiseMaker: `return new ((async () => {})().constructor)(() => 1)`,
  proxies: `return new Proxy({}, {})`,
  shared: `return new SharedArrayBuffer(8)`,
  locale: `return (5).toLocaleString()`,
  compare: `return 'a'.localeCompare('b')`,
  collector: `return new WeakRef({})`,
  proto: `return {}.__proto__.constructor.constructor('return process')()`,
};

const CHANGES: Readonly<Record<string, string>> = {
  global: 'globalThis.hidden = 1',
  array: 'Array.prototype.push = () => 1',
  object: 'Object.prototype.hidden = 1',
  method: 'Array.prototype.push.hidden = 1',
  iterator: 'Object.getPrototypeOf([][Symbol.iterator]()).next = 1',
  generator: 'Object.getPrototypeOf(function* () {}).hidden = 1',
  math: 'Math.max = 1',
  stack: "Object.getOwnPropertyDescriptor(new Error(), 'stack').get.hidden = 1",
  trace: 'Error.stackTraceLimit = 10',
  matched: "'x'.match(/x/); return RegExp.lastMatch.length",
  prototype: 'Object.setPrototypeOf(Array.prototype, null)',
  ours: 'try { Intl } catch (e) { e.constructor.prototype.hidden = 1 }',
};

/** Goes wherever properties, prototypes and pieces of syntax lead, and tells what is not as it should be. */
const WALK = `
  const found = new Set(), open = [], makers = [];
  const left = [[globalThis, 'global'], [function* () {}, 'generator function'], [arguments, 'arguments'],
    [(function* () {})(), 'generator'], [async () => {}, 'async'], [async function* () {}, 'async generator'],
    [new Error('x'), 'error'], [[].values(), 'list'], [/x/g, 'pattern'], ['a'.matchAll(/x/g), 'matches'],
    [new Map().keys(), 'keys'], [new Set().keys(), 'members'], [''[Symbol.iterator](), 'text'],
    [new Uint8Array(1), 'bytes'], [5n, 'bigint'], [Symbol.iterator, 'symbol'], [true, 'boolean']];
  const mine = left.map(([x]) => x);
  while (left.length > 0) {
    const [object, path] = left.pop();
    if (object === null || (typeof object !== 'object' && typeof object !== 'function')) {
      if (object !== null && object !== undefined) left.push([Object.getPrototypeOf(object), path + '.^']);
      continue;
    }
    if (found.has(object)) continue;
    found.add(object);
    const own = mine.includes(object) || object === mine[1].prototype || path === 'async generator.prototype'
      || path === 'arguments.0' || path === 'generator.^';
    if (!own && !Object.isFrozen(object)) open.push(path);
    if (typeof object === 'function') {
      try {
        const made = object('return 1');
        if (typeof made === 'function' && made() === 1) makers.push(path);
      }
      catch (e) { $.alive(e); }
    }
    left.push([Object.getPrototypeOf(object), path + '.^']);
    for (const key of Reflect.ownKeys(object)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(object, key);
      for (const part of [value, get, set]) if (part) left.push([part, path + '.' + String(key)]);
    }
  }
  return { count: found.size, open, makers }`;

function testEscapes(make: MakeWorld): void {
  for (const [name, body] of Object.entries(ESCAPES)) {
    test(`nothing leads out of the world: ${name}`, () => {
      const world = pieces(make, { escape: body });
      const result = world.result('escape', {}, new Uint8Array(2));
      const nothing = result.kind === 'returned' && result.value === undefined;

      ok(result.kind === 'thrown' || nothing, JSON.stringify(result));
    });
  }

  for (const [name, [body, result]] of Object.entries(LYING)) {
    test(`nothing is taken in by what objects say of themselves: ${name}`, () => {
      deepEqual(pieces(make, { lie: body }).call('lie'), result);
    });
  }

  for (const [name, body] of Object.entries(CHANGES)) {
    test(`nothing remembers beside the state: ${name}`, () => {
      equal(pieces(make, { change: body }).result('change').kind, 'thrown');
    });
  }

  test('everything that can be reached is frozen, and makes no code', () => {
    const world = pieces(make, { walk: WALK });
    const { count, open, makers } = world.call('walk') as Record<string, unknown>;

    ok(Number(count) > 700, `${String(count)} objects`);
    deepEqual(open, []);
    deepEqual(makers, []);
  });

  test('what is absent says what to do instead', () => {
    const world = pieces(make, { wait: 'setTimeout(() => 1, 5)', make: "new Function('1')" });
    match(
      message(world, 'wait'),
      /no setTimeout in a replicated object: keep the time in the state/,
    );
    match(message(world, 'make'), /no Function in a replicated object: code comes with the class/);
  });
}

export function message(world: World, method: string, ...args: readonly unknown[]): string {
  const result = world.result(method, ...args);
  return 'message' in result ? result.message : result.kind;
}
