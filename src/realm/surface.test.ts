import { deepEqual, equal, notEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { constants, createContext, runInContext } from 'node:vm';
import type { RealmFunctions } from './index.ts';
import { contextWorlds, manifestOf, pieces, World } from './realm-test-kit.ts';
import { message } from './shared-tests-test-kit.ts';
import { realmText } from '../loading/realm-text.ts';

const realm = await realmText();

type Start = (code: string, manifest: string) => RealmFunctions;

/** All names that code can come by, in the order in which it finds them. */
const LIST = `
class List {
  list() {
    const found = new Set();
    const names = [];
    const look = (path, value) => {
      if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return;
      if (found.has(value)) return;
      found.add(value);
      for (const key of Reflect.ownKeys(value)) {
        const own = Reflect.getOwnPropertyDescriptor(value, key);
        const { value: held, get, set, ...flags } = own;
        const plain = typeof held === 'object' || typeof held === 'function' ? typeof held : held;
        names.push(path + '.' + String(key) + JSON.stringify(flags) + String(plain));
        for (const part of [held, get, set]) look(path + '.' + String(key), part);
      }
      look(path + '.__proto__', Reflect.getPrototypeOf(value));
    };
    look('', globalThis);
    const syntax = [function* () {}, [].values(), new Map().keys(), new Set().keys(), ''.matchAll(/x/g),
      Iterator.from({ next() {} }), ''[Symbol.iterator](), (function () { return arguments; })()];
    syntax.forEach((value, at) => look('syntax ' + at, value));
    return names.join('\\n');
  }
}
return { List };`;

/** The names in a world on an engine that `change` has made another one. */
function listing(change: string): string {
  const context = createContext(constants.DONT_CONTEXTIFY);
  runInContext(change, context);
  const start = runInContext(realm, context) as Start;
  const made = start(LIST, JSON.stringify(manifestOf('List', 'list')));
  const apply = (batch: Uint8Array): Uint8Array => Uint8Array.from(made.apply(batch));
  return String(new World({ ...made, apply }).call('list'));
}

const MORE = `
  Map.prototype.getOrInsert = function getOrInsert(key, value) {};
  Object.defineProperty(Array.prototype, Symbol('newest'), { value: 1, configurable: true });
  Math.newest = () => 1;
  globalThis.Temporal = { Now: {} };
  Uint8Array.fromHex = (text) => text;
  Iterator.prototype.newest = function newest() {};
`;

const OTHER_ORDER = `
  const first = (holder, key) => {
    const keys = Reflect.ownKeys(holder).filter((each) => each !== key);
    for (const each of [key, ...keys]) {
      const own = Reflect.getOwnPropertyDescriptor(holder, each);
      if (own.configurable) Reflect.defineProperty((delete holder[each], holder), each, own);
    }
  };
  first(Math, 'trunc');
  first(Map.prototype, 'has');
  first(Reflect, 'set');
  first(globalThis, 'JSON');
  first(String.prototype, 'at');
`;

for (const [what, change] of Object.entries({ more: MORE, 'another order': OTHER_ORDER })) {
  test(`on an engine whose built-ins have ${what}, objects find the same`, () => {
    const context = createContext(constants.DONT_CONTEXTIFY);
    const keys =
      'JSON.stringify([globalThis, Math, Map.prototype].map((each) => Reflect.ownKeys(each)))';
    const before: unknown = runInContext(keys, context);
    runInContext(change, context);
    notEqual(runInContext(keys, context), before, 'it is another engine');

    deepEqual(listing(change).split('\n'), listing('').split('\n'));
  });
}

test('an engine that lacks something, or keeps it, makes no world', () => {
  throws(() => listing('delete Map.groupBy'), { message: /the engine has no Map\.groupBy/ });
  const kept = "Object.defineProperty(Set.prototype, 'kept', { value: 1 })";
  throws(() => listing(kept), { message: /the engine keeps Set\.prototype\.kept/ });
});

test('the listing sees what there is', () => {
  const names = listing('').split('\n');
  equal(names.filter((name) => name.startsWith('.Map.prototype.get{')).length, 1);
  equal(
    names.some((name) => name.startsWith('.Temporal')),
    false,
  );
});

test('where engines have different words for an error, it has ours', async () => {
  const make = await contextWorlds();
  const world = pieces(make, {
    call: 'return Math.max.call.call(1)',
    apply: 'return Math.max.apply.apply(1)',
    power: 'return Math.pow(2n, -1n)',
  });
  equal(message(world, 'call'), 'call and apply are methods of functions');
  equal(message(world, 'apply'), 'call and apply are methods of functions');
  equal(message(world, 'power'), 'the exponent of a bigint is not negative');
});

test('errors that the engine holds within its own have no stack either', async () => {
  const make = await contextWorlds();
  const dispose = `const stack = new DisposableStack();
    for (const key of ['a', 'b', 'c']) stack.defer(() => null[key]);
    try { stack.dispose(); } catch (error) {
      $.alive(error);
      const all = [error, error.error, error.suppressed, error.suppressed.error, error.suppressed.suppressed];
      return all.map((each) => [each.name, Object.hasOwn(each, 'stack')]);
    }`;
  const [outer, ...inner] = pieces(make, { dispose }).call('dispose') as unknown[];

  deepEqual(outer, ['SuppressedError', false]);
  deepEqual(
    inner.filter((each) => (each as unknown[])[1] === true),
    [],
  );
  equal(inner.length, 4);
});

test('an error of ours that an object keeps is state', async () => {
  const make = await contextWorlds();
  const methods = {
    keep: 'try { Intl; } catch (error) { $.alive(error); this.kept = error; }',
    tell: `const { kept } = this;
      return [kept.name, kept.message, kept instanceof Error, kept.constructor.name]`,
  };
  const world = pieces(make, methods);
  world.call('keep');

  const state = world.realm.capture();

  deepEqual(pieces(make, methods, state).call('tell'), world.call('tell'));
});
