/** Something that will happen. Events of the same time happen in the order in which they were scheduled. */
export interface Scheduled {
  /** Virtual µs. */
  readonly at: number;
  readonly order: number;
  /** What it is and whom it concerns, for the hash of the run. */
  readonly kind: number;
  readonly actor: number;
  readonly run: () => void;
}

/** A binary heap: the earliest event first. */
export class EventHeap {
  readonly #items: Scheduled[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The time of the earliest event; Infinity when there is none. */
  get earliest(): number {
    return this.#items[0]?.at ?? Infinity;
  }

  push(item: Scheduled): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >>> 1;
      const parent = items[above] as Scheduled;
      if (!isBefore(item, parent)) break;
      items[at] = parent;
      at = above;
    }
    items[at] = item;
  }

  pop(): Scheduled | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      const right = items[below + 1];
      if (right !== undefined && isBefore(right, items[below] as Scheduled)) below++;
      const child = items[below] as Scheduled;
      if (!isBefore(child, last)) break;
      items[at] = child;
      at = below;
    }
    items[at] = last;
    return first;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
