import { checkInteger, checkName, checkRoom } from './checks.ts';

/** Counts how often each of many events happened. */
export class EventCounters {
  counts = new Map<string, number>();
  sum = 0;

  /**
   * Counts an event, once or more often; returns its count. Throws RangeError where all counts together would
   * not be exact any more.
   */
  increment(event: string, by = 1): number {
    checkName(event, EVENT);
    checkInteger(by, 'by', 1);
    if (this.sum + by > Number.MAX_SAFE_INTEGER) {
      throw new RangeError(`all counts together are at most ${Number.MAX_SAFE_INTEGER}`);
    }
    if (!this.counts.has(event)) checkRoom(this.counts.size);
    const count = this.get(event) + by;
    this.counts.set(event, count);
    this.sum += by;
    return count;
  }

  /** The count of an event; 0 for what never happened. */
  get(event: string): number {
    return this.counts.get(checkName(event, EVENT)) ?? 0;
  }

  /** All counts together. */
  total(): number {
    return this.sum;
  }

  /** All counts, in the order in which they first happened. Many do not fit into one reply: see `top`. */
  all(): Map<string, number> {
    return new Map(this.counts);
  }

  /** The most frequent ones, at most 1,000; those of equal counts by their names. */
  top(count = 10): [event: string, count: number][] {
    checkInteger(count, 'count', 0, MAX_TOP);
    const top: [event: string, count: number][] = [];
    for (const one of this.counts) {
      if (top.length === count && !comesBefore(one, top.at(-1))) continue;
      top.splice(placeIn(top, one), 0, one);
      if (top.length > count) top.pop();
    }
    return top;
  }

  /** Forgets an event; returns what its count was. */
  reset(event: string): number {
    const count = this.get(event);
    this.counts.delete(event);
    this.sum -= count;
    return count;
  }

  /** Forgets all events. */
  clear(): void {
    this.counts.clear();
    this.sum = 0;
  }

  toString(): string {
    return `EventCounters of ${this.counts.size} events`;
  }

  __repr__(): string {
    return `<EventCounters events=${this.counts.size} total=${this.sum}>`;
  }
}

const EVENT = 'an event';
/** All events are looked at, and so many are kept in order meanwhile. */
const MAX_TOP = 1000;

type Counted = readonly [event: string, count: number];

function comesBefore([event, count]: Counted, other: Counted | undefined): boolean {
  if (other === undefined) return false;
  return count > other[1] || (count === other[1] && event < other[0]);
}

/** How many of those in order come before it. */
function placeIn(order: readonly Counted[], one: Counted): number {
  let [least, most] = [0, order.length];
  while (least < most) {
    const middle = (least + most) >>> 1;
    if (comesBefore(one, order[middle])) most = middle;
    else least = middle + 1;
  }
  return least;
}
