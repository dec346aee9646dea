/**
 * Ways out of sandboxes that were published, by their advisories: those of vm2, and of isolated-vm. The ideas
 * are theirs, and the code is ours, made for this world. Each is the body of a method, with the name of the
 * error that it ends with, or with its result.
 */
export interface Escape {
  readonly idea: string;
  readonly body: string;
  readonly outcome: string;
}

const RUN = "('return process')()";
const FUNCTION = 'RuntimeError';

export const ESCAPES: Readonly<Record<string, Escape>> = {
  'CVE-2019-10761': {
    idea: 'the error of a stack that ends in the host belongs to the host',
    body: `const f = (): any => { try { return f(); } catch (e: any) {
      return e.constructor.constructor${RUN}; } };
      return f();`,
    outcome: 'BUDGET_EXCEEDED',
  },
  'CVE-2021-21413': {
    idea: 'a value of the host that is handed in leads to its prototypes',
    body: `return (_[0] ?? new Uint8Array(1)).buffer.constructor.constructor${RUN};`,
    outcome: FUNCTION,
  },
  'CVE-2021-23449': {
    idea: 'import() answers with a promise of the host, whose prototype is changed',
    body: 'return (import(String(_)) as any).__proto__.then.call({}, 1);',
    outcome: 'TypeError',
  },
  'CVE-2021-23555': {
    idea: 'errors that the host makes while it writes a stack are objects of the host',
    body: `const e: any = new Error(); e.name = { toString(): any { throw this; } };
      try { return e.stack; } catch (x: any) { return x.constructor.constructor${RUN}; }`,
    outcome: FUNCTION,
  },
  'CVE-2022-25893': {
    idea: 'WeakMap.prototype.set is replaced, and the wall hands over what it keeps',
    body: '(WeakMap as any).prototype.set = function (key: any) { (this as any).key = key; }; return 1;',
    outcome: 'TypeError',
  },
  'CVE-2022-36067': {
    idea: 'a global Error of its own, with a prepareStackTrace that gets frames of the host',
    body: `(globalThis as any).Error = class extends Error { static prepareStackTrace(_: any, f: any[]) {
      return f.map((x) => x.getThis()); } }; return new Error().stack;`,
    outcome: 'TypeError',
  },
  'CVE-2022-39266': {
    idea: 'machine code that is handed over as a cache of compiled code: nothing here takes any',
    body: `const g: any = globalThis; return typeof g.ivm + typeof g.Isolate + typeof g.Script;`,
    outcome: '"undefinedundefinedundefined"',
  },
  'CVE-2023-29017': {
    idea: 'prepareStackTrace is called by the host for errors that nobody awaits',
    body: `(Error as any).prepareStackTrace = (_: any, f: any[]) => f[0].getThis();
      (async () => { (null as any).x; })(); return 1;`,
    outcome: 'TypeError',
  },
  'CVE-2023-29199': {
    idea: 'the text is written so that its catch clauses are not seen by who looks for them',
    body: `const o = { catch(x: any) { return x; } };
      try { null!.f(); } catch ({ constructor: { constructor: make } }: any) { return o.catch(make)${RUN}; }`,
    outcome: FUNCTION,
  },
  'CVE-2023-30547': {
    idea: 'a proxy whose getPrototypeOf throws lets an error of the host through',
    body: `try { throw new Proxy({}, { getPrototypeOf() { throw (() => 1)(); } }); }
      catch (e: any) { return e.constructor.constructor${RUN}; }`,
    outcome: FUNCTION,
  },
  'CVE-2023-32313': {
    idea: 'what is printed changes how the host inspects',
    body: `console.log({ [Symbol.for('nodejs.util.inspect.custom')](d: any, o: any, inspect: any) {
      (globalThis as any).found = inspect; } }); return typeof (globalThis as any).found;`,
    outcome: '"undefined"',
  },
  'CVE-2023-32314': {
    idea: 'a proxy is asked for what only the host asks, with objects of the host',
    body: `const err: any = new Error(); err.name = { toString: new Proxy(() => '', {
      apply(_: any, __: any, args: any) { return args.constructor.constructor${RUN}; } }) };
      return err.stack;`,
    outcome: FUNCTION,
  },
  'CVE-2023-37466': {
    idea: 'the species of a promise takes the callbacks before they are made safe',
    body: `const p: any = (async () => {})(); p.constructor = { [Symbol.species]: class {
      constructor(f: any) {
      f((x: any) => x, (e: any) => e.constructor.constructor${RUN}); } } }; return p.then();`,
    outcome: 'TypeError',
  },
  'CVE-2023-37903': {
    idea: 'the host inspects a result, and calls a method that it finds there by a symbol that all share',
    body: `const key = Symbol.for('nodejs.util.inspect.custom');
      const e: any = new Error('x'); e[key] = (d: any, o: any, i: any) => i.constructor${RUN}; throw e;`,
    outcome: 'Error',
  },
  'GHSA-99p7-6v5w-7xg8': {
    idea: 'then and catch of the promises of async functions are not those that were made safe',
    body: `const f = async () => { const e: any = new Error(); e.name = Symbol(); return e.stack; };
      return f().catch((e: any) => e.constructor.constructor${RUN});`,
    outcome: 'TypeError',
  },
  'GHSA-qvjj-29qf-hp7p': {
    idea: 'a promise by another species answers with objects of the host',
    body: 'return (async () => {})().constructor;',
    outcome: 'TypeError',
  },
  'GHSA-grj5-jjm8-h35p': {
    idea: 'getters of prototypes lead out; a species that is the array itself is filled with what is raw',
    body: `const get = ({} as any).__lookupGetter__('__proto__'); const top = get.call(get.call(Math.max));
      const a: any[] = [1]; (a as any).constructor = { [Symbol.species]: function () { return a; } };
      a.map(() => Math.max); return (a[0].constructor ?? top.constructor)${RUN};`,
    outcome: FUNCTION,
  },
  'GHSA-v37h-5mfm-c47c': {
    idea: 'what shows a value lets the handler of the wall be seen, of which another is made',
    body: `let seen: any; console.dir(new Map([[{ toString() { seen = this; return ''; } }, 1]]), {
      showProxy: true });
      return (seen ?? (() => 1)).constructor${RUN};`,
    outcome: FUNCTION,
  },
  'GHSA-47x8-96vw-5wg6': {
    idea: 'symbols of the host are found on its objects',
    body: `const all = [globalThis, Object.prototype, Array.prototype, Function.prototype, Error.prototype];
      const names = all.flatMap((o) => Object.getOwnPropertySymbols(o)).map(String);
      return names.filter((name) => /nodejs|concoord/.test(name)).length;`,
    outcome: '0',
  },
  'GHSA-55hx-c926-fr95': {
    idea: 'an error within a SuppressedError is one of the host',
    body: `const stack: any = new (globalThis as any).DisposableStack();
      stack.defer(() => { (null as any).a; }); stack.defer(() => { (null as any).b; });
      try { stack.dispose(); } catch (e: any) { return e.suppressed.constructor.constructor${RUN}; }`,
    outcome: FUNCTION,
  },
  'GHSA-ffh4-j6h5-pg66': {
    idea: 'WebAssembly catches an error before anybody has looked at it',
    body: 'return new (globalThis as any).WebAssembly.Tag({ parameters: [] });',
    outcome: 'RuntimeError',
  },
  'GHSA-vwrp-x96c-mhwq': {
    idea: 'the built-ins of the host are changed through the wall',
    body: "Object.defineProperty(Object.getPrototypeOf(_), 'at', { value: () => 7 }); return 1;",
    outcome: 'TypeError',
  },
  'GHSA-9qj6-qjgg-37qq': {
    idea: 'a setter for elements of all arrays gets what the wall puts into lists of its own',
    body: `Object.defineProperty(Array.prototype, 0, { set(x: any) { (this as any).found = x; } });
      return 1;`,
    outcome: 'TypeError',
  },
  'GHSA-9vg3-4rfj-wgcm': {
    idea: 'an object without prototype is thrown, caught as if it came from the host, and written to',
    body: `const o: any = { __proto__: null }; try { throw o; } catch (e: any) { e.f = Math.max; }
      return o.f.constructor${RUN};`,
    outcome: FUNCTION,
  },
  'GHSA-2cm2-m3w5-gp2f': {
    idea: 'the state of the wall is a global that a computed name reaches',
    body: `return Object.getOwnPropertyNames(globalThis).filter((n) => /^\\$|meter|concoord/i.test(n)).length
      + typeof (globalThis as any)['$'];`,
    outcome: '"0undefined"',
  },
  'GHSA-wp5r-2gw5-m7q7': {
    idea: 'the name of the meter is written with escapes, or found where names are looked up',
    body: 'const names = [typeof \\u0024, typeof (globalThis as any)["\\u0024"]]; return names.join();',
    outcome: '"undefined,undefined"',
  },
  'GHSA-v27g-jcqj-v8rw': {
    idea: 'frames of a stack name files of the host',
    body: `const o: any = {}; Error.captureStackTrace(o); const e: any = new RangeError('x');
      return [o.stack, e.stack, 'stackTraceLimit' in Error && Error.stackTraceLimit].join();`,
    outcome: '"Error,RangeError: x,0"',
  },
  'GHSA-hw58-p9xv-2mjh': {
    idea: 'a rejection that nobody takes ends the process of the host',
    body: 'return new Promise(() => { throw 1; });',
    outcome: 'RuntimeError',
  },
  'GHSA-6785-pvv7-mvg7': {
    idea: 'buffers outside the heap fill the memory of the host',
    body: 'const k = []; for (;;) k.push(new Uint8Array(1 << 24));',
    outcome: 'BUDGET_EXCEEDED',
  },
  'GHSA-947f-4v7f-x2v8': {
    idea: 'a built-in module that was forgotten in the list of those that are forbidden',
    body: "return (globalThis as any).process.getBuiltinModule('child_process');",
    outcome: 'TypeError',
  },
  'GHSA-248r-7h7q-cr24': {
    idea: 'an async generator hands over what it catches',
    body: 'return (async function* () { yield 1; })().next();',
    outcome: 'TypeError',
  },
  'GHSA-r4fx-v8hh-22mv': {
    idea: 'what is called when something is collected runs after the time is over',
    body: 'new (globalThis as any).FinalizationRegistry(() => { for (;;); }).register({}, 1); return 1;',
    outcome: 'RuntimeError',
  },
};
