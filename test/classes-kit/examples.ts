/** Classes that look like what users write. */
import { EXAMPLES } from '../../src/state/examples-test-kit.ts';
import type { Subject } from './subject.ts';

const both = (a: number, b: number): readonly unknown[] => [a, b];
const named = (a: number, b: number): readonly unknown[] => [`n${a}`, b];

export const TEN_COUNTER: Subject = {
  source: `
/** Counts in tens. */
export class Main {
  value: number;
  constructor(value = 0) {
    this.value = value;
  }
  increment(): void {
    this.value += 10;
  }
  decrement(): void {
    this.value -= 10;
  }
  getvalue(): number {
    return this.value;
  }
  toString(): string {
    return 'The counter value is ' + this.value;
  }
}`,
  calls: { increment: () => [], decrement: () => [], getvalue: () => [], __str__: () => [] },
};

const STATE_CHART: Subject = {
  source: `
type State = 'new' | 'paid' | 'sent' | 'done' | 'lost';
const NEXT: Readonly<Record<State, readonly State[]>> = {
  new: ['paid', 'lost'], paid: ['sent', 'lost'], sent: ['done', 'lost'], done: [], lost: [],
};
export class Main {
  readonly #orders = new Map<string, { state: State; story: State[] }>();
  move(id: string, step: number): State {
    const order = this.#orders.get(id) ?? { state: 'new' as State, story: [] };
    this.#orders.set(id, order);
    const to = NEXT[order.state][step % 3];
    if (to === undefined) throw new RangeError(id + ' is ' + order.state + ': no way ' + step);
    order.story.push(order.state);
    return (order.state = to);
  }
  story(id: string) {
    return this.#orders.get(id);
  }
}`,
  calls: { move: named, story: named },
};

const RATE_LIMITER: Subject = {
  source: `
class Bucket {
  #tokens: number;
  #at = 0;
  constructor(private readonly size: number, private readonly perSecond: number) {
    this.#tokens = size;
  }
  take(now: number, count: number): boolean {
    this.#tokens = Math.min(this.size, this.#tokens + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
    if (count > this.#tokens) return false;
    this.#tokens -= count;
    return true;
  }
  get left(): number {
    return this.#tokens;
  }
}
export class Main {
  #buckets: Record<string, Bucket> = Object.create(null);
  #now = 0;
  allow(who: string, count: number) {
    this.#now += 37 * count;
    const bucket = (this.#buckets[who] ??= new Bucket(10, 1.5));
    return { ok: bucket.take(this.#now, count), left: bucket.left };
  }
}`,
  calls: { allow: named },
};

const REPLICATED_SET: Subject = {
  source: `
interface Stamp { readonly time: number; readonly who: string }
const later = (x: Stamp, y: Stamp) => x.time > y.time || (x.time === y.time && x.who > y.who);
export class LastWriterWins<T> {
  readonly added = new Map<T, Stamp>();
  readonly removed = new Map<T, Stamp>();
  set(into: 'added' | 'removed', item: T, stamp: Stamp) {
    const known = this[into].get(item);
    if (!known || later(stamp, known)) this[into].set(item, stamp);
  }
  merge(other: LastWriterWins<T>) {
    for (const into of ['added', 'removed'] as const) {
      for (const [item, stamp] of other[into]) this.set(into, item, stamp);
    }
  }
  get items(): T[] {
    return [...this.added]
      .filter(([item, at]) => !this.removed.has(item) || later(at, this.removed.get(item)!))
      .map(([item]) => item);
  }
}
export class Main {
  sites = [new LastWriterWins<string>(), new LastWriterWins<string>(), new LastWriterWins<string>()];
  clock = 0;
  write(a: number, b: number) {
    const site = this.sites[a % 3]!;
    site.set(b % 4 ? 'added' : 'removed', 'i' + (b % 3), { time: (this.clock += b), who: 's' + a });
    return site.items;
  }
  sync(a: number, b: number) {
    this.sites[a % 3]!.merge(this.sites[b % 3]!);
    return this.sites.map((site) => site.items);
  }
}`,
  calls: { write: both, sync: both },
};

const TREE: Subject = {
  source: `
class Leaf<K, V> {
  left?: Leaf<K, V>;
  right?: Leaf<K, V>;
  constructor(public key: K, public value: V, public weight: number) {}
}
function* walk<K, V>(leaf: Leaf<K, V> | undefined): Generator<readonly [K, V]> {
  if (!leaf) return;
  yield* walk(leaf.left);
  yield [leaf.key, leaf.value];
  yield* walk(leaf.right);
}
export class Main implements Iterable<readonly [number, string]> {
  protected root?: Leaf<number, string>;
  put(key: number, value: number) {
    this.root = this.#put(this.root, key, 'v' + value, (key * 7919 + 13) % 101);
    return [...this];
  }
  #put(at: Main['root'], key: number, value: string, weight: number): Leaf<number, string> {
    if (!at) return new Leaf(key, value, weight);
    if (key === at.key) return (at.value = value), at;
    const side = key < at.key ? 'left' : 'right';
    const child = (at[side] = this.#put(at[side], key, value, weight));
    if (child.weight <= at.weight) return at;
    const other = side === 'left' ? 'right' : 'left';
    at[side] = child[other];
    child[other] = at;
    return child;
  }
  range(low: number, high: number) {
    return Object.fromEntries([...this].filter(([key]) => key >= low && key <= high));
  }
  [Symbol.iterator]() {
    return walk(this.root);
  }
}`,
  calls: { put: both, range: both },
};

const shared = Object.entries(EXAMPLES).map(([name, { source, calls }]): [string, Subject] => [
  name,
  // One of them tells the meter of its scopes itself, where no loader does.
  { source: `const $: any = {};\n${source}`, programs: calls },
]);

export const CLASSES: Readonly<Record<string, Subject>> = {
  TenCounter: TEN_COUNTER,
  'a state chart': STATE_CHART,
  'a rate limiter': RATE_LIMITER,
  'a replicated set': REPLICATED_SET,
  'a tree with a generator': TREE,
  ...Object.fromEntries(shared),
};
