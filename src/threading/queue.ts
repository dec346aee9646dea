interface Node<Item> {
  readonly item: Item;
  before: string | undefined;
  after: string | undefined;
}

/**
 * Items in the order in which they came, each with a key of its own. All steps take the same time however
 * many there are: with a `Map` alone, what was removed at its front would be passed over again and again, and
 * callers who come and give up would wear out the budget of whoever is served next.
 *
 * Neighbours are named by their keys: a state does not become as deep as the queue is long.
 */
export class Queue<Item> {
  readonly nodes = new Map<string, Node<Item>>();
  head: string | undefined = undefined;
  tail: string | undefined = undefined;

  get size(): number {
    return this.nodes.size;
  }

  /** At the end. The key must be new. */
  push(key: string, item: Item): void {
    const last = this.nodeAt(this.tail);
    this.nodes.set(key, { item, before: this.tail, after: undefined });
    if (last === undefined) this.head = key;
    else last.after = key;
    this.tail = key;
  }

  get(key: string): Item | undefined {
    return this.nodes.get(key)?.item;
  }

  first(): Item | undefined {
    return this.nodeAt(this.head)?.item;
  }

  last(): Item | undefined {
    return this.nodeAt(this.tail)?.item;
  }

  /** Takes the first one out. */
  shift(): Item | undefined {
    return this.head === undefined ? undefined : this.remove(this.head);
  }

  /** Takes it out, wherever it stands. */
  remove(key: string): Item | undefined {
    const node = this.nodes.get(key);
    if (node === undefined) return undefined;
    this.nodes.delete(key);
    const before = this.nodeAt(node.before);
    const after = this.nodeAt(node.after);
    if (before === undefined) this.head = node.after;
    else before.after = node.after;
    if (after === undefined) this.tail = node.before;
    else after.before = node.before;
    return node.item;
  }

  /** Takes all out, in order. */
  drain(): readonly Item[] {
    const items: Item[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item);
    return items;
  }

  nodeAt(key: string | undefined): Node<Item> | undefined {
    return key === undefined ? undefined : this.nodes.get(key);
  }
}
