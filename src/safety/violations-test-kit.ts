/** Pieces of code with what must be said of them: `//! text` in the line where it must be said. */
export const VIOLATIONS: Readonly<Record<string, string>> = {
  // Code from strings.
  eval: `eval('1'); //! there is no eval in a replicated object: code comes with the class`,
  'eval by another name': `const e = eval; //! no eval
    e('1');`,
  'indirect eval': `(0, eval)('1'); //! no eval`,
  'eval as an argument': `['1'].map(eval); //! no eval`,
  'eval in an object': `const tools = { eval }; //! no eval
    tools.eval('1');`,
  'the type of eval by a computed name': `return typeof globalThis['eval']; //! no eval`,
  'the type of eval behind a question mark': `return typeof globalThis?.eval; //! no eval`,
  'the type of what gives eval': `return typeof (0, eval); //! no eval`,
  'eval of the global object': `globalThis.eval('1'); //! no eval`,
  'eval by a computed name': `globalThis['ev' + 'al']('1'); //! no eval`,
  'eval by a template': 'globalThis[`ev${"a"}l`]("1"); //! no eval',
  'eval by a constant': `const name = ['ev', 'al'].join('');
    globalThis[name]('1'); //! no eval`,
  'eval by letters': `globalThis[String.fromCharCode(101, 118, 97, 108)]('1'); //! no eval`,
  'eval taken out': `const { eval: e } = globalThis; //! no eval
    e('1');`,
  'eval taken out by a computed name': `const { ['ev'.concat('al')]: e } = globalThis; //! no eval
    e('1');`,
  'eval taken out by assignment': `let e;
    ({ eval: e } = globalThis); //! no eval`,
  'an optional call': `globalThis?.eval?.('1'); //! no eval`,
  'eval on another line': `globalThis
      .eval //! no eval
      ('1');`,
  Function: `new Function('return 1')(); //! no Function`,
  'Function without new': `Function('return 1')(); //! no Function`,
  'Function by another name': `const F = Function; //! no Function`,
  'a class of functions': `export class Main extends Function {} //! no Function`,
  'Function of the global object': `return globalThis.Function; //! Function is reached through globalThis`,
  'Function by its methods': `Function.call(null, 'return 1')(); //! no Function`,

  // The global object.
  'something of the global object': `return globalThis[x]; //! it cannot be told which global is meant`,
  'the global object as an argument': `Object.keys(globalThis); //! globalThis is passed on`,
  'the global object by another name': `const g = globalThis; //! globalThis is passed on
    g.eval('1'); //! no eval`,
  'the global object by itself': `globalThis.globalThis.eval('1'); //! globalThis is reached //! no eval`,
  'the rest of the global object': `const { Math: m, ...all } = globalThis; //! globalThis is passed on`,
  'something taken out': `const { [x]: y1 } = globalThis; //! it cannot be told which global is meant`,
  'a new global': `globalThis.counter = 1; //! globalThis is changed`,
  'an undeclared name': `counter = 1; //! there is no counter in a replicated object`,
  'a global that is assigned': `Math = x; //! Math is assigned`,
  window: `window.alert('1'); //! there is no window`,
  process: `return process.env; //! there is no process`,
  'process, declared only': `declare const process: { env: object };
    export class Main { env = process.env; } //! there is no process`,
  'process of the global object': `return globalThis.process; //! there is no process`,
  'process before it is asked for': `return process.env && typeof process === 'object'; //! no process`,
  'process where there is none': `return typeof process === 'undefined' ? process : 1; //! no process`,
  'eval behind a question': `return typeof eval === 'function' && eval('1'); //! no eval`,
  'a decorator': `export class Main { @eval run() {} } //! no eval`,
  require: `require(x); //! there is no require`,
  Buffer: `return Buffer.from('1'); //! use Uint8Array`,

  // Constructors.
  'the constructor of a function': `(() => {}).constructor('1')(); //! constructor is called`,
  'the constructor of a constructor': `x.constructor.constructor('1')(); //! constructor of a constructor`,
  'the same, kept': `const F = x.constructor.constructor; //! constructor of a constructor`,
  'the same, step by step': `const C = x.constructor; //! constructor is passed on
    C.constructor('1'); //! constructor of a constructor`,
  'a computed constructor': `x['constr' + 'uctor']('1'); //! constructor is called`,
  'a constructor by a constant': `const key = 'constructor';
    x[key]('1'); //! constructor is called`,
  'a constructor by a constant object': `enum Key { C = 'constructor' }
    export class Main { run(x: any) { x[Key.C]('1'); } } //! constructor is called`,
  'a constructor by letters': `x['CONSTRUCTOR'.toLowerCase()]('1'); //! constructor is called`,
  'a new constructor': `new x.constructor('return 1'); //! constructor is passed on`,
  'a constructor taken out': `const { constructor: F } = x; //! constructor is passed on
    F('return 1');`,
  'a constructor among parameters': `export class Main {
      run({ constructor: F }: any) { F('1'); } } //! constructor is passed on`,
  'a constructor by a table': `const names = { c: 'constructor' } as const;
    x[names.c]('1'); //! constructor is called`,
  'a constructor that is run at once': `new x.constructor(y)(); //! constructor is passed on`,
  'a constructor behind a question': `(y && x.constructor)('1'); //! constructor is called`,
  'a constructor as an argument': `y(x.constructor); //! constructor is passed on`,
  'the constructor of a named function': `const f = () => 1;
    new f.constructor(x); //! constructor is passed on`,
  'the constructor of a built-in': `new Math.max.constructor(x); //! constructor is passed on`,
  'all descriptions by a name': `const all = Object.getOwnPropertyDescriptors(x);
    all.constructor.value(y); //! constructor is called`,
  'a function of Reflect by any name': `Reflect[x](y); //! which function of Reflect is meant`,
  'a function of Object by any name': `Object[x](y); //! which function of Object is meant`,
  'a bound constructor': `x.constructor.bind(null, '1'); //! constructor is called`,
  'a tagging constructor': 'x.constructor`1`; //! constructor is called',
  'the constructor of a method': `this.run.constructor('1'); //! constructor is called`,
  'the constructor of this class': `export class Main {
      static make() { this.constructor('1'); } } //! constructor is called`,
  'new, in a static block': `export class Main { static { new this.constructor('1'); } } //! is passed on`,
  'any property of a function': `(() => {})[x]('1'); //! which property of a function`,
  'any property of a constructor': `x.constructor[y]; //! which property of a function`,
  'the constructor of Function': `Function.prototype.constructor('1'); //! constructor is called`,
  'a described constructor': `
      Object.getOwnPropertyDescriptor(x, 'constructor').value; //! of constructor leads to`,
  'all descriptions': `Object.getOwnPropertyDescriptors(x).constructor.value('1'); //! constructor is called`,
  'a constructor by Reflect': `Reflect.get(x, 'constr' + 'uctor'); //! Reflect.get of constructor`,
  'a computed Reflect': `Reflect.get(x, y); //! Reflect.get of something computed`,
  'Reflect by another name': `const { get } = Reflect; //! Reflect is passed on
    get(x, 'constructor'); //! Reflect.get of constructor`,

  // Prototypes.
  'the prototype of a function': `Object.getPrototypeOf(function* () {}); //! the prototype of a function`,
  'the same, walked': `Object.getPrototypeOf(x).constructor('1'); //! constructor is called`,
  'an old prototype': `return x.__proto__; //! __proto__ leads to what all objects share`,
  'a computed old prototype': `x['__pro' + 'to__'] = y; //! __proto__ leads`,
  'an old accessor': `x.__defineGetter__('a', y); //! __defineGetter__ leads`,
  'a method for all lists': `Array.prototype.last = x; //! Array.prototype is changed: what the language`,
  'the same by another name': `const { prototype: p } = Array;
    p.last = x; //! Array.prototype is changed`,
  'the same by a call': `Object.defineProperty(Object.prototype, 'a', x); //! Object.prototype is changed`,
  'a method that is changed in a pattern': `[Math.max] = [x]; //! Math is changed
    ({ a: Math.min } = x); //! Math is changed`,
  'a method that goes away': `delete Math.max; //! Math is changed`,

  // What replicas could not do alike.
  'a timer': `setTimeout(() => 1, 5); //! there is no setTimeout in a replicated object: keep the time`,
  'a timer by another name': `const { setInterval: every } = globalThis; //! no setInterval`,
  'a microtask': `queueMicrotask(() => x); //! no queueMicrotask`,
  'a promise': `Promise.resolve(1); //! there is no Promise`,
  'an async method': `export class Main {
      async run() { //! async functions
        await 1;
      } }`,
  'an async arrow': `const f = async () => 1; //! async functions`,
  'an async generator': `async function* all() { yield 1; } //! async functions`,
  'a wait in the module': `export class Main {}
    await 1; //! await waits`,
  'a loop that waits': `export class Main {}
    for await (const one of []) one; //! for await waits`,
  fetch: `return fetch('http://localhost'); //! there is no fetch`,
  Intl: `return new Intl.NumberFormat(); //! there is no Intl`,
  'a number in words': `return x.toLocaleString(); //! there is no toLocaleString`,
  'a comparison of words': `x.sort((a, b) => a.localeCompare(b)); //! there is no localeCompare`,
  'a comparison taken out': `const { localeCompare } = x; //! there is no localeCompare`,
  Proxy: `return new Proxy(x, {}); //! there is no Proxy`,
  WeakRef: `return new WeakRef(x); //! there is no WeakRef`,
  WeakMap: `export class Main { m = new WeakMap(); } //! a WeakMap cannot be captured`,
  SharedArrayBuffer: `return new SharedArrayBuffer(8); //! there is no SharedArrayBuffer`,
  Atomics: `return Atomics.load(x, 0); //! there is no Atomics`,
  WebAssembly: `return WebAssembly.compile(x); //! there is no WebAssembly`,
  structuredClone: `return structuredClone(x); //! there is no structuredClone`,
  'subtle cryptography': `return crypto.subtle; //! there is no crypto.subtle`,
  'the last match': `/a/.test(x); return RegExp.$1; //! there is no RegExp.$1`,
  'lists from promises': `return Array.fromAsync(x); //! there is no Array.fromAsync`,

  // Imports.
  'files of the machine': `import { readFileSync } from 'node:fs'; //! node:fs is a module of Node.js
    export class Main { run = readFileSync; }`,
  'the same by its old name': `export { exec } from 'child_process'; //! child_process is a module of Node.js
    export class Main {}`,
  'a module for its effects': `import 'node:vm'; //! node:vm is a module
    export class Main {}`,
  'required files': `const fs = require('fs'); //! fs is a module of Node.js`,
  'the client': `import { connect } from 'concoord'; //! concoord is for clients
    export class Main { run = connect; }`,
  'code in an address': `import one from 'data:text/javascript,export default 1'; //! is an address
    export class Main { run = one; }`,
  'code from an address': `export * from 'https://example.org/one.js'; //! is an address: bring the code along
    export class Main {}`,
  'a package that is nowhere': `import * as gone from 'gone'; //! gone is not found
    export class Main { run = gone; }`,
  'a file that is nowhere': `export * from './gone.ts'; //! ./gone.ts is not found
    export class Main {}`,
  'a module while it runs': `return import(x); //! import() loads code`,
  'a module of Node.js while it runs': `import('node:fs'); //! import() loads //! node:fs is a module`,
  'where a file lies': `return import.meta.url; //! import.meta tells where`,
};
