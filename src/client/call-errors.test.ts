import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, located } from './call-errors.ts';

const CALLER = { what: 'wait()', signal: undefined } as const;

test('what an object throws says by which call, and shows nothing of the engine', () => {
  const thrown = new RangeError('too much');
  const silent = new Error();

  equal(located(thrown, 'take()'), thrown);
  located(silent, 'put()');

  equal(thrown.stack, 'RangeError: too much\n    at take(), called by a proxy');
  equal(silent.stack, 'Error\n    at put(), called by a proxy');
  equal(located('no error', 'take()'), 'no error');
});

test('an error that cannot be changed stays as it is', () => {
  const thrown = new Error('frozen');
  const { stack } = thrown;

  equal(located(Object.freeze(thrown), 'take()'), thrown);

  equal(thrown.stack, stack);
});

test('the advice fits what is known of the outcome', () => {
  const advice = (code: 'ABORTED' | 'TIMEOUT', outcome: 'applied' | 'not-applied' | 'unknown') =>
    errorOf(CALLER, { code, message: 'given up', outcome, requestId: undefined }, undefined).remedy;

  for (const code of ['ABORTED', 'TIMEOUT'] as const) {
    equal(/had no effect|before it had any effect/.test(advice(code, 'not-applied')), true);
    equal(/stands/.test(advice(code, 'applied')), true);
    equal(/outcome\(\)/.test(advice(code, 'unknown')), true);
  }
});
