/** Storms of small steps that cost more than a turn: the meter ends them, not the watchdog behind it. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { contextWorlds } from '../realm/realm-test-kit.ts';
import type { World } from '../realm/realm-test-kit.ts';
import { decodeResult } from '../wire/index.ts';
import { loadClass } from './load.ts';
import { makeFolder } from './loading-test-kit.ts';

const make = await contextWorlds();

async function worldOf(t: TestContext, body: string): Promise<World> {
  const text = `// @ts-nocheck\nexport class Main { run() { ${body} } }`;
  const directory = makeFolder(t, { 'main.ts': text });
  const { name, code, methods } = await loadClass('main.Main', { paths: [], directory });
  return make(code, { name, exported: 'Main', methods });
}

const LENGTHS = 'for (let i = 0; i < 40; i++) { const a = [];';
/** More than what fits is asked for, and less than the turns of a call: only charges end it. */
const NAMES = 'const o = {}; for (let i = 0; i < 6e5; i++)';
const LONG = "const s = '9'.repeat(1e6); const o = {}; let n = 0; for (let i = 0; i < 600; i++)";

const STORMS: Readonly<Record<string, string>> = {
  'names that are defined': `${NAMES} Object.defineProperty(o, 'x' + i, { value: i });`,
  'names that are defined on new objects': `for (let i = 0; i < 6e5; i++)
    Reflect.defineProperty({}, 'x' + i, { value: i });`,
  'getters that are defined': `${NAMES} o.__defineGetter__('x' + i, () => 1);`,
  'names that are assigned': `${NAMES} o['x' + i] = i;`,
  'names that are assigned by a pattern': `${NAMES} [o['x' + i]] = [i];`,
  'names that are set': `${NAMES} Reflect.set(o, 'x' + i, i);`,
  'names in literals': "for (let i = 0; i < 6e5; i++) ({ ['x' + i]: i });",
  'names that are deleted': `${NAMES} { o['x' + i] = i; delete o['x' + i]; }`,
  'symbols as names': `${NAMES} o[Symbol()] = i;`,
  'lengths by a pattern': `${LENGTHS} [a.length] = [1e6]; }`,
  'lengths by a pattern of an object': `${LENGTHS} ({ n: a.length } = { n: 1e6 }); }`,
  'lengths by a loop': `${LENGTHS} for (a.length of [1e6]); }`,
  'lengths that are counted up': `${LENGTHS} a.length += 1e6; }`,
  'lengths by a computed name': `const k = 'len' + 'gth'; ${LENGTHS} a[k] = 1e6; }`,
  'lengths by an object as name': `const k = { toString: () => 'length' }; ${LENGTHS} a[k] = 1e6; }`,
  'lengths that are set': `${LENGTHS} Reflect.set(a, 'length', 1e6); }`,
  'lengths of a receiver': `${LENGTHS} Reflect.set({}, 'length', 1e6, a); }`,
  'lengths that are defined': `${LENGTHS} Object.defineProperty(a, 'length', { value: 1e6 }); }`,
  'lengths that are defined with others': `${LENGTHS} Object.defineProperties(a, { length: { value: 1e6 }
      }); }`,
  'lengths that are copied': `${LENGTHS} Object.assign(a, { length: 1e6 }); }`,
  'lengths of one array, time and again': `const a = []; for (let i = 0; i < 40; i++) {
    a.length += 1e6; a.length = 0; }`,
  'places far behind the end': 'for (let i = 0; i < 1e5; i++) { const a = []; a[1000] = 1; }',
  'places of arrays that are kept': `const k = []; for (let i = 0; i < 1e5; i++) {
    const a = { list: [] }; a.list[i % 2 + 998] = 1; k.push(a); }`,
  'places far apart': 'const a = []; for (let i = 0; i < 1e8; i += 500) a[i] = 1;',
  'texts as numbers': `${LONG} n += +s;`,
  'texts by Number': `${LONG} n += Number(s);`,
  'texts by parseFloat': `${LONG} n += parseFloat(s);`,
  'texts as names': `${LONG} { n += o[s] === 1; n += o[s + i] === 1; n += s in o; }`,
  'texts of objects as names': `${LONG} o[{ toString: () => s + i }];`,
  'texts as new names':
    "const s = 'x'.repeat(1e5); const o = {}; for (let i = 0; i < 60; i++) o[s + i] = 1;",
  'texts as keys of a map':
    "const s = 'x'.repeat(1e5); const m = new Map(); for (let i = 0; i < 60; i++) m.set(s + i, 1);",
  'JSON that is read': `const t = JSON.stringify(Array.from({ length: 1000 }, (_, i) => ({ a: i })));
    for (let i = 0; i < 1000; i++) JSON.parse(t);`,
  'classes that are made': 'for (let i = 0; i < 1e5; i++) (class { a() {} b() {} });',
  'what is thrown and caught': 'for (let i = 0; i < 3e5; i++) try { throw 1; } catch {}',
  'prototypes that change': `const p = {}, o = {};
    for (let i = 0; i < 4e5; i++) Object.setPrototypeOf(o, i % 2 ? p : null);`,
};

