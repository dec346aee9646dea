import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { compile, same, twins } from './state-test-kit.ts';

const BAG = compile('export class Bag { held: any; }');

test('an object of a class comes back with its fields', () => {
  const both = twins(
    BAG,
    'object = new module.Bag(); object.held = { a: [1, -0, "x"], b: new Map([[1, 2]]) };',
  );

  equal(
    same(both, 'object instanceof module.Bag && JSON.stringify(object.held)'),
    '{"a":[1,0,"x"],"b":{}}',
  );
  equal(same(both, 'Object.is(object.held.a[1], -0) && object.held.b.get(1)'), '2');
});
