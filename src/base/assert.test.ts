import { doesNotThrow, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { assert, AssertionError, present, unreachable } from './assert.ts';

test('a broken invariant stops, and says what must hold', () => {
  doesNotThrow(() => assert(true, 'one and one is two'));

  throws(() => assert(false, 'one and one is two'), {
    name: 'AssertionError',
    message: 'invariant broken: one and one is two',
  });
});

test('a variant that cannot be is named', () => {
  throws(() => unreachable({ kind: 'surprise' } as never), {
    name: 'AssertionError',
    message: 'unreachable variant: {"kind":"surprise"}',
  });
});

test('what is present is handed on, also when it is falsy', () => {
  equal(present(0, 'count'), 0);
  equal(present('', 'text'), '');
  equal(present(null, 'null'), null);

  throws(() => present(undefined, 'count'), { message: 'missing: count' });
});

test('an assertion error can be told from every other error', () => {
  equal(new AssertionError('x') instanceof Error, true);
  equal(new Error('x') instanceof AssertionError, false);
});
