import { doesNotThrow, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { Beliefs } from './beliefs.ts';
import { Verdict } from './observer.ts';

const awake = (name: string) => ({ name, stopped: false });

test('two who believe to own what one may own are one too many', () => {
  const beliefs = new Beliefs();
  const [first, second] = [awake('a'), awake('b')];
  beliefs.begin(first, 0, 1);

  throws(() => beliefs.begin(second, 0, 1), Verdict);
});

test('one after the other is right, and so are owners of two objects, and two of two permits', () => {
  const beliefs = new Beliefs();
  const [first, second, third] = [awake('a'), awake('b'), awake('c')];
  beliefs.begin(first, 0, 1);
  beliefs.end(first);

  doesNotThrow(() => {
    beliefs.begin(second, 0, 1);
    beliefs.begin(third, 1, 2);
    beliefs.begin(first, 1, 2);
  });
});

test('who is stopped harms nobody, until it goes on and still believes', () => {
  const beliefs = new Beliefs();
  const stopped = { name: 'a', stopped: true };
  beliefs.begin(stopped, 0, 1);
  beliefs.begin(awake('b'), 0, 1);

  stopped.stopped = false;

  throws(() => beliefs.check(stopped, () => 1), Verdict);
});
