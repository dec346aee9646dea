import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert, integer, property, string } from 'fast-check';
import { contextWorlds, pieces } from './realm-test-kit.ts';
import { message } from './shared-tests-test-kit.ts';

const make = await contextWorlds();
const world = pieces(make, {
  texts: 'return [args[0].toSorted(), args[0].sort(), args[0]]',
  stable: `const list = args[0].map((key, at) => ({ key, at }));
    const by = (a, b) => a.key - b.key;
    return [list.toSorted(by).map(({ at }) => at), list.sort(by).map(({ at }) => at)]`,
  floats:
    'const list = new Float64Array(args[0]); return [...list.toSorted((a, b) => b - a), ...list.sort()]',
  asked: `const asked = []; const by = (a, b) => { asked.push([a, b]); return args[1]; };
    return [[...args[0]].sort(by), [...new Int32Array(args[0]).sort(by)], asked]`,
  holes: `const list = [3, , undefined, 1]; list[6] = 2; const copy = list.toSorted();
    return [Object.keys(list.sort()), list.length, list.slice(0, 4), copy, copy.length]`,
  alike: `const like = { 0: 'b', 2: 'a', length: 3 }; Array.prototype.sort.call(like);
    return [Object.entries(like), Array.prototype.toSorted.call('bca')]`,
  converted: `let asked = 0; const each = (text) => ({ toString() { asked++; return text; } });
    return [[each('c'), each('a'), each('b')].sort().map(String).join(''), asked]`,
  wrong: '[2, 1].sort(args[0])',
  bigint: '[2, 1].sort(() => 1n)',
  throwing: `const list = [3, 1, 2]; const by = () => { throw new Error('no'); };
    try { list.sort(by); } catch (error) { $.alive(error); }
    return list`,
});

test('sorts as the language says', () => {
  assert(
    property(array(string()), array(integer({ min: 0, max: 9 })), (texts, keys) => {
      const sorted = texts.toSorted();
      deepEqual(world.call('texts', texts), [sorted, sorted, sorted]);
      const order = keys.map((key, at) => ({ key, at })).sort((a, b) => a.key - b.key);
      const places = order.map(({ at }) => at);
      deepEqual(world.call('stable', keys), [places, places]);
      const up = keys.toSorted((a, b) => a - b);
      deepEqual(world.call('floats', keys), [...up.toReversed(), ...up]);
    }),
  );
});

test('a comparator that contradicts itself is asked the same, whatever the engine', () => {
  const pairs = (...asked: readonly (readonly number[])[]): unknown => [...asked, ...asked];
  deepEqual(world.call('asked', [3, 1, 2], 1), [
    [2, 1, 3],
    [2, 1, 3],
    pairs([3, 1], [3, 2], [1, 2]),
  ]);
  deepEqual(world.call('asked', [3, 1, 2], Number.NaN), [
    [3, 1, 2],
    [3, 1, 2],
    pairs([3, 1], [1, 2]),
  ]);
});

test('undefined comes last, then holes', () => {
  const [keys, length, list, copy, copied] = world.call('holes') as unknown[];
  deepEqual(keys, ['0', '1', '2', '3']);
  equal(length, 7);
  deepEqual(list, [1, 2, 3, undefined]);
  deepEqual(copy, [1, 2, 3, undefined, undefined, undefined, undefined]);
  equal(copied, 7);
});

test('takes whatever has a length', () => {
  deepEqual(world.call('alike'), [
    [
      ['0', 'a'],
      ['1', 'b'],
      ['length', 3],
    ],
    ['a', 'b', 'c'],
  ]);
});

test('an element becomes a text once', () => {
  deepEqual(world.call('converted'), ['abc', 6]);
});

test('what is wrong is an error, and the list stays as it was', () => {
  equal(
    message(world, 'wrong', 5),
    'The comparison function must be either a function or undefined',
  );
  equal(message(world, 'bigint'), 'Cannot convert a BigInt value to a number');
  deepEqual(world.call('throwing'), [3, 1, 2]);
});
