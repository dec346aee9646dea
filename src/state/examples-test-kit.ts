import { MORE_EXAMPLES } from './more-examples-test-kit.ts';
import type { Example } from './more-examples-test-kit.ts';

const LEDGER: Example = {
  source: `
    type Entry = { from: string; to: string; amount: bigint; at: Date };
    export class Main {
      accounts: Record<string, bigint> = {};
      entries: Entry[] = [];
      move(from: string, to: string, amount: bigint) {
        const entry = { from, to, amount, at: new Date(this.entries.length * 1000) };
        this.entries.push(entry);
        this.accounts[from] = (this.accounts[from] ?? 0n) - amount;
        this.accounts[to] = (this.accounts[to] ?? 0n) + amount;
        return this.accounts[to];
      }
      last() {
        return this.entries.at(-1)?.at.toISOString();
      }
    }`,
  calls: ['object.move("p" + a, "p" + b, BigInt(a * b) << 40n)', 'object.last()'],
};

const CACHE: Example = {
  source: `
    export class Main {
      #items = new Map<string, unknown>();
      #limit = 4;
      hits = 0;
      get(key: string) {
        if (!this.#items.has(key)) return undefined;
        const value = this.#items.get(key);
        this.#items.delete(key);
        this.#items.set(key, value);
        this.hits++;
        return value;
      }
      put(key: string, value: unknown) {
        this.#items.delete(key);
        this.#items.set(key, value);
        if (this.#items.size > this.#limit) this.#items.delete(this.#items.keys().next().value!);
        return [...this.#items.keys()].join();
      }
    }`,
  calls: ['object.get("k" + a)', 'object.put("k" + a, { b })'],
};

const QUEUE: Example = {
  source: `
    type Node<T> = { rank: number; item: T };
    export class Heap<T> {
      protected nodes: Node<T>[] = [];
      compare: 'min' | 'max' = 'min';
      push(rank: number, item: T) {
        this.nodes.push({ rank, item });
        for (let at = this.nodes.length - 1; at > 0;) {
          const up = (at - 1) >> 1;
          if (this.nodes[up].rank <= this.nodes[at].rank) break;
          [this.nodes[up], this.nodes[at]] = [this.nodes[at], this.nodes[up]];
          at = up;
        }
      }
      pop(): T | undefined {
        const top = this.nodes[0];
        const last = this.nodes.pop();
        if (this.nodes.length > 0) this.nodes[0] = last!;
        return top?.item;
      }
    }
    export class Main extends Heap<string> {
      take() {
        return this.pop() ?? 'empty';
      }
    }`,
  calls: ['object.push(a, "i" + b)', 'object.take()'],
};

const GRAPH: Example = {
  source: `
    class Node {
      edges = new Set<Node>();
      back: Node | undefined;
      constructor(
        readonly graph: Main,
        public id: number,
      ) {}
    }
    export class Main {
      nodes = new Map<number, Node>();
      node(id: number) {
        let node = this.nodes.get(id);
        if (!node) this.nodes.set(id, (node = new Node(this, id)));
        return node;
      }
      join(a: number, b: number) {
        this.node(a).edges.add(this.node(b));
        this.node(b).back = this.node(a);
        return this.reach(a).join();
      }
      cut(a: number) {
        const gone = this.node(a);
        for (const node of this.nodes.values()) node.edges.delete(gone);
        return this.nodes.delete(a);
      }
      reach(from: number) {
        const seen = new Set([this.node(from)]);
        for (const node of seen) for (const next of node.edges) seen.add(next);
        return [...seen].map((node) => node.id);
      }
    }`,
  calls: ['object.join(a, b)', 'object.cut(a)', 'object.reach(a).join()'],
};

const PRIVATE: Example = {
  source: `
    class Base {
      #n = 1;
      #log: string[] = [];
      static #made = 0;
      static get made() {
        return Base.#made;
      }
      constructor() {
        Base.#made++;
      }
      #note(what: string) {
        this.#log.push(what);
        return this.#log.length;
      }
      bump(by: number) {
        this.#n += by;
        return this.#note('bump' + this.#n);
      }
      get #twice() {
        return this.#n * 2;
      }
      set #twice(v: number) {
        this.#n = v / 2;
      }
      halve() {
        this.#twice = this.#n;
        return this.#twice;
      }
      static is(value: object) {
        return #n in value;
      }
    }
    export class Main extends Base {
      #n = 'mine';
      other: Main | undefined;
      name(text: string) {
        this.#n += text;
        return this.#n + Base.is(this) + Base.is({}) + Base.made;
      }
      spawn() {
        this.other = new Main();
        return Base.made;
      }
    }`,
  calls: [
    'object.bump(a)',
    'object.halve()',
    'object.name("n" + b)',
    'object.spawn()',
    'object.other?.bump(b)',
  ],
};

