/** Queue, Stack, Log and LinkedList against arrays. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { IndexError, KeyError, RuntimeError } from '../object/index.ts';
import { Replicated, RUBBISH } from './library-test-kit.ts';
import { Queue } from './queue.ts';

const value = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.array(fc.integer()));

test('a queue gives what came first, under both sets of names', () => {
  const queue = new Replicated('queue.Queue');
  queue.call('put', 'a');
  queue.call('append', { b: [1] });
  queue.call('put', undefined);

  deepEqual(queue.read('get_queue'), ['a', { b: [1] }, undefined]);
  equal(queue.call('get'), 'a');
  deepEqual(queue.call('remove'), { b: [1] });
  equal(queue.read('qsize'), 1);
  equal(queue.read('get_size'), 1);
  equal(queue.read('empty'), false);
  equal(queue.call('get'), undefined);
  equal(queue.read('empty'), true);
  queue.refuses(IndexError, 'get');
  queue.refuses(IndexError, 'remove');
  queue.refuses(IndexError, 'peek');
});

test('a full queue refuses, and takes more when something has left', () => {
  const queue = new Replicated('queue.Queue');
  queue.call('__concoordinit__', 2);
  for (const item of [1, 2]) queue.call('put', item);

  equal(queue.read('full'), true);
  queue.refuses(RuntimeError, 'put', 3);
  queue.call('get');
  queue.call('put', 3);
  deepEqual(queue.read('get_queue'), [2, 3]);
  equal(queue.read('__repr__'), '<Queue size=2 maxsize=2>');
  for (const size of RUBBISH.filter((one) => one !== undefined)) {
    const error = typeof size === 'number' ? RangeError : TypeError;
    queue.refuses(error, '__concoordinit__', size);
  }
  queue.refuses(RangeError, '__concoordinit__', -1);
  equal(new Queue().full(), false);
});

test('a queue and a stack do what arrays do', () => {
  const step = fc.oneof(
    fc.record({ method: fc.constantFrom('append', 'pop'), value, start: fc.constant(0) }),
    fc.record({ method: fc.constant('slice'), value: fc.constant(null), start: fc.nat(5) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = new Replicated('queue.Queue');
      const stack = new Replicated('stack.Stack');
      const [queued, stacked]: [unknown[], unknown[]] = [[], []];
      for (const { method, value: item, start } of steps) {
        if (method === 'append') {
          queue.call('append', item);
          stack.call('append', item);
          queued.push(item);
          stacked.push(item);
        } else if (method === 'slice') {
          deepEqual(queue.read('slice', start, 3), queued.slice(start, start + 3));
          deepEqual(stack.read('slice', start, 3), stacked.slice(start, start + 3));
        } else if (queued.length === 0) {
          queue.refuses(IndexError, 'get');
          stack.refuses(IndexError, 'pop');
        } else {
          deepEqual(queue.read('peek'), queued[0]);
          deepEqual(stack.read('peek'), stacked.at(-1));
          deepEqual(queue.call('get'), queued.shift());
          deepEqual(stack.call('pop'), stacked.pop());
        }
        queue.move();
        stack.move();
      }
      deepEqual(queue.read('get_queue'), queued);
      deepEqual(stack.read('get_stack'), stacked);
      equal(stack.read('get_size'), stacked.length);
    }),
  );
});

test('a log is replaced by what is written, and longer by what is appended', () => {
  const log = new Replicated('log.Log');
  log.call('append', 'lost');
  log.call('write', 'one');
  log.call('append', 'two');

  equal(log.read('read'), 'one two');
  equal(log.read('__str__'), 'one two');
  equal(log.read('__repr__'), '<Log entries=2>');
  deepEqual(log.read('slice', 1), ['two']);
  equal(log.read('length'), 2);
  for (const method of ['write', 'append']) {
    for (const entry of [...RUBBISH, 1]) log.refuses(TypeError, method, entry);
  }
  log.refuses(RangeError, 'slice', -1);
  log.refuses(RangeError, 'slice', 0, 0.5);
  log.refuses(TypeError, 'slice', '0');
});

test('elements of a list keep their numbers, which never come again', () => {
  const list = new Replicated('linkedlist.LinkedList');
  const b = list.call('pushBack', 'b');
  const a = list.call('pushFront', 'a');
  const c = list.call('insertAfter', b, 'c');

  equal(list.read('first'), a);
  equal(list.read('last'), c);
  equal(list.read('next', a), b);
  equal(list.read('previous', a), undefined);
  equal(list.read('next', c), undefined);
  equal(list.call('remove', b), 'b');
  equal(list.read('next', a), c);
  list.refuses(KeyError, 'get', b);
  list.refuses(KeyError, 'insertBefore', b, 'x');
  list.call('clear');
  equal(list.read('first'), undefined);
  list.refuses(IndexError, 'popFront');
  list.refuses(IndexError, 'popBack');
  equal(list.call('pushBack', 'd'), 4);
  for (const rubbish of [...RUBBISH, '4'].filter((one) => typeof one !== 'number')) {
    list.refuses(TypeError, 'remove', rubbish);
    list.refuses(TypeError, 'insertAfter', rubbish, 1);
  }
  list.refuses(RangeError, 'remove', 0);
});

const change = fc.record({
  method: fc.constantFrom(
    ...['pushFront', 'pushBack', 'insertBefore', 'insertAfter', 'remove', 'set', 'popFront'],
    'popBack',
  ),
  at: fc.nat(),
  value,
});

test('a linked list does what an array does', () => {
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const list = new Replicated('linkedlist.LinkedList');
      const model: { element: unknown; value: unknown }[] = [];
      for (const one of changes) changeBoth(list, model, one);
      list.move();
      const values = model.map((element) => element.value);
      deepEqual(list.read('slice', 0, 1000), values);
      equal(list.read('size'), model.length);
      for (const [at, { element }] of model.entries()) {
        equal(list.read('previous', element), model[at - 1]?.element);
        equal(list.read('next', element), model[at + 1]?.element);
        const first = model.find((other) => same(other.value, values[at]));
        equal(list.read('find', values[at]), first?.element);
      }
    }),
  );
});

function changeBoth(
  list: Replicated,
  model: { element: unknown; value: unknown }[],
  { method, at, value: item }: { method: string; at: number; value: unknown },
): void {
  const index = model.length === 0 ? -1 : at % model.length;
  const found = model[index];
  if (method === 'pushFront') model.unshift({ element: list.call(method, item), value: item });
  if (method === 'pushBack') model.push({ element: list.call(method, item), value: item });
  if (found === undefined || method.startsWith('push')) return;
  if (method === 'insertBefore' || method === 'insertAfter') {
    const added = { element: list.call(method, found.element, item), value: item };
    model.splice(method === 'insertBefore' ? index : index + 1, 0, added);
  }
  if (method === 'remove')
    deepEqual(list.call(method, found.element), model.splice(index, 1)[0]?.value);
  if (method === 'popFront') deepEqual(list.call(method), model.shift()?.value);
  if (method === 'popBack') deepEqual(list.call(method), model.pop()?.value);
  if (method === 'set') {
    list.call(method, found.element, item);
    found.value = item;
  }
}

function same(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
