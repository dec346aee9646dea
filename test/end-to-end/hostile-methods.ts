/** Methods that somebody hostile would write, by what becomes of them. Each is the body of a method. */

const ENDLESS = 'const it: any = { [Symbol.iterator]: () => ({ next: Object }) };';
const CHAIN =
  "let o: any = { toString: () => 'x' }; for (let i = 0; i < 5000; i++) { const p = o; o =";

/** What takes too much. */
export const BOMBS: Readonly<Record<string, string>> = {
  loop: 'for (;;);',
  loopInCatch: 'try { for (;;); } catch { for (;;); } finally { for (;;); }',
  loopInHead: 'for (let i = 0; (() => { for (;;); })(); i++);',
  labelled: 'outer: for (;;) { for (;;) continue outer; }',
  finallyReturns: 'try { for (;;); } finally { return 1; }',
  finallyBreaks: 'for (;;) { try { for (;;); } finally { break; } } return 1;',
  closing:
    'const g = (function* () { try { yield 1; } finally { for (;;); } })(); for (const x of g) break;',
  growing: 'const a = [1]; for (const x of a) a.push(x);',
  reviving: 'const s = new Set([1]); for (const x of s) { s.delete(x); s.add(x); }',
  properties: 'for (const k in new Uint8Array(1e8)) return k;',
  rest: `${ENDLESS} const [...r] = it; return r;`,
  restOfParameter: `${ENDLESS} return (({ a: [...r] }: any) => r)({ a: it });`,
  delegated: `${ENDLESS} for (const x of (function* () { yield* it; })());`,
  recursion: 'const f = (n: number): number => f(n + 1) + 1; f(0);',
  mutual: 'const a = (): number => b() + 1, b = (): number => a() + 1; return a();',
  getter: 'const o = { get x(): number { return this.x; } }; o.x;',
  toText: 'const o: any = { toString() { return `${o}`; } }; return `${o}`;',
  toJson: 'const o: any = { toJSON() { return JSON.stringify(o); } }; return JSON.stringify(o);',
  primitive: 'const o: any = { [Symbol.toPrimitive]() { return +o; } }; return +o;',
  defaults: 'const f = (a = f()): any => a; return f();',
  tagged: 'const t: any = () => t`x`; return t`x`;',
  iterable: 'const o: any = { [Symbol.iterator]() { return [...o].values(); } }; return [...o];',
  caught: 'const f = (): any => { try { return f(); } catch { return f(); } }; return f();',
  boundTexts: `${CHAIN} { toString: String.bind(null, p) }; } return String(o);`,
  arguments: 'return Math.max(...Array(3e6).fill(1));',
  applied: 'return Math.max.apply(null, { length: 1e7 } as any);',
  generator: 'function* g(): Generator<number> { for (;;) yield 1; } for (const x of g()) void x;',
  array: 'const a: number[][] = []; for (;;) a.push(new Array<number>(10_000).fill(1));',
  longArray: 'return Array(2 ** 32 - 1).join();',
  holes: 'const a: number[] = []; a.length = 2 ** 32 - 1; return a.indexOf(1);',
  bytes: 'return new Uint8Array(2 ** 31).length;',
  buffers: 'const k = []; for (;;) k.push(new ArrayBuffer(1 << 20));',
  text: "let s = 'x'; for (;;) s += s;",
  template: "let s = 'x'; for (;;) s = `${s}${s}`;",
  padded: "return 'x'.padStart(2 ** 30);",
  repeat: "'x'.repeat(2 ** 28).split('');",
  joined: "return Array(1e3).fill('y'.repeat(1e6)).join('').length;",
  sort: 'Array.from({ length: 1e7 }, (_, i) => -i).sort((a, b) => a - b);',
  lyingSort: 'const a = Array.from({ length: 1e5 }, (_, i) => i); for (;;) a.sort(() => 1);',
  bigint: 'let b = 3n; for (;;) b *= b;',
  power: 'return 7n ** (10n ** 9n);',
  digits: "for (;;) BigInt('9'.repeat(78_000));",
  map: 'const m = new Map<number, number>(); for (let i = 0; ; i++) m.set(i, i);',
  sets: 'const k = []; for (;;) k.push(new Set([1, 2, 3]));',
  errors: 'for (;;) try { (null as any).x; } catch {}',
  longErrors: "const k = []; for (;;) k.push(new Error('x'.repeat(1e6)));",
  symbols: 'for (let i = 0; ; i++) Symbol.for(`x${i}`);',
  patterns: "for (let i = 0; ; i++) new RegExp('x' + i).test('y');",
  polynomial: "return /a*a*a*a*a*b/i.test('a'.repeat(5000));",
  searching: "for (;;) 'x'.repeat(1e6).lastIndexOf('x'.repeat(1e5) + 'y');",
  hiddenName: "throw Object.defineProperty(new Error(), 'name', { get() { for (;;); } });",
  stackText: "throw new RangeError('Maximum call stack size exceeded');",
};

