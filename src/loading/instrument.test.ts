import { deepEqual, doesNotThrow, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { instrument } from './instrument.ts';
import { bundleText, evaluate, evaluateOriginal, Exhausted, Meter } from './loading-test-kit.ts';
import { ASYNCHRONOUS, ENDLESS, PROGRAMS } from './programs-test-kit.ts';
import { parse } from './syntax.ts';

for (const [name, source] of Object.entries(PROGRAMS)) {
  test(`instrumented code does what the original does: ${name}`, async (t) => {
    const text = await bundleText(t, source);
    const code = instrument(text, 'program.ts');
    const meter = new Meter();
    const expected = evaluateOriginal(text)['run']?.();

    deepEqual(evaluate(code, meter)['run']?.(), expected);

    equal(meter.depth, 0, 'what was entered is left');
    equal(instrument(text, 'program.ts'), code, 'the same text again');
    doesNotThrow(() => parse(`(function ($) {${code}})`, 'program.js'));
  });

  test(`with less fuel it ends by exhaustion and nothing else: ${name}`, async (t) => {
    const code = instrument(await bundleText(t, source), 'program.ts');
    const full = new Meter({ fuel: 1_000_000 });
    const expected = evaluate(code, full)['run']?.();
    const used = 1_000_000 - full.fuel;

    deepEqual(evaluate(code, new Meter({ fuel: used }))['run']?.(), expected);

    fc.assert(
      fc.property(fc.integer({ min: 0, max: used - 1 }), (fuel) => {
        const meter = new Meter({ fuel });
        throws(() => evaluate(code, meter)['run']?.(), Exhausted);
        ok(meter.dead);
      }),
      { numRuns: 25 },
    );
  });
}

for (const [name, source] of Object.entries(ENDLESS)) {
  test(`what does not end is ended: ${name}`, async (t) => {
    const code = instrument(await bundleText(t, source), 'program.ts');
    const meter = new Meter({ fuel: 1_000_000, maxDepth: 250 });
    const { run } = evaluate(code, meter);

    throws(() => run?.(), Exhausted);
    ok(meter.dead);
  });
}

test('asynchronous functions say that they do not run, and are no hindrance otherwise', async (t) => {
  const code = instrument(await bundleText(t, ASYNCHRONOUS), 'program.ts');

  deepEqual(evaluate(code, new Meter())['run']?.(), [...Array(9).fill('TypeError'), 1, 2]);
});

test('access to private fields is not metered, what it calls is', async (t) => {
  const source = `class A { #n = 0; #spin() { for (;;); } get #endless() { return this.#spin(); }
    add() { this.#n++; return this.#n; } hang() { return this.#endless; } }
    const a = new A(); export function run() { return a.add(); }
    Object.assign(run, { hang: () => a.hang() });`;
  const meter = new Meter({ fuel: 1000 });
  const { run } = evaluate(instrument(await bundleText(t, source), 'program.ts'), meter);
  const before = meter.fuel;

  equal(run?.(), 1);

  equal(before - meter.fuel, 2, 'run and add');
  throws(() => (run as unknown as { hang(): void }).hang(), Exhausted);
});

test('generators weigh only while they run', async (t) => {
  const code = instrument(
    await bundleText(
      t,
      `function* endless() { for (let i = 0; ; i++) yield i; }
       function* both() { yield* endless(); }
       export function run() {
         const open = [];
         for (let i = 0; i < 1000; i++) { const g = both(); g.next(); g.next(); open.push(g); }
         return open.map((g) => g.next().value).every((value) => value === 2);
       }`,
    ),
    'program.ts',
  );
  const meter = new Meter({ maxDepth: 50 });

  equal(evaluate(code, meter)['run']?.(), true);
  equal(meter.depth, 0);
});

test('rest elements take apart what they take apart in the original, wherever they stand', async (t) => {
  const text = await bundleText(
    t,
    `export function run() {
      const [a, ...b] = [1, 2, 3];
      let c, d, e;
      [c, ...d] = 'xyz';
      const same = ([e, ...e] = [7, 8]);
      const f = ([x, ...y]: number[], { q: [...z] = y } = {} as any) => [x, y, z];
      const [g, ...[h, ...i]] = new Set([1, 2, 3]);
      const caught = (() => { try { throw [4, 5]; } catch ([j, ...k]) { return [j, k]; } })();
      const looped = [];
      for (const [l, ...m] of [[1, 2]]) looped.push(l, m);
      for ([c, ...d] of [[3, 4]]) looped.push(c, d);
      let keys = '';
      for (const key in { a, b }) keys += key;
      for (const key in null as any) keys += key;
      for (const key in (a, { n: 1 })) keys += key;
      return [a, b, c, d, e, same, f([4, 5, 6]), f.length, g, h, i, caught, looped, keys];
    }`,
  );
  const code = instrument(text, 'program.ts');

  deepEqual(evaluate(code, new Meter())['run']?.(), evaluateOriginal(text)['run']?.());
});

test('the type of a global that is absent is undefined; a variable of that name is read', async (t) => {
  const code = instrument(
    await bundleText(
      t,
      `export function run() {
        const own = (() => { const Promise = 1; return typeof Promise; })();
        return [typeof Promise, typeof globalThis.Promise, typeof Map, typeof neverHeardOf, own];
      }`,
    ),
    'program.ts',
  );

  const expected = ['undefined', 'undefined', 'function', 'undefined', 'number'];
  deepEqual(evaluate(code, new Meter())['run']?.(), expected);
});

test('what objects inherit from goes through the meter, and lengths, wherever they stand', async (t) => {
  const text = await bundleText(
    t,
    `function Old(this: any, n: number) { this.n = n; }
     export function run() {
      const seen: unknown[] = [];
      const note = (x: any) => (seen.push(typeof x), x);
      class A { a = 1; } class B extends (note(1), A) { b = 2; }
      const C = class extends note(B) { c = 3; };
      class N extends (null as any) { static s = 4; }
      const base = { p: 5 };
      const o: any = { q: 6, __proto__: (note(2), base) }, { __proto__: p } = o;
      const __proto__ = 7, own = { __proto__ }, other = { ['__proto__']: 8, __proto__() {} };
      const O: any = Old; (O.prototype) = (note(3), { r: 9 }); O['prototype'].s = 10;
      function* g() { yield 1; } g.prototype = (note('g'), Object.create(g.prototype));
      const list: any = [1, 2, 3]; const lists = { list };
      const set = () => (note(4), lists)['list'].length = (note(5), 2);
      const was = set(); (list.length) = 1; (note(6), list)["length"] = 4; list.length += 1;
      let fault = ''; try { (undefined as any).length = note(7); } catch (e: any) { fault = e.message; }
      class L extends Array { cut() { super.length = 2; this.length = 3; return this.length; } }
      return [seen, { ...new C() }, N.s, o.p, p === base, own, Object.keys(other),
        { ...new O(1) }, new O(2).r, [...g()], list.length, was, fault, new L().cut()];
    }`,
  );
  const meter = new Meter();
  const code = instrument(text, 'program.ts');

  deepEqual(evaluate(code, meter)['run']?.(), evaluateOriginal(text)['run']?.());
  deepEqual(meter.bounded, { inherit: 5, parent: 4, resize: 5 });
});
