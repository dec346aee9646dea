/** BinaryTree and OrderedMap against sorted arrays. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { IndexError, RuntimeError } from '../object/index.ts';
import { BinaryTree } from './binarytree.ts';
import { Replicated, RUBBISH } from './library-test-kit.ts';
import { OrderedMap } from './orderedmap.ts';
import { nodeAt } from './red-black-tree.ts';
import type { RedBlackTree } from './red-black-tree.ts';

const key = fc.integer({ min: 0, max: 30 });

test('a binary tree has a root of its own, and the shape of the order in which values came', () => {
  const tree = new Replicated('binarytree.BinaryTree');
  for (const one of [4, 2, 6, 1, 3]) tree.call('insert', one);
  tree.call('add_node', 7);

  equal(tree.read('find', 3), true);
  equal(tree.read('find', 5), false);
  deepEqual(
    ['get_min', 'get_max', 'get_depth', 'get_size'].map((method) => tree.read(method)),
    [1, 7, 3, 6],
  );
  equal(tree.call('delete', 4), true);
  equal(tree.call('delete', 4), false);
  deepEqual(tree.read('slice'), [1, 2, 3, 6, 7]);
  equal(tree.read('__repr__'), '<BinaryTree size=5>');
});

test('an empty tree has no least value, and a depth of 0', () => {
  const tree = new Replicated('binarytree.BinaryTree');

  tree.refuses(IndexError, 'get_min');
  tree.refuses(IndexError, 'get_max');
  equal(tree.read('get_depth'), 0);
  equal(tree.call('delete', 1), false);
  deepEqual(tree.read('slice'), []);
});

test('only what has an order with the others is taken', () => {
  for (const [name, method] of [
    ['binarytree.BinaryTree', 'insert'],
    ['orderedmap.OrderedMap', 'set'],
  ] as const) {
    const tree = new Replicated(name);
    for (const rubbish of [...RUBBISH, [1]]) tree.refuses(TypeError, method, rubbish, 0);
    tree.call(method, 'text', 0);
    for (const other of [1, 1n, NaN]) tree.refuses(TypeError, method, other, 0);
    tree.call('delete', 'text');
    tree.call(method, 1n, 0);
    tree.move();
    tree.refuses(TypeError, method, 1, 0);
  }
});

test('a binary tree refuses to become too deep, and goes on with other values', () => {
  const tree = new BinaryTree();
  const fill = (): void => {
    for (let one = 0; one <= 10_000; one++) tree.insert(one);
  };
  let refused: unknown;
  try {
    fill();
  } catch (error) {
    refused = error;
  }

  ok(refused instanceof RuntimeError);
  equal(tree.get_depth(), 10_000);
  equal(tree.get_size(), 10_000);
  tree.insert(-1);
  equal(tree.get_min(), -1);
});

test('a binary tree does what a sorted array does', () => {
  const step = fc.tuple(fc.constantFrom('insert', 'insert', 'delete'), key);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const tree = new Replicated('binarytree.BinaryTree');
      const model: number[] = [];
      for (const [method, one] of steps) {
        const at = model.indexOf(one);
        equal(tree.read('find', one), at >= 0);
        const result = tree.call(method, one);
        if (method === 'insert') model.push(one);
        else equal(result, at >= 0);
        if (method === 'delete' && at >= 0) model.splice(at, 1);
      }
      tree.move();
      const sorted = model.toSorted((a, b) => a - b);
      deepEqual(tree.read('slice', 0, 1000), sorted);
      deepEqual(tree.read('slice', 2, 3), sorted.slice(2, 5));
      equal(tree.read('get_size'), model.length);
    }),
  );
});

test('an ordered map does what a sorted array does, and stays a red-black tree', () => {
  const step = fc.tuple(fc.constantFrom('set', 'set', 'delete'), key, fc.string());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), key, key, (steps, from, before) => {
      const map = new OrderedMap();
      const model = new Map<number, string>();
      for (const [method, one, value] of steps) {
        if (method === 'set') equal(map.set(one, value), !model.has(one));
        else equal(map.delete(one), model.delete(one));
        if (method === 'set') model.set(one, value);
        expectRedBlack(map.tree);
      }
      const sorted = [...model].toSorted(([a], [b]) => a - b);
      equal(map.size(), model.size);
      for (let one = 0; one <= 30; one++) {
        equal(map.get(one), model.get(one));
        equal(map.has(one), model.has(one));
        deepEqual(
          map.floor(one),
          sorted.findLast(([other]) => other <= one),
        );
        deepEqual(
          map.ceiling(one),
          sorted.find(([other]) => other >= one),
        );
      }
      deepEqual(map.range(), sorted);
      const between = sorted.filter(([other]) => other >= from && other < before);
      deepEqual(map.range(from, before), between);
      deepEqual(
        map.range(from, undefined, 2),
        sorted.filter(([other]) => other >= from).slice(0, 2),
      );
      deepEqual([map.first(), map.last()], [sorted[0], sorted.at(-1)]);
    }),
  );
});

test('keys that come in their order make no deep tree', () => {
  const map = new OrderedMap();
  for (let one = 0; one < 4096; one++) map.set(one, one);
  const depth = expectRedBlack(map.tree);

  ok(depth <= 24, `4096 keys lie at most 24 deep, not ${depth}`);
  for (let one = 0; one < 4096; one += 2) map.delete(one);
  ok(expectRedBlack(map.tree) <= 24);
  equal(map.size(), 2048);
});

test('an ordered map goes on from its captured state', () => {
  const map = new Replicated('orderedmap.OrderedMap');
  for (const one of ['b', 'c', 'a']) map.call('set', one, one);
  map.move();

  equal(map.call('set', 'b', 'new'), false);
  equal(map.call('delete', 'a'), true);
  deepEqual(map.read('range'), [
    ['b', 'new'],
    ['c', 'c'],
  ]);
  map.refuses(RangeError, 'range', 'a', 'b', -1);
  map.refuses(TypeError, 'range', 1);
  map.call('clear');
  equal(map.read('first'), undefined);
  equal(map.read('__repr__'), '<OrderedMap size=0>');
});

/** The rules of such a tree. Returns its depth. */
function expectRedBlack(tree: RedBlackTree): number {
  let reached = 0;
  const walk = (
    id: number,
    parent: number,
    parentRed: boolean,
  ): [blacks: number, depth: number] => {
    if (id === 0) return [1, 0];
    reached += 1;
    const node = nodeAt(tree, id);
    equal(node.parent, parent, 'a child knows its parent');
    ok(!(node.red && parentRed), 'no red node has a red child');
    const [left, leftDepth] = walk(node.left, id, node.red);
    const [right, rightDepth] = walk(node.right, id, node.red);
    equal(left, right, 'all ways down have as many black nodes');
    return [left + (node.red ? 0 : 1), 1 + Math.max(leftDepth, rightDepth)];
  };
  const [, depth] = walk(tree.root, 0, true);
  equal(reached, tree.nodes.size, 'every node is reached');
  return depth;
}
