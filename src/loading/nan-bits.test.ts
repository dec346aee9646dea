/** A NaN that is stored has the same bits on every engine, whatever it has compiled. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { contextWorlds, isolateWorlds } from '../realm/realm-test-kit.ts';
import { loadClass } from './load.ts';
import { makeFolder } from './loading-test-kit.ts';

/** Numbers that are none, with the bits that the processor gives them: `x` is 0, `list` has numbers. */
const MADE: Readonly<Record<string, string>> = {
  quotient: 'x / x',
  negative: '-(x / x)',
  root: 'Math.sqrt(x - 1)',
  difference: '1 / x - 1 / x',
  product: 'x * (1 / x)',
  remainder: '5 % x',
  sum: '(x / x) + (-(x / x))',
  named: 'NaN',
  largest: 'Math.max(x / x, 1)',
};

/** Each puts `n` into the first element of the floats `f`, or does so with many. */
const STORES: Readonly<Record<string, string>> = {
  assigned: 'f[0] = n',
  'assigned by name': "f['0'] = n",
  computed: 'f[i & 0] = n',
  'in an object': 'o.f[0] = n',
  'by a pattern': '[f[0]] = [n]',
  'by a pattern with a default': '[f[0] = n] = []',
  'by a pattern of an object': '({ n: f[0] } = { n })',
  'by a loop': 'for (f[0] of [n]);',
  'counted up': 'f[0] = 1; f[0] += n',
  multiplied: 'f[0] = 1 / x; o.f[0] *= x',
  divided: 'f[0] = x; f[0] /= x',
  reduced: 'f[0] = 1 / x; f[0] -= 1 / x',
  filled: 'f.fill(n)',
  set: 'f.set([n], 0)',
  mapped: 'f.set(f.map(() => n))',
  replaced: 'f.set(f.with(0, n))',
  made: 'f.set(new f.constructor([n]))',
  'made of something iterable': 'f.set(new f.constructor(new Set([n])))',
  from: 'f.set(f.constructor.from([1], () => n))',
  of: 'f.set(f.constructor.of(n))',
  defined: "Object.defineProperty(f, '0', { value: n })",
  'by a method of arrays': 'Array.prototype.fill.call(f, n)',
  copied: 'Object.assign(f, [n])',
  reflected: 'Reflect.set(f, 0, n)',
  'by a receiver': 'Reflect.set({}, 0, n, f)',
  'of a view': 'view.setFloat64(0, n); view.setFloat32(8, n)',
};

const BODY = `
  const x = list.length - 3;
  const seen = new Set();
  for (const Kind of [Float16Array, Float32Array, Float64Array]) {
    const buffer = new ArrayBuffer(16);
    const f = new Kind(buffer, 0, 1);
    const o = { f };
    const view = new DataView(buffer);
    const bytes = new Uint8Array(buffer);
    const store = (n, i) => { STORE; };
    for (let i = 0; i < 3000; i++) {
      for (const n of [MADE]) {
        store(n, i);
        const bits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
        if (f[0] !== f[0]) seen.add(Kind.name + bits.slice(0, 2 * Kind.BYTES_PER_ELEMENT));
        else if (!view.getFloat64(0)) throw new Error('it is a number');
      }
    }
  }
  return [...seen].sort();`;

const CANONICAL = ['Float16Array007e', 'Float32Array0000c07f', 'Float64Array000000000000f87f'];
/** A view writes the greater end first. */
const BY_VIEW = { floats: '7ff8000000000000', halves: '7fc00000' };

for (const [world, make] of [
  ['contexts', await contextWorlds()],
  ['isolates', await isolateWorlds()],
] as const) {
  for (const [how, store] of Object.entries(STORES)) {
    if (how === 'of a view') continue;
    test(`in ${world} a NaN has one form: ${how}`, async (t) => {
      const body = BODY.replace('STORE', store).replace('MADE', Object.values(MADE).join(', '));
      const text = `// @ts-nocheck\nexport class Main { run(list) { ${body.replace('3000', '300')} } }`;
      const directory = makeFolder(t, { 'main.ts': text });
      const { name, code, methods } = await loadClass('main.Main', { paths: [], directory });
      const main = make(code, { name, exported: 'Main', methods });

      deepEqual(main.call('run', [1, 2, 3]), CANONICAL);
    });
  }

  test(`in ${world} a NaN has one form: written by a view`, async (t) => {
    const text = `// @ts-nocheck\nexport class Main { run(list) {
      const x = list.length - 3;
      const view = new DataView(new ArrayBuffer(16));
      const seen = new Set();
      for (let i = 0; i < 20000; i++) for (const n of [${Object.values(MADE).join(', ')}]) {
        ${STORES['of a view']};
        seen.add(view.getBigUint64(0).toString(16) + ' ' + view.getUint32(8).toString(16));
      }
      return [...seen]; } }`;
    const directory = makeFolder(t, { 'main.ts': text });
    const { name, code, methods } = await loadClass('main.Main', { paths: [], directory });

    deepEqual(make(code, { name, exported: 'Main', methods }).call('run', [1, 2, 3]), [
      `${BY_VIEW.floats} ${BY_VIEW.halves}`,
    ]);
  });

  test(`in ${world} a NaN has one form once everything is compiled`, async (t) => {
    const text = `// @ts-nocheck\nconst floats = new Float64Array(64);
      const whole = new BigUint64Array(floats.buffer);
      function spread(x) { for (let i = 0; i < floats.length; i++) {
        floats[i] = i % 3 === 0 ? x / x : i % 3 === 1 ? -(x / x) : Math.sqrt(x - 1);
        floats[(i + 1) % floats.length] += x / x; } }
      export class Main { run(list) {
        const seen = new Set();
        for (let i = 0; i < 8000; i++) { spread(list.length - 3); seen.add(whole[i % 64]); }
        return [...seen]; } }`;
    const directory = makeFolder(t, { 'main.ts': text });
    const { name, code, methods } = await loadClass('main.Main', { paths: [], directory });

    deepEqual(make(code, { name, exported: 'Main', methods }).call('run', [1, 2, 3]), [
      0x7ff8000000000000n,
    ]);
  });
}
