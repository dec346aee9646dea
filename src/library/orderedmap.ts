import { checkInteger, checkRoom } from './checks.ts';
import { checkOrdered } from './plain-values.ts';
import type { Ordered } from './plain-values.ts';
import {
  atLeast,
  atMost,
  deleteNode,
  emptyTree,
  findNode,
  following,
  insertNode,
  nodeAt,
  outermost,
} from './red-black-tree.ts';

/**
 * Values by key, in the order of the keys, kept in a red-black tree: each call takes a time that grows with
 * the logarithm of the size. The keys are all numbers, all texts (ordered by code units) or all bigints.
 */
export class OrderedMap {
  tree = emptyTree();

  /** Sets the value of a key. Returns whether the key is new. */
  set(key: Ordered, value: unknown): boolean {
    const checked = checkKey(this, key);
    const at = findNode(this.tree, checked);
    if (at === 0) {
      checkRoom(this.tree.nodes.size);
      insertNode(this.tree, checked, value);
    } else nodeAt(this.tree, at).value = value;
    return at === 0;
  }

  /** The value of a key; undefined when it is not there. */
  get(key: Ordered): unknown {
    const at = findNode(this.tree, checkKey(this, key));
    return at === 0 ? undefined : nodeAt(this.tree, at).value;
  }

  /** Whether the key is there. */
  has(key: Ordered): boolean {
    return findNode(this.tree, checkKey(this, key)) !== 0;
  }

  /** Removes a key; false when it is not there. */
  delete(key: Ordered): boolean {
    const at = findNode(this.tree, checkKey(this, key));
    if (at !== 0) deleteNode(this.tree, at);
    return at !== 0;
  }

  /** How many keys there are. */
  size(): number {
    return this.tree.nodes.size;
  }

  /** The least key and its value, if there is any. */
  first(): [key: Ordered, value: unknown] | undefined {
    return entryAt(this, outermost(this.tree, this.tree.root, 'left'));
  }

  /** The greatest key and its value, if there is any. */
  last(): [key: Ordered, value: unknown] | undefined {
    return entryAt(this, outermost(this.tree, this.tree.root, 'right'));
  }

  /** The greatest key that is not above that one, with its value. */
  floor(key: Ordered): [key: Ordered, value: unknown] | undefined {
    return entryAt(this, atMost(this.tree, checkKey(this, key)));
  }

  /** The least key that is not below that one, with its value. */
  ceiling(key: Ordered): [key: Ordered, value: unknown] | undefined {
    return entryAt(this, atLeast(this.tree, checkKey(this, key)));
  }

  /**
   * At most so many entries in the order of the keys.
   *
   * @param from The first key is this one or above; undefined for the least.
   * @param before The last key is below this one; undefined for the greatest.
   */
  range(from?: Ordered, before?: Ordered, count = 100): [key: Ordered, value: unknown][] {
    checkInteger(count, 'count', 0);
    const end = before === undefined ? undefined : checkKey(this, before);
    let at =
      from === undefined
        ? outermost(this.tree, this.tree.root, 'left')
        : atLeast(this.tree, checkKey(this, from));
    const entries: [key: Ordered, value: unknown][] = [];
    while (at !== 0 && entries.length < count) {
      const { key, value } = nodeAt(this.tree, at);
      if (end !== undefined && key >= end) break;
      entries.push([key, value]);
      at = following(this.tree, at);
    }
    return entries;
  }

  /** Removes all keys. */
  clear(): void {
    this.tree = emptyTree();
  }

  toString(): string {
    return `OrderedMap of ${this.tree.nodes.size} keys`;
  }

  __repr__(): string {
    return `<OrderedMap size=${this.tree.nodes.size}>`;
  }
}

function checkKey({ tree }: OrderedMap, key: unknown): Ordered {
  return checkOrdered(key, 'a key', tree.nodes.get(tree.root)?.key);
}

function entryAt({ tree }: OrderedMap, at: number): [Ordered, unknown] | undefined {
  if (at === 0) return undefined;
  const { key, value } = nodeAt(tree, at);
  return [key, value];
}
