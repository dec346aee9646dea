/** Classes that use data structures of npm packages as they come. */
import type { Subject } from './subject.ts';

const both = (a: number, b: number): readonly unknown[] => [a, b];
const first = (a: number): readonly unknown[] => [a];
const none = (): readonly unknown[] => [];

export const PACKAGES: Readonly<Record<string, Subject>> = {
  'yallist: a linked list': {
    source: `import { Yallist } from 'yallist';
export class Main {
  list = Yallist.create<number>([1, 2]);
  add(a: number, b: number) { this.list.push(a); this.list.unshift(b); return this.list.toArray(); }
  drop(a: number) { return [this.list.pop(), this.list.shift(), this.list.length, this.list.get(a)]; }
  turn() { this.list.reverse(); return this.list.map((n: number) => n * 2).toArray(); }
}`,
    calls: { add: both, drop: first, turn: none },
  },
  'denque: a queue with two ends, CommonJS': {
    source: `import Denque from 'denque';
export class Main {
  queue = new Denque<number>([1, 2, 3]);
  add(a: number, b: number) { this.queue.push(a); this.queue.unshift(b); return this.queue.toArray(); }
  take(a: number) { return [this.queue.shift(), this.queue.peekAt(a), this.queue.length]; }
  cut(a: number) { return this.queue.removeOne(a); }
}`,
    calls: { add: both, take: first, cut: first },
  },
  'mnemonist: a multiset, a trie and a map in two directions, CommonJS': {
    source: `import { BiMap, MultiSet, Trie } from 'mnemonist';
export class Main {
  words = new MultiSet<string>();
  trie = new Trie<string>();
  both = new BiMap<string, number>();
  add(a: number, b: number) {
    this.words.add('w' + a, b);
    this.trie.add('w' + a + b);
    this.both.set('w' + a, b);
    return [[...this.words.multiplicities()], this.trie.find('w' + a)];
  }
  cut(a: number) { return [this.words.delete('w' + a), this.both.inverse.get(a), this.trie.size]; }
}`,
    calls: { add: both, cut: first },
  },
  'immutable: persistent maps, lists and sets': {
    source: `import { List, Map, OrderedSet } from 'immutable';
export class Main {
  scores = Map<string, number>();
  log = List<string>();
  seen = OrderedSet<number>();
  old: unknown[] = [];
  add(a: number, b: number) {
    this.old.push(this.scores);
    this.scores = this.scores.update('k' + a, (n = 0) => n + b);
    this.log = this.log.push('k' + a);
    return this.scores.toJS();
  }
  see(a: number) {
    this.seen = this.seen.add(a);
    return [this.seen.toArray(), this.log.toArray(), this.scores.equals(this.old[a] as never)];
  }
  cut(a: number) { this.scores = this.scores.delete('k' + a); return this.scores.hashCode(); }
}`,
    calls: { add: both, see: first, cut: first },
  },
  'sorted-btree: a B+ tree, CommonJS': {
    source: `import BTree from 'sorted-btree';
export class Main {
  tree = new BTree<number, string>(undefined, undefined, 4);
  set(a: number, b: number) { this.tree.set(a * 10 + b, 'v' + b); return this.tree.toArray(); }
  cut(a: number) {
    return [this.tree.delete(a * 10), this.tree.minKey(), this.tree.maxKey(), this.tree.size];
  }
  range(a: number, b: number) { return this.tree.getRange(a, 10 * b); }
}`,
    calls: { set: both, cut: first, range: both },
  },
  'tinyqueue: a heap with an order of the user': {
    source: `import TinyQueue from 'tinyqueue';
const up = (x: number, y: number) => x - y;
export class Main {
  queue = new TinyQueue<number>([], up);
  add(a: number) { this.queue.push(a); return this.queue.data; }
  take() { return [this.queue.pop(), this.queue.peek(), this.queue.length]; }
}`,
    calls: { add: first, take: none },
  },
  'bitset: an endless set of bits': {
    source: `import BitSet from 'bitset';
export class Main {
  bits = new BitSet();
  set(a: number, b: number) { this.bits.set(a * 9 + b); return this.bits.toString(16); }
  flip(a: number, b: number) {
    this.bits.flip(a, a + b);
    return [this.bits.cardinality(), this.bits.toArray(), this.bits.msb()];
  }
  not(a: number) { return this.bits.not().get(a); }
}`,
    calls: { set: both, flip: both, not: first },
  },
  'splaytree: a tree that reads change': {
    source: `import SplayTree from 'splaytree';
export class Main {
  tree = new SplayTree<number, string>();
  add(a: number, b: number) { this.tree.add(a, 'v' + b); return this.tree.keys(); }
  cut(a: number) { this.tree.remove(a); return [this.tree.size, this.tree.toString()]; }
  find(a: number) { return this.tree.find(a)?.data; }
}`,
    calls: { add: both, cut: first, find: first },
  },
  'quick-lru: a cache with #private fields that extends Map': {
    source: `import QuickLRU from 'quick-lru';
export class Main {
  cache = new QuickLRU<string, number>({ maxSize: 3 });
  put(a: number, b: number) { this.cache.set('k' + a, b); return [...this.cache.entriesAscending()]; }
  get(a: number) { return [this.cache.get('k' + a), this.cache.size]; }
}`,
    calls: { put: both, get: first },
  },
  'rbush: a spatial index': {
    source: `import RBush from 'rbush';
type Box = { minX: number; minY: number; maxX: number; maxY: number };
export class Main {
  tree = new RBush<Box>(4);
  add(a: number, b: number) {
    this.tree.insert({ minX: a, minY: b, maxX: a + 1, maxY: b + 1 });
    return this.tree.all().length;
  }
  find(a: number) { return this.tree.search({ minX: 0, minY: 0, maxX: a, maxY: a }); }
}`,
    calls: { add: both, find: first },
  },
  'big.js: decimal numbers': {
    source: `import Big from 'big.js';
export class Main {
  sum = new Big('0.1');
  add(a: number, b: number) {
    this.sum = this.sum.plus(new Big(a).div(b + 3)).round(30);
    return this.sum.toString();
  }
  show(a: number) { return [this.sum.toFixed(a), this.sum.gt(a)]; }
}`,
    calls: { add: both, show: first },
  },
};
