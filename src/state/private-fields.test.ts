import { equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { isProxy, PrivateMap, PrivateSet, recordOf } from './private-fields.ts';
import { same, twins, World, compile } from './state-test-kit.ts';

test('a private field holds a value for each object, also for frozen ones', () => {
  const [first, second] = [new PrivateMap(), new PrivateMap()];
  const brand = new PrivateSet();
  const value = Object.freeze({});

  first.set(value, 1).set(value, 2);
  second.set(value, 3);
  brand.add(value);

  equal(first.get(value), 2);
  equal(second.get(value), 3);
  ok(brand.has(value) && first.has(value));
  ok(!first.has({}) && !brand.has(5) && first.get('x') === undefined);
  equal(recordOf(value)?.length, 6);
  equal(Reflect.ownKeys(value).length, 0);
});

test('only objects have private fields, and no data of a user is taken', () => {
  throws(() => new PrivateMap().set('text', 1), TypeError);
  throws(() => new PrivateMap([[{}, 1]]), /use a Map or a Set/);
  throws(() => new PrivateSet([{}]), /use a Map or a Set/);
});

test('a proxy has fields of its own, and is known for what it is', () => {
  const world = World.of('export class Main {}');

  equal(
    world.run(`
    const ran = [];
    const target = {};
    const field = new WeakMap();
    const proxy = new Proxy(target, { get: () => ran.push('get'), has: () => ran.push('has') });
    field.set(proxy, 1);
    [
      field.has(target),
      field.get(proxy),
      ran.length,
      proxy instanceof Object,
      typeof Proxy.revocable({}, {}).revoke,
    ].join();`),
    'false,1,0,true,function',
  );
  equal(isProxy({}), false);
});

test('classes with private members behave as they do when they are not lowered', () => {
  const source = `
    class Base {
      #a = 1;
      static #count = 0;
      #m() {
        return this.#a;
      }
      static read(o: any) {
        return o.#a;
      }
      static has(o: any) {
        return #a in o;
      }
      get #twice() {
        return this.#a * 2;
      }
      set #twice(v) {
        this.#a = v;
      }
      static bump() {
        return ++Base.#count;
      }
      twice() {
        this.#twice = 21;
        return this.#twice + this.#m();
      }
    }
    export class Main extends Base {
      #a = 'own';
      constructor() {
        super();
        Object.freeze(this);
      }
      change() {
        this.#a += '!';
        return this.#a;
      }
      wrong() {
        return Base.read({});
      }
    }
    export { Base };`;
  const both = twins(
    compile(source),
    'object = new module.Main(); module.Base.bump(); object.change();',
  );

  const ask = `
    let wrong = '';
    try {
      object.wrong();
    } catch (error) {
      wrong = error.name;
    }
    [
      module.Base.bump(),
      object.twice(),
      object.change(),
      module.Base.has(object),
      module.Base.has({}),
      wrong,
      Object.isFrozen(object),
    ].join()`;
  equal(same(both, ask), '2,63,own!!,true,false,TypeError,true');
});
