/** SharedMap, SharedSet and Value. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { KeyError, ValueError } from '../object/index.ts';
import { addDeadline, dropEarliest } from './deadlines.ts';
import type { Deadline } from './deadlines.ts';
import { Replicated } from './library-test-kit.ts';
import { equalValues, identify } from './plain-values.ts';

const MAP = 'sharedmap.SharedMap';
const NO_KEYS: readonly unknown[] = [NaN, {}, [{}], new Map(), new Date(0), undefined];

test('keys are equal by content', () => {
  const map = new Replicated(MAP);
  const keys = ['1', 1, 1n, true, null, ['1'], [1], [[1]], [], '', 'null', -1.5];
  for (const [at, key] of keys.entries()) map.call('set', key, at);

  for (const [at, key] of keys.entries()) equal(map.read('get', key), at);
  equal(map.call('set', [1], 'other'), keys.length + 1);
  equal(map.read('size'), keys.length);
  map.call('set', -0, 'zero');
  equal(map.read('get', 0), 'zero');
  for (const key of NO_KEYS) {
    for (const method of ['set', 'delete', 'setIfAbsent']) map.refuses(TypeError, method, key, 1);
  }
});

test('a version never comes again, so that a change between is always seen', () => {
  const map = new Replicated(MAP);
  const first = map.call('setIfAbsent', 'k', 'a');
  equal(map.call('setIfAbsent', 'k', 'b'), undefined);
  equal(map.call('delete', 'k'), true);
  map.call('set', 'k', 'a');

  equal(map.call('compareAndSet', 'k', first, 'c'), undefined);
  equal(map.call('compareAndDelete', 'k', first), false);
  const { version } = map.read('entry', 'k') as { version: number };
  equal(map.call('compareAndSet', 'k', version, 'c'), version + 1);
  equal(map.call('compareAndDelete', 'k', version + 1), true);
  equal(map.call('compareAndSet', 'k', 0, 'd'), version + 2);
  map.refuses(RangeError, 'compareAndSet', 'k', -1, 'e');
  map.refuses(TypeError, 'compareAndSet', 'k', '3', 'e');
  map.refuses(RangeError, 'compareAndDelete', 'k', 0);
});

test('an entry ends by the time of the log, and only its readers need the log', () => {
  const map = new Replicated(MAP);
  map.call('set', 'for ever', 1);
  map.call('set', 'lease', 2, { ttlMs: 1000 });

  equal(map.reads('get', 'for ever'), true);
  equal(map.reads('get', 'lease'), false);
  equal(map.reads('size'), false);
  map.time += 999;
  equal(map.read('get', 'lease'), 2);
  map.time += 1;
  equal(map.read('get', 'lease'), undefined);
  equal(map.read('has', 'lease'), false);
  equal(map.call('delete', 'lease'), false);
  equal(map.read('size'), 1);
  equal(map.reads('size'), true);
  equal(map.call('setIfAbsent', 'lease', 3), 3);
});

test('the end of an entry can be moved, and goes with the next value', () => {
  const map = new Replicated(MAP);
  map.call('set', 'a', 1, { ttlMs: 10 });
  map.call('expire', 'a', 20);
  map.call('set', 'b', 1, { ttlMs: 10 });
  map.call('set', 'b', 2);
  map.call('set', 'c', 1, { ttlMs: 10 });
  map.call('expire', 'c');
  map.call('set', 'n', 1, { ttlMs: 10 });
  equal(map.call('increment', 'n'), 2);
  map.time += 10;

  deepEqual(map.read('keys'), ['a', 'b', 'c']);
  map.move();
  map.time += 10;
  deepEqual(map.read('slice'), [
    ['b', 2],
    ['c', 1],
  ]);
  map.refuses(KeyError, 'expire', 'a', 10);
});

test('wrong options are refused', () => {
  const map = new Replicated(MAP);

  map.refuses(ValueError, 'set', 'k', 1, { ttl: 10 });
  map.refuses(TypeError, 'set', 'k', 1, 10);
  for (const ttlMs of [0, -1, 0.5, NaN, Infinity])
    map.refuses(RangeError, 'set', 'k', 1, { ttlMs });
  for (const ttlMs of ['10', null, 10n]) map.refuses(TypeError, 'set', 'k', 1, { ttlMs });
});

test('only integers are incremented, and exactly', () => {
  const map = new Replicated(MAP);
  equal(map.call('increment', 'n'), 1);
  equal(map.call('increment', 'n', -5), -4);
  map.call('set', 'text', '1');
  map.call('set', 'large', Number.MAX_SAFE_INTEGER);

  map.refuses(TypeError, 'increment', 'text');
  map.refuses(RangeError, 'increment', 'large');
  map.refuses(RangeError, 'increment', 'n', 0.5);
});

test('deadlines of former values do not pile up', () => {
  const replicated = new Replicated(MAP);
  for (let turn = 0; turn < 500; turn++) replicated.call('set', 'k', turn, { ttlMs: 1000 });

  equal(replicated.read('__repr__'), '<SharedMap size=1 revision=500>');
  equal(replicated.capturedBytes < 4000, true, `${replicated.capturedBytes} bytes`);
});

const key = fc.constantFrom<string | number>('a', 'b', 'c', 1, 2);
const ttl = fc.constantFrom(undefined, 5, 10, 50);
const step = fc.record({
  method: fc.constantFrom('set', 'setIfAbsent', 'cas', 'delete', 'expire', 'wait', 'look'),
  key,
  ttl,
  value: fc.nat(100),
});

interface Known {
  value: unknown;
  version: number;
  end: number;
}

test('a map does what a table does whose entries end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new Replicated(MAP);
      const model = new Map<unknown, Known>();
      let revision = 0;
      for (const { method, key: name, ttl: ttlMs, value } of steps) {
        if (method === 'wait') map.time += value;
        for (const [one, { end }] of model) if (end <= map.time) model.delete(one);
        const known = model.get(name);
        const next = { value, version: revision + 1, end: map.time + (ttlMs ?? Infinity) };
        const options = ttlMs === undefined ? [] : [{ ttlMs }];
        const guess = value % 2 === 0 ? (known?.version ?? 0) : value;
        const sets =
          method === 'set' ||
          (method === 'setIfAbsent' && known === undefined) ||
          (method === 'cas' && guess === (known?.version ?? 0));
        if (method === 'set' || method === 'setIfAbsent') {
          equal(map.call(method, name, value, ...options), sets ? next.version : undefined);
        }
        if (method === 'cas') {
          const result = map.call('compareAndSet', name, guess, value, ...options);
          equal(result, sets ? next.version : undefined);
        }
        if (method === 'delete') equal(map.call('delete', name), model.delete(name));
        if (method === 'expire' && known === undefined)
          map.refuses(KeyError, 'expire', name, ttlMs);
        if (method === 'expire' && known !== undefined) map.call('expire', name, ttlMs);
        if (sets) model.set(name, next);
        else if (method === 'expire' && known !== undefined) {
          model.set(name, { ...next, value: known.value });
        } else continue;
        revision += 1;
      }
      map.move();
      for (const [one, { end }] of model) if (end <= map.time) model.delete(one);
      equal(map.read('size'), model.size);
      for (const [one, { value, version }] of model) {
        equal(map.read('get', one), value);
        equal((map.read('entry', one) as Known).version, version);
      }
    }),
  );
});

test('a set says what was new, what was there, and gives its members in their order', () => {
  const set = new Replicated('sharedset.SharedSet');
  equal(set.call('add', 'b'), true);
  equal(set.call('add', 'b'), false);
  equal(set.call('addAll', ['a', 'b', ['a', 1], ['a', 1]]), 2);

  deepEqual(set.read('members'), ['b', 'a', ['a', 1]]);
  deepEqual(set.read('slice', 1, 1), ['a']);
  equal(set.read('has', ['a', 1]), true);
  equal(set.read('hasAll', ['a', 'c']), false);
  equal(set.call('discard', 'c'), false);
  set.call('remove', 'a');
  set.refuses(KeyError, 'remove', 'a');
  for (const value of NO_KEYS) {
    for (const method of ['add', 'remove', 'discard']) set.refuses(TypeError, method, value);
    set.refuses(TypeError, 'addAll', ['new', value]);
  }
  set.refuses(TypeError, 'addAll', 'text');
  set.move();
  equal(set.read('size'), 2);
  set.call('clear');
  equal(set.read('__str__'), 'SharedSet of 0 values');
});

test('of those who compare and set the same value, one succeeds', () => {
  const value = new Replicated('value.Value');
  equal(value.read('getvalue'), null);
  equal(value.call('compareAndSet', null, { a: [1, new Map([['k', 2]])] }), true);
  equal(value.call('compareAndSet', null, 'late'), false);

  equal(value.call('compareAndSet', { a: [1, new Map([['k', 2]])] }, 'b'), true);
  equal(value.call('compareVersionAndSet', 1, 'late'), undefined);
  equal(value.call('compareVersionAndSet', 2, 'c'), 3);
  equal(value.call('setvalue', 'd'), 4);
  value.move();
  deepEqual(value.read('read'), ['d', 4]);
  equal(value.read('getversion'), 4);
  value.refuses(TypeError, 'compareVersionAndSet', '4', 'e');
  value.call('__concoordinit__', 'first');
  deepEqual(value.read('read'), ['first', 0]);
});

const plain = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true });

test('values are equal by content, whatever they are made of', () => {
  fc.assert(
    fc.property(plain, (value) => {
      equal(equalValues(value, structuredClone(value)), true);
      equal(equalValues([value], [value, value]), false);
      equal(equalValues({ a: value }, { b: value }), false);
    }),
  );
  const different = [0, -0, 1n, '0', null, undefined, [], {}, new Map(), new Set(), new Date(0)];
  for (const a of different) {
    for (const b of different) equal(equalValues(a, b), Object.is(a, b));
  }
  equal(equalValues(new Uint8Array([1]), new Uint8Array([1])), true);
  equal(equalValues(new Uint8Array([1]), new Uint8Array([2])), false);
  equal(equalValues(new Error('a'), new Error('a')), true);
  equal(equalValues(new Error('a'), new Error('b')), false);
});

test('the earliest deadline comes first, in whatever order they were added', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), (times) => {
      const heap: Deadline[] = [];
      for (const [version, at] of times.entries()) addDeadline(heap, { at, id: 'k', version });
      const order: number[] = [];
      for (let [first] = heap; first !== undefined; [first] = heap) {
        order.push(first.at);
        dropEarliest(heap);
      }
      deepEqual(
        order,
        times.toSorted((a, b) => a - b),
      );
    }),
  );
});

test('two keys share a text only if they are equal', () => {
  const { key: one } = fc.letrec((tie) => ({
    key: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.double({ noNaN: true }),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('key'), { maxLength: 3 }),
    ),
  }));
  fc.assert(
    fc.property(one, one, (a, b) => {
      const equalKeys = equalValues(withoutMinusZero(a), withoutMinusZero(b));
      equal(identify(a, 'a') === identify(b, 'b'), equalKeys);
    }),
  );
});

function withoutMinusZero(value: unknown): unknown {
  return Array.isArray(value) ? value.map(withoutMinusZero) : value === 0 ? 0 : value;
}
