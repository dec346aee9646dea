import { IndexError, RuntimeError } from '../object/index.ts';
import { checkPage, checkRoom } from './checks.ts';
import { checkOrdered } from './plain-values.ts';
import type { Ordered } from './plain-values.ts';

/** Numbers of nodes; 0 is none. */
interface TreeNode {
  value: Ordered;
  left: number;
  right: number;
}

/**
 * A binary search tree that is not balanced: its shape is that of the order in which values came. Equal
 * values go to the left. For many values, take an OrderedMap.
 */
export class BinaryTree {
  /** By number, so that a deep tree nests no deeper than another. */
  nodes = new Map<number, TreeNode>();
  root = 0;
  next = 1;

  /** Adds a value. Throws RuntimeError where the tree would become too deep to be walked quickly. */
  insert(value: Ordered): void {
    const checked = checkOrdered(value, 'a value', this.nodes.get(this.root)?.value);
    checkRoom(this.nodes.size);
    const id = this.next;
    let above: TreeNode | undefined;
    let at = this.root;
    for (let depth = 1; at !== 0; depth++) {
      if (depth >= MAX_DEPTH) {
        const deep = `the tree would be deeper than ${MAX_DEPTH}`;
        throw new RuntimeError(`${deep}: insert in another order, or take an OrderedMap`);
      }
      above = nodeAt(this, at);
      at = checked > above.value ? above.right : above.left;
    }
    this.nodes.set(id, { value: checked, left: 0, right: 0 });
    this.next += 1;
    if (above === undefined) this.root = id;
    else if (checked > above.value) above.right = id;
    else above.left = id;
  }

  /** The same as `insert`. */
  add_node(value: Ordered): void {
    this.insert(value);
  }

  /** Whether the value is there. */
  find(value: Ordered): boolean {
    return path(this, value).length > 0;
  }

  /** Removes one of that value; false when there is none. */
  delete(value: Ordered): boolean {
    const way = path(this, value);
    const found = way.pop();
    if (found === undefined) return false;
    const node = nodeAt(this, found);
    if (node.left === 0 || node.right === 0) {
      replace(this, way.at(-1), found, node.left === 0 ? node.right : node.left);
      return true;
    }
    // The largest on the left takes its place: what equals it stays on its left.
    let above = found;
    let at = node.left;
    for (let right = nodeAt(this, at).right; right !== 0; right = nodeAt(this, at).right) {
      above = at;
      at = right;
    }
    const largest = nodeAt(this, at);
    node.value = largest.value;
    replace(this, above, at, largest.left);
    return true;
  }

  /** The least value. Throws IndexError when the tree is empty. */
  get_min(): Ordered {
    return outermost(this, 'left');
  }

  /** The greatest value. Throws IndexError when the tree is empty. */
  get_max(): Ordered {
    return outermost(this, 'right');
  }

  /** Nodes on the longest way down; 0 for an empty tree. */
  get_depth(): number {
    let depth = 0;
    let row = this.root === 0 ? [] : [this.root];
    for (; row.length > 0; depth++) {
      row = row.flatMap((id) => {
        const { left, right } = nodeAt(this, id);
        return [left, right].filter((child) => child !== 0);
      });
    }
    return depth;
  }

  /** How many values there are. */
  get_size(): number {
    return this.nodes.size;
  }

  /** So many values from that position on, from the least to the greatest. */
  slice(start = 0, count = 100): Ordered[] {
    const [from, most] = checkPage(start, count);
    const values: Ordered[] = [];
    const way: number[] = [];
    let at = this.root;
    for (let passed = 0; values.length < most && (at !== 0 || way.length > 0);) {
      for (; at !== 0; at = nodeAt(this, at).left) way.push(at);
      const { value, right } = nodeAt(this, way.pop() ?? 0);
      if (passed >= from) values.push(value);
      passed += 1;
      at = right;
    }
    return values;
  }

  toString(): string {
    return `BinaryTree of ${this.nodes.size} values`;
  }

  __repr__(): string {
    return `<BinaryTree size=${this.nodes.size}>`;
  }
}

/** A way of so many steps is walked in a fraction of a millisecond. */
const MAX_DEPTH = 10_000;

function nodeAt({ nodes }: BinaryTree, id: number): TreeNode {
  const node = nodes.get(id);
  if (node === undefined) throw new RuntimeError(`the tree has no node ${id}`);
  return node;
}

/** Nodes from the root to the value; none when it is not there. */
function path(tree: BinaryTree, value: unknown): number[] {
  const wanted = checkOrdered(value, 'a value', tree.nodes.get(tree.root)?.value);
  const way: number[] = [];
  for (let at = tree.root; at !== 0;) {
    way.push(at);
    const node = nodeAt(tree, at);
    if (node.value === wanted) return way;
    at = wanted > node.value ? node.right : node.left;
  }
  return [];
}

function replace(tree: BinaryTree, parent: number | undefined, old: number, by: number): void {
  tree.nodes.delete(old);
  if (parent === undefined) {
    tree.root = by;
    return;
  }
  const above = nodeAt(tree, parent);
  if (above.left === old) above.left = by;
  else above.right = by;
}

function outermost(tree: BinaryTree, side: 'left' | 'right'): Ordered {
  if (tree.root === 0) throw new IndexError('the tree is empty');
  let node = nodeAt(tree, tree.root);
  while (node[side] !== 0) node = nodeAt(tree, node[side]);
  return node.value;
}
