import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import {
  BrokenBarrierError,
  IndexError,
  KeyError,
  RuntimeError,
  ValueError,
} from './error-classes.ts';
import { reviveError } from './errors.ts';

test('what an object throws is an instance of the same class at the client', () => {
  const types = [BrokenBarrierError, IndexError, KeyError, RuntimeError, ValueError];

  for (const type of [...types, TypeError, RangeError, SyntaxError, Error]) {
    const sent = new type('reason');

    const received = reviveError({ name: sent.name, message: sent.message });

    ok(received instanceof type, type.name);
    equal(received.constructor, type);
    equal(received.name, type.name);
    equal(received.message, 'reason');
  }
});

test('an error of a class that only the object knows keeps its name', () => {
  for (const name of ['BankError', 'constructor', '__proto__', '']) {
    const received = reviveError({ name, message: 'm' });

    equal(received.constructor, Error);
    equal(received.name, name);
    equal(String(received), name === '' ? 'm' : `${name}: m`);
  }
});

test('a broken barrier is a runtime error, as in the original', () => {
  ok(new BrokenBarrierError('reset') instanceof RuntimeError);
});
