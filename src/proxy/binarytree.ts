import { invoke, ObjectProxy } from '../client/index.ts';

/** What has an order: numbers among numbers, texts among texts (by code units, not by a locale). */
export type Ordered = string | number | bigint;

/**
 * A replicated object (`concoord.object.binarytree.BinaryTree`). A binary search tree that is not
 * balanced: its shape is that of the order in which values came. Equal values go to the left. For many
 * values, take an OrderedMap.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class BinaryTree extends ObjectProxy {
  /** Adds a value. Rejects with `RuntimeError` where the tree would become too deep to be walked quickly. */
  insert(value: Ordered): Promise<void> {
    return invoke(this, 'insert', [value]);
  }

  /** The same as `insert`. */
  add_node(value: Ordered): Promise<void> {
    return invoke(this, 'add_node', [value]);
  }

  /** Whether the value is there. */
  find(value: Ordered): Promise<boolean> {
    return invoke(this, 'find', [value]);
  }

  /** Removes one of that value; false when there is none. */
  delete(value: Ordered): Promise<boolean> {
    return invoke(this, 'delete', [value]);
  }

  /** The least value. Rejects with `IndexError` when the tree is empty. */
  get_min(): Promise<Ordered> {
    return invoke(this, 'get_min', []);
  }

  /** The greatest value. Rejects with `IndexError` when the tree is empty. */
  get_max(): Promise<Ordered> {
    return invoke(this, 'get_max', []);
  }

  /** Nodes on the longest way down; 0 for an empty tree. */
  get_depth(): Promise<number> {
    return invoke(this, 'get_depth', []);
  }

  /** How many values there are. */
  get_size(): Promise<number> {
    return invoke(this, 'get_size', []);
  }

  /** So many values from that position on, from the least to the greatest. */
  slice(start?: number, count?: number): Promise<Ordered[]> {
    return invoke(this, 'slice', [start, count]);
  }

  /** Replaces the object by a fresh one on every replica. */
  __concoordinit__(): Promise<void> {
    return invoke(this, '__concoordinit__', []);
  }

  /** The object's `toString()`. */
  __str__(): Promise<string> {
    return invoke(this, '__str__', []);
  }

  /** The object's `__repr__()`. */
  __repr__(): Promise<string> {
    return invoke(this, '__repr__', []);
  }
}