/** What fails, or does nothing: each with the name of the error, or with the result. */
export const FUTILE: Readonly<Record<string, readonly [body: string, outcome: string]>> = {
  json: [
    'let o: object = {}; for (let i = 0; i < 1e5; i++) o = { o }; JSON.stringify(o);',
    'RangeError',
  ],
  process: ['return String((globalThis as any).process.pid);', 'TypeError'],
  construction: [
    "return (this.constructor as any).constructor('return process')();",
    'RuntimeError',
  ],
  generatorMaker: [
    "return (function* () {} as any).constructor('yield 1')().next();",
    'RuntimeError',
  ],
  asynchronous: ["return ((async () => {}) as any).constructor('return 1')();", 'RuntimeError'],
  error: [
    "try { null!.f(); } catch (e: any) { return e.constructor.constructor('return 1')(); }",
    'RuntimeError',
  ],
  require: ["return (globalThis as any).require('fs');", 'TypeError'],
  timer: ['(globalThis as any).setTimeout(() => 1, 1);', 'RuntimeError'],
  // A stack trace whose frames belong to the host; also behind another `Error`, and from a deep stack.
  prepared: ['(Error as any).prepareStackTrace = (_: any, f: any) => f; return 1;', 'TypeError'],
  replaced: [
    '(globalThis as any).Error = { prepareStackTrace: (_: any, f: any) => f }; return 1;',
    'TypeError',
  ],
  frames: [
    "const e: any = new Error('x'); e.name = { toString: () => 'n' }; return e.stack;",
    '"n: x"',
  ],
  symbolName: ['const e: any = new Error(); e.name = Symbol(); return e.stack;', '"Symbol()"'],
  // An error of the host, thrown while the host shows or converts what it was given.
  proxied: ['return new Proxy({}, { getPrototypeOf: (t: any) => t.constructor });', 'RuntimeError'],
  inspected: [
    "return { [Symbol.for('nodejs.util.inspect.custom')]: (d: any, o: any) => o };",
    'INVALID_VALUE',
  ],
  // Promises of the engine, whose callbacks are told about objects of the host.
  promised: ['return (async () => {})().then(() => 1);', 'TypeError'],
  species: ['return (Promise as any)[Symbol.species];', 'RuntimeError'],
  // What isolates are controlled by, when it is left lying about.
  reference: [
    'return typeof (globalThis as any).$0 + typeof (globalThis as any).ivm + typeof $;',
    '"undefinedundefinedundefined"',
  ],
  wasm: ['return new (globalThis as any).WebAssembly.Memory({ initial: 1 });', 'RuntimeError'],
  callee: ['return (arguments as any).callee;', 'TypeError'],
  caller: ['const f: any = function () { return f.caller; }; return f();', 'undefined'],
  meter: ['return typeof $ + typeof (globalThis as any).$;', '"undefinedundefined"'],
  prototype: ['(Object.prototype as any).then = () => 1;', 'TypeError'],
  setters: [
    "Object.defineProperty(Array.prototype, '0', { set() { throw 1; } }); return [1];",
    'TypeError',
  ],
  push: ['Array.prototype.push = () => 1;', 'TypeError'],
  matched: [
    "const r = /a/g; Object.defineProperty(r, 'exec', { value: Object }); return 'a'.match(r);",
    'TypeError',
  ],
  backtracking: ["return /(?=(a+)+$)b/.test('a'.repeat(40));", 'SyntaxError'],
  nested: ["return new RegExp('('.repeat(5000) + ')'.repeat(5000));", 'SyntaxError'],
  cycle: ['const a: unknown[] = []; a.push(a); return a;', 'INVALID_VALUE'],
  deep: ['let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o;', 'INVALID_VALUE'],
  accessor: ['return { get x() { for (;;); } };', 'INVALID_VALUE'],
  thenable: ['return { then(f: any) { f(1); } };', 'INVALID_VALUE'],
  wide: ["return Array(1e5).fill('xxxxxxxxxxxxxxxx');", 'TOO_LARGE'],
  shared: [
    'let o: unknown = [1]; for (let i = 0; i < 100; i++) o = [o, o]; return o;',
    'TOO_LARGE',
  ],
  lyingMap: [
    "const m = new Map([[1, 2]]); Object.defineProperty(m, 'size', { value: 7 }); return m.get(1);",
    '2',
  ],
  nothing: ['throw undefined;', 'undefined'],
  aSymbol: ["throw Symbol('x');", 'INVALID_VALUE'],
  aFunction: ['throw () => 1;', 'INVALID_VALUE'],
  unreadable: [
    'const e: any = new Error(); e.message = { toString() { throw e; } }; throw e;',
    'Error',
  ],
  ownCause: ["const e: any = new URIError('x'); e.cause = e; throw e;", 'URIError'],
};
