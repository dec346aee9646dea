import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { Machine } from '../object/index.ts';
import { Counter } from './counter.ts';
import { builtInNames, findBuiltIn } from './registry.ts';

test('a counter counts up and down from where it begins', () => {
  const counter = new Counter();
  counter.increment();
  counter.increment();
  counter.decrement();

  equal(counter.getvalue(), 1);
  equal(String(counter), 'The counter value is 1');
  equal(new Counter(-5).getvalue(), -5);
});

test('a count begins with a finite number, whatever untyped callers pass', () => {
  for (const rubbish of ['x', '5', {}, null, true, 5n, NaN, Infinity]) {
    throws(() => new Counter(rubbish as number), TypeError);
  }
  throws(() => new Counter('x' as never), /a finite number, not string/);
  equal(new Counter(undefined).getvalue(), 0);
});

test('a count that would not be exact any more is refused, and stays as it was', () => {
  const counter = new Counter(Number.MAX_SAFE_INTEGER - 1);
  counter.increment();
  throws(() => counter.increment(), RangeError);
  equal(counter.getvalue(), Number.MAX_SAFE_INTEGER);
  const low = new Counter(-Number.MAX_SAFE_INTEGER);
  throws(() => low.decrement(), RangeError);
  throws(() => new Counter(2 ** 60), RangeError);
});

test('every built-in is found by the name that users give, and can be run', () => {
  for (const name of builtInNames()) {
    const type = findBuiltIn(name);

    ok(type !== undefined);
    equal(type.name, name);
    ok(new Machine(type).capture().length > 0);
  }
  equal(findBuiltIn('concoord.object.counter.Counter')?.construct, Counter);
  equal(findBuiltIn('constructor'), undefined);
});

test('the reads of a counter are those that change nothing', () => {
  const reads = findBuiltIn('concoord.object.counter.Counter')?.methods.filter(({ read }) => read);

  deepEqual(
    reads?.map(({ name }) => name),
    ['getvalue', '__str__', '__repr__'],
  );
});
