import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { compile, World } from './state-test-kit.ts';

const BAG = compile('export class Bag { held: any; }');

test('the path to what cannot be captured is told', () => {
  const world = new World(
    compile(`
    let cache = new Map(); function* numbers() { yield 1; }
    export class Hub { listeners: any[] = []; static last: any; #hidden: any; }
    export const put = (value) => void cache.set('k', value); export { numbers };`),
  );
  const refuse = (program: string): string => {
    world.run(`object = new module.Hub(); module.put(1); module.Hub.last = 0; ${program}`);
    return world.refusal();
  };

  equal(
    refuse('object.listeners.push(1, 2, 3, () => {});'),
    'INVALID_VALUE: object.listeners[3] is a function that was made while the object ran',
  );
  equal(
    refuse('module.put(class {});'),
    'INVALID_VALUE: module variable cache<value 0> is a function that was made while the object ran',
  );
  match(
    refuse('module.Hub.last = (() => {}).bind();'),
    /^INVALID_VALUE: module variable Hub\.last is a bound function/,
  );
  equal(refuse('object.it = module.numbers();'), 'INVALID_VALUE: object.it is a generator');
  equal(
    refuse('object.it = [1].values();'),
    'INVALID_VALUE: object.it is an instance of ArrayIterator',
  );
  equal(
    refuse('object["a b"] = Promise.resolve();'),
    'INVALID_VALUE: object["a b"] is an instance of Promise',
  );
  equal(
    refuse('object.p = new Map([[{ x: new Proxy({}, {}) }, 1]]);'),
    'INVALID_VALUE: object.p<key 0>.x is a Proxy',
  );
  equal(refuse('object.w = new WeakMap();'), 'INVALID_VALUE: object.w is a WeakMap or WeakSet');
  equal(refuse('object.w = new WeakRef({});'), 'INVALID_VALUE: object.w is an instance of WeakRef');
  equal(
    refuse('object.s = new Set([{ [Symbol("k")]: () => {} }]);'),
    'INVALID_VALUE: object.s<item 0>[Symbol(k)] is a function that was made while the object ran',
  );
  match(
    refuse('object.b = new ArrayBuffer(1, { maxByteLength: 2 });'),
    /object\.b is a resizable ArrayBuffer/,
  );
  match(
    refuse('object.b = new Uint8Array(1); object.b.buffer.transfer();'),
    /object\.b is a detached ArrayBuffer/,
  );
  match(
    refuse('Object.defineProperty(object, "x", { get: () => 1 });'),
    /object\.x \(getter\) is a function/,
  );
  match(
    refuse('let at = () => {}; for (let n = 0; n < 9999; n++) at = { at }; object.at = at;'),
    /^INVALID_VALUE: object(?:\.at)+ … (?:\.at)+ is a function/,
  );
});

test('a private field has the name of the sources on the path', () => {
  const world = new World(
    compile(`
    const beside = new WeakMap();
    class Base { #held: any; #other2: any; hold(it) { this.#held = it; return this.#other2; } }
    export class Safe extends Base {
      #held: any; #check() { return this.#held; }
      keep(it) { this.#held = it; return this.#check(); }
      put(it) { beside.set(this, it); }
    }`),
  );
  const refuse = (program: string): string => {
    world.run(`object = new module.Safe(); ${program}`);
    return world.refusal();
  };

  match(refuse('object.keep([() => {}]);'), /: object\.#held\[0\] is a function/);
  match(refuse('object.hold({ a: () => {} });'), /: object\.#held\.a is a function/);
  match(refuse('object.put([() => {}]);'), /: object<value in beside>\[0\] is a function/);
});

test('capturing runs no code of the class', () => {
  const world = new World(BAG);
  world.run(`
    var ran = [];
    const note = (what) => ran.push(what);
    object = new module.Bag();
    Object.defineProperty(module.Bag.prototype, Symbol.toStringTag, { get: () => note('tag') });
    object.held = new Proxy([], {
      ownKeys: () => note('keys'),
      get: () => note('get'),
      getPrototypeOf: () => note('proto'),
    });
    object.list = [
      Object.create(new Proxy({}, { getPrototypeOf: () => note('inner'), has: () => note('has') })),
    ];`);

  match(world.refusal(), /is a Proxy|is a function/);
  equal(world.run('ran.join()'), '');
});