for (const [what, body] of Object.entries(STORMS)) {
  test(`a storm is ended by the meter: ${what}`, async (t) => {
    const { results, killed } = (await worldOf(t, body)).batch(['run']);
    const result = decodeResult(results[0] as Uint8Array);

    ok(killed, JSON.stringify(result));
    equal(result.kind === 'refused' && result.code, 'BUDGET_EXCEEDED');
  });
}

/** What people write costs no more than it did, and means what it says. */
const ORDINARY: Readonly<Record<string, readonly [body: string, result: unknown]>> = {
  counting: [
    `const seen = {}; for (let i = 0; i < 1e5; i++) { const k = 'w' + (i % 1000);
      seen[k] = (seen[k] ?? 0) + 1; }
     return Object.values(seen).every((n) => n === 100);`,
    true,
  ],
  tables: [
    `const t = Array.from({ length: 300 }, () => []);
     for (let y = 0; y < 300; y++) for (let x = 0; x < 300; x++) t[y][x] = x * y;
     const dp = []; for (let i = 1000; i >= 0; i--) dp[i] = i; return t[299][299] + dp[1000] + dp.length;`,
    89_401 + 1000 + 1001,
  ],
  heap: [
    `class Heap { list = []; push(n) { this.list[this.list.length] = n; let i = this.list.length - 1;
       while (i > 0) { const p = (i - 1) >> 1; if (this.list[p] <= this.list[i]) break;
         [this.list[p], this.list[i]] = [this.list[i], this.list[p]]; i = p; } } }
     const h = new Heap(); for (let i = 1e4; i > 0; i--) h.push(i); return [h.list[0], h.list.length];`,
    [1, 10_000],
  ],
  names: [
    `const log = []; const o = {}; const key = { toString() { log.push('key'); return 'k'; } };
     const sym = Symbol('s'); o[key] = 1; o[sym] = 2; o[key]++; o[5] = 3; o[-1] = 4; o[null] = 5;
     return [o.k, o[sym], o['5'], o['-1'], o.null, log.length, (0, 'k') in o, delete o[key], 'k' in o];`,
    [2, 2, 3, 4, 5, 2, true, true, false],
  ],
  lengths: [
    `const a = [1, 2, 3]; a.length += 1; [a.length] = [2]; const k = 'length'; a[k]--; a[k] **= 1;
     const own = { length: 1 }; own.length++; class L { length = 3; cut() { this.length -= 1;
      return this.length; } }
     return [a.length, a, own.length, new L().cut(), Reflect.set(a, 'length', 0), a.length];`,
    [1, [], 2, 2, true, 0],
  ],
  numbers: [
    `return [+'12', +' 7 ', +true, +null, +new Date(5), Number(), Number('0x1f'), Number(5n),
       new Number(3) + 1, Number.isInteger(5), parseInt('12px'), parseInt('ff', 16),
      Number.parseFloat('1.5e3'),
       parseInt === Number.parseInt, isNaN('x'), Number('7'.repeat(300)) > 1e299];`,
    [12, 7, 1, 0, 5, 0, 31, 5, 4, true, 12, 255, 1500, true, true, true],
  ],
  classes: [
    `const made = []; for (let i = 0; i < 100; i++) { class A { f() { return i; } } made.push(new A().f());
       const B = class extends A {}; made.push(B.name, new B().f()); }
     return [made.length, made.at(-1), made.at(-2)];`,
    [300, 99, 'B'],
  ],
  optional: [
    "const o = { a: [1] }; const k = 'a'; return [o?.[k]?.[0], o[k]?.at(0), o.b?.[k]];",
    [1, 1, undefined],
  ],
  nested: [
    `const a = [0, 1, 2], b = [2, 1, 0], o = {}; a[b[a[1]]] = (b[0] = 5, 7); o[(1, 'x')] = a[(0, 1)];
     ((1, o))[(2, 'y')] = 3; const f = () => { this[(0, 'z')] = 4; return this.z; };
     return [a, b, o, f()];`,
    [[0, 7, 2], [5, 1, 0], { x: 7, y: 3 }, 4],
  ],
};

for (const [what, [body, expected]] of Object.entries(ORDINARY)) {
  test(`what people write means what it says: ${what}`, async (t) => {
    deepEqual((await worldOf(t, body)).call('run'), expected);
  });
}
