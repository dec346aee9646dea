/**
 * A red-black tree of plain records, which name one another by number: it can be captured as it is, and
 * nests no deeper than a list. No way from the root is more than twice as long as another.
 */
import { RuntimeError } from '../object/index.ts';
import type { Ordered } from './plain-values.ts';

/** Numbers of nodes; 0 is none, and black. */
export interface TreeNode {
  key: Ordered;
  value: unknown;
  red: boolean;
  parent: number;
  left: number;
  right: number;
}

export interface RedBlackTree {
  root: number;
  next: number;
  readonly nodes: Map<number, TreeNode>;
}

type Side = 'left' | 'right';

export function emptyTree(): RedBlackTree {
  return { root: 0, next: 1, nodes: new Map() };
}

export function nodeAt({ nodes }: RedBlackTree, id: number): TreeNode {
  const node = nodes.get(id);
  if (node === undefined) throw new RuntimeError(`the tree has no node ${id}`);
  return node;
}

/** Number of the node of that key; 0 when there is none. */
export function findNode(tree: RedBlackTree, key: Ordered): number {
  const at = atLeast(tree, key);
  return at !== 0 && nodeAt(tree, at).key === key ? at : 0;
}

/** The node of the least key that is not below; 0 when there is none. */
export function atLeast(tree: RedBlackTree, key: Ordered): number {
  let found = 0;
  for (let at = tree.root; at !== 0;) {
    const node = nodeAt(tree, at);
    if (node.key >= key) found = at;
    at = node.key >= key ? node.left : node.right;
  }
  return found;
}

/** The node of the greatest key that is not above; 0 when there is none. */
export function atMost(tree: RedBlackTree, key: Ordered): number {
  let found = 0;
  for (let at = tree.root; at !== 0;) {
    const node = nodeAt(tree, at);
    if (node.key <= key) found = at;
    at = node.key <= key ? node.right : node.left;
  }
  return found;
}

/** The outermost node below that one, on this side; 0 below 0. */
export function outermost(tree: RedBlackTree, from: number, side: Side): number {
  let found = 0;
  for (let at = from; at !== 0; at = nodeAt(tree, at)[side]) found = at;
  return found;
}

/** The node of the next greater key; 0 when there is none. */
export function following(tree: RedBlackTree, id: number): number {
  const { right } = nodeAt(tree, id);
  if (right !== 0) return outermost(tree, right, 'left');
  let below = id;
  let at = nodeAt(tree, id).parent;
  while (at !== 0 && nodeAt(tree, at).right === below) {
    below = at;
    at = nodeAt(tree, at).parent;
  }
  return at;
}

/** The key must not be there yet. */
export function insertNode(tree: RedBlackTree, key: Ordered, value: unknown): void {
  let parent = 0;
  for (let at = tree.root; at !== 0;) {
    parent = at;
    const node = nodeAt(tree, at);
    at = key < node.key ? node.left : node.right;
  }
  const id = tree.next;
  tree.next += 1;
  tree.nodes.set(id, { key, value, red: true, parent, left: 0, right: 0 });
  if (parent === 0) tree.root = id;
  else nodeAt(tree, parent)[key < nodeAt(tree, parent).key ? 'left' : 'right'] = id;
  mendTwoReds(tree, id);
}

export function deleteNode(tree: RedBlackTree, id: number): void {
  const node = nodeAt(tree, id);
  let leaving = id;
  if (node.left !== 0 && node.right !== 0) {
    // The next greater one moves here, and its own place has no left child.
    leaving = outermost(tree, node.right, 'left');
    const { key, value } = nodeAt(tree, leaving);
    node.key = key;
    node.value = value;
  }
  const { red, parent, left, right } = nodeAt(tree, leaving);
  const child = left === 0 ? right : left;
  putInPlaceOf(tree, leaving, child);
  tree.nodes.delete(leaving);
  if (!red) mendMissingBlack(tree, child, parent);
}

function isRed(tree: RedBlackTree, id: number): boolean {
  return id !== 0 && nodeAt(tree, id).red;
}

function sideOf(tree: RedBlackTree, parent: number, child: number): Side {
  return nodeAt(tree, parent).left === child ? 'left' : 'right';
}

function opposite(side: Side): Side {
  return side === 'left' ? 'right' : 'left';
}

function putInPlaceOf(tree: RedBlackTree, old: number, by: number): void {
  const { parent } = nodeAt(tree, old);
  if (parent === 0) tree.root = by;
  else nodeAt(tree, parent)[sideOf(tree, parent, old)] = by;
  if (by !== 0) nodeAt(tree, by).parent = parent;
}

/** The node goes down on that side; its child of the other one takes its place. */
function rotate(tree: RedBlackTree, id: number, side: Side): void {
  const node = nodeAt(tree, id);
  const rising = node[opposite(side)];
  const risen = nodeAt(tree, rising);
  const between = risen[side];
  putInPlaceOf(tree, id, rising);
  node[opposite(side)] = between;
  if (between !== 0) nodeAt(tree, between).parent = id;
  risen[side] = id;
  node.parent = rising;
}

/** A red node may have a red parent: no red one has a red child afterwards. */
function mendTwoReds(tree: RedBlackTree, inserted: number): void {
  let id = inserted;
  for (let { parent } = nodeAt(tree, id); isRed(tree, parent); { parent } = nodeAt(tree, id)) {
    // A red node has a parent, since the root is black.
    const above = nodeAt(tree, parent).parent;
    const side = sideOf(tree, above, parent);
    const uncle = nodeAt(tree, above)[opposite(side)];
    nodeAt(tree, above).red = true;
    if (isRed(tree, uncle)) {
      nodeAt(tree, parent).red = false;
      nodeAt(tree, uncle).red = false;
      id = above;
      continue;
    }
    if (sideOf(tree, parent, id) !== side) {
      rotate(tree, parent, side);
      parent = id;
    }
    nodeAt(tree, parent).red = false;
    rotate(tree, above, opposite(side));
    break;
  }
  nodeAt(tree, tree.root).red = false;
}

/**
 * Ways through that node, which may be none, have one black node less than others: afterwards all have as
 * many.
 */
function mendMissingBlack(tree: RedBlackTree, short: number, below: number): void {
  let id = short;
  let parent = below;
  while (parent !== 0 && !isRed(tree, id)) {
    const side = sideOf(tree, parent, id);
    const far = opposite(side);
    if (isRed(tree, nodeAt(tree, parent)[far])) {
      nodeAt(tree, nodeAt(tree, parent)[far]).red = false;
      nodeAt(tree, parent).red = true;
      rotate(tree, parent, side);
    }
    let sibling = nodeAt(tree, nodeAt(tree, parent)[far]);
    if (!isRed(tree, sibling.left) && !isRed(tree, sibling.right)) {
      sibling.red = true;
      id = parent;
      ({ parent } = nodeAt(tree, id));
      continue;
    }
    if (!isRed(tree, sibling[far])) {
      nodeAt(tree, sibling[side]).red = false;
      sibling.red = true;
      rotate(tree, nodeAt(tree, parent)[far], far);
      sibling = nodeAt(tree, nodeAt(tree, parent)[far]);
    }
    sibling.red = nodeAt(tree, parent).red;
    nodeAt(tree, parent).red = false;
    nodeAt(tree, sibling[far]).red = false;
    rotate(tree, parent, side);
    return;
  }
  if (id !== 0) nodeAt(tree, id).red = false;
}
