import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { complete } from './repl-completion.ts';

test('names are completed along a path, and nothing runs for it', () => {
  let ran = 0;
  class Base {
    enqueue(): number {
      return ++ran;
    }
    get enter(): object {
      ran++;
      return { never: 1 };
    }
  }
  class Queue extends Base {
    enrol = 1;
    'no name' = 2;
  }
  const world = { q: new Queue(), quick: { a: { b: 1 } }, text: 'abc' };

  deepEqual(complete('q.en', world), [['q.enqueue', 'q.enrol', 'q.enter'], 'q.en']);
  deepEqual(complete('x = 1 + q.enq', world), [['q.enqueue'], 'q.enq']);
  deepEqual(complete('f(qu', world), [['quick'], 'qu']);
  deepEqual(complete('quick.a.', world), [['quick.a.b'], 'quick.a.']);
  deepEqual(complete('text.toUpper', world), [['text.toUpperCase'], 'text.toUpper']);
  for (const line of ['q.enter.', 'q.enqueue().', 'nothing.at.', '"a".', 'q..']) {
    deepEqual(complete(line, world)[0], [], line);
  }
  equal(ran, 0);
});
