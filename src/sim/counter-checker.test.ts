import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { checkCounter } from './counter-checker.ts';
import type { CounterCall } from './counter-checker.ts';

const increment = (begun: number, ended: number): CounterCall => ({
  kind: 'increment',
  begun,
  ended,
});

const read = (value: number, begun: number, ended: number): CounterCall => {
  return { kind: 'read', value, begun, ended };
};

test('a history is linearizable when some order of its calls explains every result', () => {
  const overlapping = [increment(0, 10), read(1, 2, 4), read(1, 5, 6), increment(7, 20)];

  deepEqual(checkCounter([...overlapping, read(2, 21, 22)]), { kind: 'linearizable' });
});

test('a read that goes back, and one of a call that is lost, are impossible', () => {
  const back = read(0, 5, 6);
  const lost = read(0, 11, 12);

  deepEqual(checkCounter([increment(0, 10), read(1, 2, 4), back]), {
    kind: 'impossible',
    call: back,
  });
  deepEqual(checkCounter([increment(0, 10), lost]), { kind: 'impossible', call: lost });
});

test('a call of which nobody knows whether it took effect may explain a result, at any time since', () => {
  const maybe = increment(0, Infinity);

  equal(checkCounter([maybe, read(0, 5, 6), read(1, 7, 8), read(1, 9, 10)]).kind, 'linearizable');
  equal(checkCounter([maybe, read(1, 7, 8), read(0, 9, 10)]).kind, 'impossible');
});

test('a history that takes too many steps is not judged', () => {
  const calls = [increment(0, 10), read(1, 2, 4), read(0, 5, 6)];

  equal(checkCounter(calls, 0, 1000).kind, 'impossible');
  equal(checkCounter(calls, 0, 2).kind, 'unknown');
});
