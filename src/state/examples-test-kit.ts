/** A class as somebody might write it, and calls of it; `a` and `b` are small integers. */
export interface Example {
  readonly source: string;
  readonly calls: readonly string[];
}

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
      last() { return this.entries.at(-1)?.at.toISOString(); }
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
        for (let at = this.nodes.length - 1; at > 0; ) {
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
    export class Main extends Heap<string> { take() { return this.pop() ?? 'empty'; } }`,
  calls: ['object.push(a, "i" + b)', 'object.take()'],
};

const GRAPH: Example = {
  source: `
    class Node { edges = new Set<Node>(); back: Node | undefined; constructor(readonly graph: Main, public id: number) {} }
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
      #n = 1; #log: string[] = [];
      static #made = 0;
      static get made() { return Base.#made; }
      constructor() { Base.#made++; }
      #note(what: string) { this.#log.push(what); return this.#log.length; }
      bump(by: number) { this.#n += by; return this.#note('bump' + this.#n); }
      get #twice() { return this.#n * 2; }
      set #twice(v: number) { this.#n = v / 2; }
      halve() { this.#twice = this.#n; return this.#twice; }
      static is(value: object) { return #n in value; }
    }
    export class Main extends Base {
      #n = 'mine'; other: Main | undefined;
      name(text: string) { this.#n += text; return this.#n + Base.is(this) + Base.is({}) + Base.made; }
      spawn() { this.other = new Main(); return Base.made; }
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
      static { Main.count = 10; }
      id: number;
      constructor() { this.id = Main.count++; Main.byId.set(this.id, this); Main.latest = this; }
      more() { return new Main().id; }
      forget(id: number) { Main.byId.delete(id); return Main.byId.size + Main.latest!.id; }
      rename(text: string) { (Main as any).label = text; if (text === 'p3') delete (Main as any).label; return Object.keys(Main).join(); }
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
      set(limit: number) { settings.limit += limit; settings.tags.push('t' + limit); return this.own === settings.tags; }
      take(a: number) { current = current && a % 2 ? undefined : { owner: this, a }; return JSON.stringify(settings); }
    }`,
  calls: ['object.name("n" + a)', 'object.set(b)', 'object.take(a)'],
};

const MIXINS: Example = {
  source: `
    type Constructor<T = object> = new (...args: any[]) => T;
    function Counted<T extends Constructor>(base: T) {
      return class Counted extends base { count = 0; tick() { return ++this.count; } };
    }
    function Named<T extends Constructor>(base: T) {
      return class extends base { #label = 'x'; label(more: string) { return (this.#label += more); } };
    }
    class Plain { base = [1]; }
    export class Main extends Named(Counted(Plain)) { both(a: number) { return this.tick() + this.label(String(a)); } }`,
  calls: ['object.both(a)', 'object.tick()', 'object.base.push(b)'],
};

const ACCESSORS: Example = {
  source: `
    export class Main {
      private celsius = 20;
      get fahrenheit() { return (this.celsius * 9) / 5 + 32; }
      set fahrenheit(value) { this.celsius = ((value - 32) * 5) / 9; }
      static get zero() { return -273.15; }
      heat(by: number) { this.fahrenheit += by / 3; return this.fahrenheit; }
      hide(key: string) { Object.defineProperty(this, key, { value: this.celsius, configurable: true }); return Reflect.ownKeys(this).join(); }
    }`,
  calls: ['object.heat(a)', 'object.hide("h" + b)', 'object.fahrenheit = b'],
};

const COLLECTIONS: Example = {
  source: `
    class Bag extends Map<string, number> {
      added = 0;
      override set(key: string, value: number) { this.added++; return super.set(key, (this.get(key) ?? 0) + value); }
    }
    class Stack extends Array<number> { top() { return this[this.length - 1]; } static get [Symbol.species]() { return Array; } }
    class Unique extends Set<string> { note = ''; }
    export class Main {
      bag = new Bag(); stack = new Stack(); unique = new Unique();
      add(a: number, b: number) {
        this.bag.set('k' + a, b); this.stack.push(a); this.unique.add('u' + b); this.unique.note += b;
        return [this.bag.size, this.bag.added, this.stack.top(), this.stack instanceof Stack].join();
      }
      pop() { return this.stack.pop() + ':' + this.stack.map((n) => n + 1).join() + this.unique.note; }
    }`,
  calls: ['object.add(a, b)', 'object.pop()'],
};

const ERRORS: Example = {
  source: `
    class Denied extends Error { constructor(readonly who: string, options?: ErrorOptions) { super('denied ' + who, options); this.name = 'Denied'; } }
    export class Main {
      failures: Error[] = [];
      fail(who: string) { this.failures.push(new Denied(who, { cause: this.failures.at(-1) })); return String(this.failures.at(-1)); }
      wrong(a: number) { try { (null as any)[a]; } catch (error) { this.failures.push(error as Error); } return this.failures.map(String).join(); }
      all() { return String(new AggregateError(this.failures, 'all').errors.length); }
    }`,
  calls: ['object.fail("w" + a)', 'object.wrong(b)', 'object.all()'],
};

const VALUES: Example = {
  source: `
    class Money { constructor(readonly amount: number, readonly unit: string) { Object.freeze(this); }
      plus(other: Money) { return new Money(this.amount + other.amount, this.unit); } }
    const ZERO = new Money(0, 'EUR');
    export class Main {
      total = ZERO; history: readonly Money[] = Object.freeze([]);
      pay(amount: number) { this.total = this.total.plus(new Money(amount, 'EUR')); this.history = Object.freeze([...this.history, this.total]); return this.total.amount; }
      reset() { this.total = ZERO; return Object.isFrozen(this.history) && this.total === ZERO; }
    }`,
  calls: ['object.pay(a / 4)', 'object.reset()'],
};

const SYMBOLS: Example = {
  source: `
    const kind = Symbol('kind'); const hidden = Symbol.for('hidden');
    export class Main {
      [kind] = 'start'; [hidden] = 1; ids: symbol[] = [];
      get [Symbol.toStringTag]() { return 'Tagged'; }
      *[Symbol.iterator]() { yield* this.ids.map(String); }
      set(text: string) { this[kind] = text; this[hidden]++; return String(this); }
      fresh(a: number) { const id = Symbol('id' + a); this.ids.push(id); (this as any)[id] = a; return [...this].join(); }
      sum() { return this.ids.reduce((sum, id) => sum + (this as any)[id], 0); }
    }`,
  calls: ['object.set("s" + a)', 'object.fresh(b)', 'object.sum()'],
};

const CLOSURES: Example = {
  source: `
    function counter(step: number) {
      let count = 0; const seen = [];
      if ($.scopes) $.scopes.add({ step: [() => step, (v) => (step = v)], count: [() => count, (v) => (count = v)], seen: [() => seen, (v) => (seen = v)] });
      return { next: () => { seen.push(count); return (count += step); }, list: () => seen.join() };
    }
    const ones = counter(1), fives = counter(5);
    const once = (() => { let value: any; if ($.scopes) $.scopes.add({ value: [() => value, (v) => (value = v)] }); return (make: any) => (value ??= make); })();
    export class Main { next(a: number) { return a % 2 ? ones.next() : fives.next(); } list() { return ones.list() + '|' + fives.list(); } one(a: number) { return once(a); } }`.replace(
    'const seen',
    'let seen',
  ),
  calls: ['object.next(a)', 'object.list()', 'object.one(a)'],
};

const ENUMS: Example = {
  source: `
    enum Light { Red, Amber = 5, Green = 'go' as any }
    namespace Stats { export let changes = 0; export const seen: Record<string, number> = {}; export function count(l: Light) { changes++; seen[Light[l] ?? l] = changes; return changes; } }
    export class Main { light = Light.Red; change(a: number) { this.light = [Light.Red, Light.Amber, Light.Green][a % 3]; return Stats.count(this.light) + JSON.stringify(Stats.seen) + Light[5]; } }`,
  calls: ['object.change(a)', 'object.change(b)'],
};

const PROTOTYPES: Example = {
  source: `
    function Old(this: any, n: number) { this.n = n; }
    Old.prototype.twice = function () { return this.n * 2; };
    function thrice(this: any) { return this.n * 3; }
    export class Main {
      olds: any[] = [];
      make(n: number) { this.olds.push(new (Old as any)(n)); return this.olds.length; }
      teach(word: string) { Old.prototype[word] = word === 'w1' ? thrice : word; return this.olds.map((o) => o.twice() + String(o[word]?.length)).join(); }
      forget() { delete Old.prototype.w1; Object.setPrototypeOf(this.olds[0] ?? {}, null); return Reflect.ownKeys(Old.prototype).join(); }
      derive(n: number) { this.olds.push(Object.create(this.olds.at(-1) ?? null, { n: { value: n, writable: true } })); return this.olds.at(-1).n; }
    }`
    .replace('o.twice()', '(o.twice?.() ?? o.n)')
    .replace(/at\(-1\) \?\? null/, 'at(-1) ?? Old.prototype'),
  calls: ['object.make(a)', 'object.teach("w" + b)', 'object.forget()', 'object.derive(b)'],
};

const BYTES: Example = {
  source: `
    export class Main {
      memory = new ArrayBuffer(32); words = new Uint32Array(this.memory); view = new DataView(this.memory, 4); tail = this.words.subarray(4);
      floats: Float64Array[] = [];
      poke(at: number, value: number) { this.words[at % 8] += value * 65537; return this.view.getUint8(at % 28) + this.tail.join(); }
      float(value: number) { this.floats.push(Float64Array.of(value / 3, -0, NaN)); return this.floats.length; }
    }`,
  calls: ['object.poke(a, b)', 'object.float(a)'],
};

const LIST: Example = {
  source: `
    class Link<T> { next: Link<T> = this; previous: Link<T> = this; constructor(public value?: T) {} }
    export class Main {
      #head = new Link<number>();
      add(value: number) { const link = new Link(value); link.previous = this.#head.previous; link.next = this.#head; link.previous.next = link; this.#head.previous = link; return [...this].join(); }
      drop() { const { next } = this.#head; this.#head.next = next.next; next.next.previous = this.#head; return next.value; }
      *[Symbol.iterator]() { for (let at = this.#head.next; at !== this.#head; at = at.next) yield at.value; }
    }`,
  calls: ['object.add(a)', 'object.drop()', '[...object].length'],
};

const MATRIX: Example = {
  source: `
    export class Main {
      rows: number[][] = []; grid: any = { 3: 'c', 1: 'a' }; pattern = /(\\d)/g; boxed: any = Object(1);
      set(a: number, b: number) { (this.rows[a] ??= [])[b] = a * b; return JSON.stringify(this.rows); }
      cut(a: number) { this.rows.length = Math.min(this.rows.length, a + 1); delete this.rows[a]?.[0]; this.grid[a] = this.pattern.exec('1 2 3'); delete this.grid[3]; return this.pattern.lastIndex + Object.keys(this.grid).join(); }
      close(b: number) { if (b === 3) Object.freeze(this.rows[0] ?? []); this.boxed[b] = b; return Object.keys(this.boxed).join(); }
    }`
    .replace(
      '(this.rows[a] ??= [])[b] = a * b;',
      'const row = (this.rows[a] ??= []); if (!Object.isFrozen(row)) row[b] = a * b;',
    )
    .replace('delete this.rows[a]?.[0]', 'Reflect.deleteProperty(this.rows[a] ?? [], 0)'),
  calls: ['object.set(a, b)', 'object.cut(a)', 'object.close(b)'],
};

const REGISTRY: Example = {
  source: `
    abstract class Shape { static kinds: Record<string, any> = {}; abstract area(): number; static add(kind: any) { Shape.kinds[kind.name] = kind; return kind; } }
    class Square extends Shape { constructor(public side = 1) { super(); } area() { return this.side ** 2; } }
    class Disk extends Shape { constructor(public r = 1) { super(); } area() { return 3 * this.r ** 2; } }
    Shape.add(Square); Shape.add(Disk);
    export class Main {
      shapes: Shape[] = []; handlers: Record<string, (n: number) => number> = { double, square: squared }; kind: any = Square;
      draw(a: number, b: number) { this.kind = a % 2 ? Shape.kinds.Square : Shape.kinds.Disk; this.shapes.push(new this.kind(b)); return this.shapes.map((s) => s.area()).join(); }
      use(a: number) { const name = a % 2 ? 'double' : 'square'; return this.handlers[name](a) + (this.kind === Square ? 'S' : 'D'); }
      swap() { [this.handlers.double, this.handlers.square] = [this.handlers.square, this.handlers.double]; return this.use(3); }
    }
    function double(n: number) { return n * 2; }
    const squared = (n: number) => n * n;`,
  calls: ['object.draw(a, b)', 'object.use(a)', 'object.swap()'],
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
  'subclasses of Error': ERRORS,
  'frozen values': VALUES,
  'fields with symbols for keys': SYMBOLS,
  'variables of functions': CLOSURES,
  'an enum and a namespace': ENUMS,
  'changed prototypes': PROTOTYPES,
  'views of one buffer': BYTES,
  'a ring of links': LIST,
  'arrays with holes': MATRIX,
  'classes and functions as values': REGISTRY,
};
