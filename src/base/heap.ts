/** A binary heap: the least item first, by a number that each brings along. */
export class Heap<T> {
  readonly #items: { readonly at: number; readonly item: T }[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The least number; Infinity when there is none. */
  get least(): number {
    return this.#items[0]?.at ?? Infinity;
  }

  push(at: number, item: T): void {
    const items = this.#items;
    const entry = { at, item };
    let place = items.length;
    items.push(entry);
    while (place > 0) {
      const above = (place - 1) >>> 1;
      const parent = items[above] as (typeof items)[number];
      if (parent.at <= at) break;
      items[place] = parent;
      place = above;
    }
    items[place] = entry;
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first?.item;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= items.length) break;
      const right = items[below + 1];
      if (right !== undefined && right.at < (items[below] as typeof last).at) below++;
      const child = items[below] as typeof last;
      if (child.at >= last.at) break;
      items[place] = child;
      place = below;
    }
    items[place] = last;
    return first.item;
  }

  /** Forgets all but those of which `keep` says yes. */
  retain(keep: (item: T) => boolean): void {
    const kept = this.#items.filter(({ item }) => keep(item));
    this.clear();
    for (const { at, item } of kept) this.push(at, item);
  }

  clear(): void {
    this.#items.length = 0;
  }
}
