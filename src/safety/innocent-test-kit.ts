/** Pieces of code that are nothing to speak of, though some look like it. */
export const INNOCENT: Readonly<Record<string, string>> = {
  'a method called eval': `const tools = { eval: (n: number) => n };
    tools.eval(1);
    tools['eval'](2);`,
  'a class with names of globals': `export class Main {
      type = 'a'; process = 1; fetch = 2;
      eval(): unknown { return this.process; }
      require(): unknown { return this.fetch; }
      Function(): unknown { return this.eval(); } }`,
  'a local name of a global': `const process = { env: 1 }; return process.env;`,
  'a parameter with the name of a global': `const run = (fetch: () => number,
      Promise = 1) => fetch() + Promise;
    return run(() => 1);`,
  'a function with the name of a global': `function setTimeout(n: number): number { return n;
      } return setTimeout(1);`,
  'an import with the name of a global': `import { fetch } from './other.ts'; export class Main {
      run = () => fetch; }`,
  'a global that is caught': `try { x(); } catch (Proxy) { return Proxy; }`,
  'types of globals': `export class Main { a?: Promise<number>; b?: typeof process; c?: Intl.NumberFormat;
      run(x: WeakRef<object> | Proxy | NodeJS.Timeout): x is never { return false; } }
      declare const process: object; interface Proxy {} declare namespace NodeJS { interface Timeout {} }`,
  'imports of types': `import type { Stats } from 'node:fs'; import { type Server } from 'node:net';
    import { Socket } from 'node:net';
    export class Main { run(a: Stats, b: Server, c: Socket): unknown { return [a, b, c]; } }`,
  'the words of globals': `return ['eval', 'constructor', '__proto__', { Promise: 1 },
      \`await \${x} import()\`];`,
  'the name of a class': `return this.constructor.name + x.constructor.name + x?.constructor?.name;`,
  'classes compared': `return x.constructor === y.constructor && x.constructor !== Object;`,
  'a class told apart': `switch (x.constructor) { case Map: return 1; case Set: return 2; }`,
  'another of the same class': `return new (this.constructor as typeof Main)();`,
  'another of the same class, kept': `const Same = this.constructor; return Same;`,
  'another of some class': `const Same = x.constructor;
    const { constructor: Other } = y;
    return [new Same(y), new Other('0.5'), new x.constructor(), Same.limit, Same === Other];`,
  'a table by class': `return this.handlers.get(x.constructor) ?? this.known.has(y.constructor);`,
  'statics of its own class': `return (this.constructor as any).limit;`,
  'statics of a class': `export class Main { static n = 1; static more() { return this.n++; }
    run() { return Main.more(); } }`,
  'the class that was asked for': `export class Main { kind = new.target?.name; constructor() {
    Object.setPrototypeOf(this, new.target.prototype); } }`,
  'a class that is asked by a name for this': `const self = this; return () => new self.constructor();`,
  'an old class': `function Old(this: any) { this.n = 1; }
    Old.prototype.more = function () { return new this.constructor(); };
    Old.prototype.constructor = Old;
    (Old as any).limit = 5;`,
  'constructors of classes': `class A { constructor() { x(); } } class B extends A { constructor() {
      super(); } }
    return [A, B];`,
  'own property constructor': `return { constructor: x };`,
  'computed properties': `const key = x + 'b'; this[key] = y; return [x[y], x[key], x[0], x['a' + 'b'],
      x?.[y]];`,
  'dispatch by name': `return (this as any)['on' + x]?.(y);`,
  'computed mathematics': `return Math[x as 'max'](1, 2);`,
  'tables of functions': `const table: any = { a: () => 1 }; return table[x]();`,
  'a key of its own': `const key = Symbol('a'); return { [key]: 1, [x]: 2 };`,
  'an object without a prototype': `return [Object.create(null), { __proto__: null }];`,
  'the class above': `return Object.getPrototypeOf(this) === Object.getPrototypeOf(x);`,
  'the parent of a class': `class A {} return Object.getPrototypeOf(A);`,
  'whether it is a function': `return typeof x === 'function' || x instanceof Function;`,
  'what a function looks like': `return Function.prototype.toString.call(x) + x.call(y) + x.bind(y)();`,
  'whether there is a host': `return [typeof process, typeof window !== 'undefined',
      typeof globalThis.process];`,
  'whether there is what the realm does not have': `return [typeof setTimeout, typeof eval === 'function',
      typeof Promise, typeof globalThis.Intl, typeof WeakMap];`,
  'hosts behind a question': `if (typeof window !== 'undefined' && window.name) x(window);
    return typeof process === 'object' && process.env && process.env.DEBUG
      ? process.argv : 'object' === typeof self && self;`,
  'decorators and accessors': `const named = (value: any) => value;
    export class Main { @named accessor n = 1; @named run() { return this.n; } }`,
  'the parent of built-ins': `return Object.getPrototypeOf(Uint8Array).prototype;`,
  'whether there is something': `return typeof globalThis === 'object';`,
  'globals by their holder': `return [globalThis.Math.max(1, 2), globalThis['Date'], globalThis.Map];`,
  'a global taken out': `const { Math: m, JSON: j } = globalThis; return [m, j];`,
  'time and chance': `return [Date.now(), new Date(), performance.now(), Math.random(), crypto.randomUUID(),
      crypto.getRandomValues(new Uint8Array(2))];`,
  'much of the language': `const all = [new Map(), new Set(), 1n, /a(?<n>b)/u.exec('ab')?.groups?.n,
      NaN, Infinity,
      undefined, isFinite(1), parseInt('1', 10), new DataView(new ArrayBuffer(8)), Symbol.iterator,
      JSON.stringify({}), structured(x), new TextEncoder(), Number.MAX_SAFE_INTEGER,
      encodeURIComponent('a')];
    function structured<T>(value: T): T { return value; }
    console.log(all); return all.map(Number).filter(Boolean);`,
  generators: `function* count() { yield* [1, 2]; } for (const n of count()) x(n);
    return [...count()];`,
  'arguments and rest': `function f(this: unknown) { return arguments.length; }
    const { a, ...rest } = x; const [b, ...more] = y; return [f, a, rest, b, more];`,
  'properties of its own errors': `class Denied extends Error { constructor() { super('no');
      this.name = 'Denied';
      Error.captureStackTrace?.(this, Denied); } } throw new Denied();`,
  'reflection that is told': `return [Reflect.ownKeys(x), Reflect.has(x, y), Reflect.get(x, 'a'),
    Object.defineProperty(x, 'a', { value: 1 }), Object.getOwnPropertyDescriptor(x, y),
    Object.assign({}, x)];`,
  'a comparison of its own': `export class Main { localeCompare(n: number) { return n; }
    run() { return this.localeCompare(1); } }`,
  'methods called like those of promises': `return x.then(1).catch(2).finally(3);`,
  enumerations: `enum Kind { A, B = 'b' } namespace Inner { export const eval1 = Kind.A; }
    export class Main { kind: Kind = Kind.B; inner = Inner.eval1; name = Kind[0]; }`,
  'parameters that are properties': `export class Main { constructor(private readonly n = 1,
      public m?: string) {}
    run() { return this.n; } }`,
  'private members': `export class Main { #eval = 1; static #all = 0; get #twice() {
      return 2 * this.#eval; }
    run(o: object) { return #eval in o ? ++Main.#all : this.#twice; } }`,
  'something disposed of': `class Lock { [Symbol.dispose]() {} } { using lock = new Lock(); x(lock); }`,
  'what objects import': `import { KeyError } from 'concoord/object';
    export class Main { run() { throw new KeyError('a'); } }`,
  'circles and exports': `import { Other } from './circle.ts'; export { Other as eval };
      export * as all from './other.ts';
    export class Main { other = new Other(); }`,
  data: `import numbers from './numbers.json' with { type: 'json' }; export class Main { n = numbers; }`,
  'a default': `import other, * as rest from './other.ts'; export { other as default };
      export class Main { r = rest; }`,
  labels: `eval: for (;;) { break eval; }`,
  'a map of its own': `return 1; //# sourceMappingURL=data:application/json,{"mappings":""}`,
};

/** What some of them import. */
export const INNOCENT_FILES: Readonly<Record<string, string>> = {
  'other.ts': 'export const fetch = 1; const all = 2; export { all as default };',
  'circle.ts':
    "import { Main } from './main.ts'; export class Other { main?: Main = undefined; k = () => Main; }",
  'numbers.json': '[1, 2]',
};