const STATICS: Example = {
  source: `
    export class Main {
      static count = 0;
      static readonly byId = new Map<number, Main>();
      static latest: Main | null = null;
      static {
        Main.count = 10;
      }
      id: number;
      constructor() {
        this.id = Main.count++;
        Main.byId.set(this.id, this);
        Main.latest = this;
      }
      more() {
        return new Main().id;
      }
      forget(id: number) {
        Main.byId.delete(id);
        return Main.byId.size + Main.latest!.id;
      }
      rename(text: string) {
        (Main as any).label = text;
        if (text === 'p3') delete (Main as any).label;
        return Object.keys(Main).join();
      }
    }`,
  calls: ['object.more()', 'object.forget(10 + a)', 'object.rename("p" + b)'],
};

const MODULE: Example = {
  source: `
    let next = 0;
    const names = new Map<string, number>();
    const settings = { limit: 5, tags: ['x'] };
    let current: object | undefined;
    export class Main {
      own = settings.tags;
      name(text: string) {
        if (!names.has(text)) names.set(text, next++);
        return names.get(text);
      }
      set(limit: number) {
        settings.limit += limit;
        settings.tags.push('t' + limit);
        return this.own === settings.tags;
      }
      take(a: number) {
        current = current && a % 2 ? undefined : { owner: this, a };
        return JSON.stringify(settings);
      }
    }`,
  calls: ['object.name("n" + a)', 'object.set(b)', 'object.take(a)'],
};

const MIXINS: Example = {
  source: `
    type Constructor<T = object> = new (...args: any[]) => T;
    function Counted<T extends Constructor>(base: T) {
      return class Counted extends base {
        count = 0;
        tick() {
          return ++this.count;
        }
      };
    }
    function Named<T extends Constructor>(base: T) {
      return class extends base {
        #label = 'x';
        label(more: string) {
          return (this.#label += more);
        }
      };
    }
    class Plain {
      base = [1];
    }
    export class Main extends Named(Counted(Plain)) {
      both(a: number) {
        return this.tick() + this.label(String(a));
      }
    }`,
  calls: ['object.both(a)', 'object.tick()', 'object.base.push(b)'],
};

const ACCESSORS: Example = {
  source: `
    export class Main {
      private celsius = 20;
      get fahrenheit() {
        return (this.celsius * 9) / 5 + 32;
      }
      set fahrenheit(value) {
        this.celsius = ((value - 32) * 5) / 9;
      }
      static get zero() {
        return -273.15;
      }
      heat(by: number) {
        this.fahrenheit += by / 3;
        return this.fahrenheit;
      }
      hide(key: string) {
        Object.defineProperty(this, key, { value: this.celsius, configurable: true });
        return Reflect.ownKeys(this).join();
      }
    }`,
  calls: ['object.heat(a)', 'object.hide("h" + b)', 'object.fahrenheit = b'],
};

const COLLECTIONS: Example = {
  source: `
    class Bag extends Map<string, number> {
      added = 0;
      override set(key: string, value: number) {
        this.added++;
        return super.set(key, (this.get(key) ?? 0) + value);
      }
    }
    class Stack extends Array<number> {
      top() {
        return this[this.length - 1];
      }
      static get [Symbol.species]() {
        return Array;
      }
    }
    class Unique extends Set<string> {
      note = '';
    }
    export class Main {
      bag = new Bag();
      stack = new Stack();
      unique = new Unique();
      add(a: number, b: number) {
        this.bag.set('k' + a, b);
        this.stack.push(a);
        this.unique.add('u' + b);
        this.unique.note += b;
        return [this.bag.size, this.bag.added, this.stack.top(), this.stack instanceof Stack].join();
      }
      pop() {
        return this.stack.pop() + ':' + this.stack.map((n) => n + 1).join() + this.unique.note;
      }
    }`,
  calls: ['object.add(a, b)', 'object.pop()'],
};

export const EXAMPLES: Readonly<Record<string, Example>> = {
  ledger: LEDGER,
  'cache with #private fields': CACHE,
  'priority queue with inheritance': QUEUE,
  'graph with cycles': GRAPH,
  '#private fields with inheritance, methods, accessors and statics': PRIVATE,
  'static fields': STATICS,
  'state of the module': MODULE,
  mixins: MIXINS,
  accessors: ACCESSORS,
  'subclasses of Map, Set and Array': COLLECTIONS,
  ...MORE_EXAMPLES,
};
