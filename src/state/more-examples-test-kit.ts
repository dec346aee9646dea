/** A class as somebody might write it, and calls of it; `a` and `b` are small integers. */
export interface Example {
  readonly source: string;
  readonly calls: readonly string[];
}

const ERRORS: Example = {
  source: `
    class Denied extends Error {
      constructor(
        readonly who: string,
        options?: ErrorOptions,
      ) {
        super('denied ' + who, options);
        this.name = 'Denied';
      }
    }
    export class Main {
      failures: Error[] = [];
      fail(who: string) {
        this.failures.push(new Denied(who, { cause: this.failures.at(-1) }));
        return String(this.failures.at(-1));
      }
      wrong(a: number) {
        try {
          (null as any)[a];
        } catch (error) {
          this.failures.push(error as Error);
        }
        return this.failures.map(String).join();
      }
      all() {
        return String(new AggregateError(this.failures, 'all').errors.length);
      }
    }`,
  calls: ['object.fail("w" + a)', 'object.wrong(b)', 'object.all()'],
};

const VALUES: Example = {
  source: `
    class Money {
      constructor(
        readonly amount: number,
        readonly unit: string,
      ) {
        Object.freeze(this);
      }
      plus(other: Money) {
        return new Money(this.amount + other.amount, this.unit);
      }
    }
    const ZERO = new Money(0, 'EUR');
    export class Main {
      total = ZERO;
      history: readonly Money[] = Object.freeze([]);
      pay(amount: number) {
        this.total = this.total.plus(new Money(amount, 'EUR'));
        this.history = Object.freeze([...this.history, this.total]);
        return this.total.amount;
      }
      reset() {
        this.total = ZERO;
        return Object.isFrozen(this.history) && this.total === ZERO;
      }
    }`,
  calls: ['object.pay(a / 4)', 'object.reset()'],
};

const SYMBOLS: Example = {
  source: `
    const kind = Symbol('kind');
    const hidden = Symbol.for('hidden');
    export class Main {
      [kind] = 'start';
      [hidden] = 1;
      ids: symbol[] = [];
      get [Symbol.toStringTag]() {
        return 'Tagged';
      }
      *[Symbol.iterator]() {
        yield* this.ids.map(String);
      }
      set(text: string) {
        this[kind] = text;
        this[hidden]++;
        return String(this);
      }
      fresh(a: number) {
        const id = Symbol('id' + a);
        this.ids.push(id);
        (this as any)[id] = a;
        return [...this].join();
      }
      sum() {
        return this.ids.reduce((sum, id) => sum + (this as any)[id], 0);
      }
    }`,
  calls: ['object.set("s" + a)', 'object.fresh(b)', 'object.sum()'],
};

const CLOSURES: Example = {
  source: `
    function counter(step: number) {
      let count = 0;
      let seen = [];
      if ($.scopes)
        $.scopes.add({
          step: [() => step, (v) => (step = v)],
          count: [() => count, (v) => (count = v)],
          seen: [() => seen, (v) => (seen = v)],
        });
      return {
        next: () => {
          seen.push(count);
          return (count += step);
        },
        list: () => seen.join(),
      };
    }
    const ones = counter(1),
      fives = counter(5);
    const once = (() => {
      let value: any;
      if ($.scopes) $.scopes.add({ value: [() => value, (v) => (value = v)] });
      return (make: any) => (value ??= make);
    })();
    export class Main {
      next(a: number) {
        return a % 2 ? ones.next() : fives.next();
      }
      list() {
        return ones.list() + '|' + fives.list();
      }
      one(a: number) {
        return once(a);
      }
    }`,
  calls: ['object.next(a)', 'object.list()', 'object.one(a)'],
};

const ENUMS: Example = {
  source: `
    enum Light {
      Red,
      Amber = 5,
      Green = 'go' as any,
    }
    namespace Stats {
      export let changes = 0;
      export const seen: Record<string, number> = {};
      export function count(l: Light) {
        changes++;
        seen[Light[l] ?? l] = changes;
        return changes;
      }
    }
    export class Main {
      light = Light.Red;
      change(a: number) {
        this.light = [Light.Red, Light.Amber, Light.Green][a % 3];
        return Stats.count(this.light) + JSON.stringify(Stats.seen) + Light[5];
      }
    }`,
  calls: ['object.change(a)', 'object.change(b)'],
};

const PROTOTYPES: Example = {
  source: `
    function Old(this: any, n: number) {
      this.n = n;
    }
    Old.prototype.twice = function () {
      return this.n * 2;
    };
    function thrice(this: any) {
      return this.n * 3;
    }
    export class Main {
      olds: any[] = [];
      make(n: number) {
        this.olds.push(new (Old as any)(n));
        return this.olds.length;
      }
      teach(word: string) {
        Old.prototype[word] = word === 'w1' ? thrice : word;
        return this.olds.map((o) => (o.twice?.() ?? o.n) + String(o[word]?.length)).join();
      }
      forget() {
        delete Old.prototype.w1;
        Object.setPrototypeOf(this.olds[0] ?? {}, null);
        return Reflect.ownKeys(Old.prototype).join();
      }
      derive(n: number) {
        this.olds.push(
          Object.create(this.olds.at(-1) ?? Old.prototype, { n: { value: n, writable: true } }),
        );
        return this.olds.at(-1).n;
      }
    }`,
  calls: ['object.make(a)', 'object.teach("w" + b)', 'object.forget()', 'object.derive(b)'],
};

const BYTES: Example = {
  source: `
    export class Main {
      memory = new ArrayBuffer(32);
      words = new Uint32Array(this.memory);
      view = new DataView(this.memory, 4);
      tail = this.words.subarray(4);
      floats: Float64Array[] = [];
      poke(at: number, value: number) {
        this.words[at % 8] += value * 65537;
        return this.view.getUint8(at % 28) + this.tail.join();
      }
      float(value: number) {
        this.floats.push(Float64Array.of(value / 3, -0, NaN));
        return this.floats.length;
      }
    }`,
  calls: ['object.poke(a, b)', 'object.float(a)'],
};

const LIST: Example = {
  source: `
    class Link<T> {
      next: Link<T> = this;
      previous: Link<T> = this;
      constructor(public value?: T) {}
    }
    export class Main {
      #head = new Link<number>();
      add(value: number) {
        const link = new Link(value);
        link.previous = this.#head.previous;
        link.next = this.#head;
        link.previous.next = link;
        this.#head.previous = link;
        return [...this].join();
      }
      drop() {
        const { next } = this.#head;
        this.#head.next = next.next;
        next.next.previous = this.#head;
        return next.value;
      }
      *[Symbol.iterator]() {
        for (let at = this.#head.next; at !== this.#head; at = at.next) yield at.value;
      }
    }`,
  calls: ['object.add(a)', 'object.drop()', '[...object].length'],
};

const MATRIX: Example = {
  source: `
    export class Main {
      rows: number[][] = [];
      grid: any = { 3: 'c', 1: 'a' };
      pattern = /(\\d)/g;
      boxed: any = Object(1);
      set(a: number, b: number) {
        const row = (this.rows[a] ??= []);
        if (!Object.isFrozen(row)) row[b] = a * b;
        return JSON.stringify(this.rows);
      }
      cut(a: number) {
        this.rows.length = Math.min(this.rows.length, a + 1);
        Reflect.deleteProperty(this.rows[a] ?? [], 0);
        this.grid[a] = this.pattern.exec('1 2 3');
        delete this.grid[3];
        return this.pattern.lastIndex + Object.keys(this.grid).join();
      }
      close(b: number) {
        if (b === 3) Object.freeze(this.rows[0] ?? []);
        this.boxed[b] = b;
        return Object.keys(this.boxed).join();
      }
    }`,
  calls: ['object.set(a, b)', 'object.cut(a)', 'object.close(b)'],
};

const REGISTRY: Example = {
  source: `
    abstract class Shape {
      static kinds: Record<string, any> = {};
      abstract area(): number;
      static add(kind: any) {
        Shape.kinds[kind.name] = kind;
        return kind;
      }
    }
    class Square extends Shape {
      constructor(public side = 1) {
        super();
      }
      area() {
        return this.side ** 2;
      }
    }
    class Disk extends Shape {
      constructor(public r = 1) {
        super();
      }
      area() {
        return 3 * this.r ** 2;
      }
    }
    Shape.add(Square);
    Shape.add(Disk);
    export class Main {
      shapes: Shape[] = [];
      handlers: Record<string, (n: number) => number> = { double, square: squared };
      kind: any = Square;
      draw(a: number, b: number) {
        this.kind = a % 2 ? Shape.kinds.Square : Shape.kinds.Disk;
        this.shapes.push(new this.kind(b));
        return this.shapes.map((s) => s.area()).join();
      }
      use(a: number) {
        const name = a % 2 ? 'double' : 'square';
        return this.handlers[name](a) + (this.kind === Square ? 'S' : 'D');
      }
      swap() {
        [this.handlers.double, this.handlers.square] = [this.handlers.square, this.handlers.double];
        return this.use(3);
      }
    }
    function double(n: number) {
      return n * 2;
    }
    const squared = (n: number) => n * n;`,
  calls: ['object.draw(a, b)', 'object.use(a)', 'object.swap()'],
};

export const MORE_EXAMPLES: Readonly<Record<string, Example>> = {
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
