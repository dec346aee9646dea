import { present } from '../base/index.ts';
import { ABSENT, FOREIGN, notHere } from './absent.ts';
import {
  ARGUMENTS_PER_DEPTH,
  BIGINT_FUEL,
  BUILT_IN_DEPTH,
  ELEMENT_BYTES,
  ERROR_FUEL,
  FAR,
  FUEL,
  LONG_NAME,
  MAX_BIGINT_BITS,
  MAX_BOUND_CHAIN,
  MAX_CHAIN,
  MAX_DEPTH,
  MAX_TEXT,
  MEMORY,
  NUMERAL_SHIFT,
  SHORT_TEXT,
  TEXT_SHIFT,
  THROW_FUEL,
} from './costs.ts';
import { Chains } from './chains.ts';
import { forgetStack } from './error-world.ts';
import { drain } from './drain.ts';
import { chargeFields, chargeInherited } from './fields.ts';
import { Slot } from './floats.ts';
import { Stores } from './stores.ts';
import type { Scope } from '../state/index.ts';

/** What is thrown when a call is killed. Nobody sees it: whoever catches it throws it again. */
class Exhausted extends Error {
  override readonly name = 'Exhausted';
}

const KILLED = Object.freeze(new Exhausted('the call has spent what it may spend'));

/** What a call may spend, and how it is told to whoever has spent it. */
const BUDGETS = {
  turns: `work (turns of loops, calls, what is copied) than its ${FUEL} turns`,
  depth: `calls inside one another than its ${MAX_DEPTH}`,
  memory: `memory for arrays, texts and buffers than its ${MEMORY / 1024 / 1024} MiB`,
  text: `units in one text than its ${MAX_TEXT}`,
  bigint: `bits in one bigint than its ${MAX_BIGINT_BITS}`,
  chain: `objects in one chain of prototypes than its ${MAX_CHAIN}`,
  bound: `functions bound one to another than its ${MAX_BOUND_CHAIN}`,
} as const;

export type Budget = keyof typeof BUDGETS;

/** The engine's own words when its stack ends: at another depth on every machine. */
export const STACK_ENDED = 'Maximum call stack size exceeded';

const BIGINT_BOUNDS = BIGINT_FUEL.map(([bits, fuel]) => ({ bound: 1n << BigInt(bits), fuel }));

const ABSENT_NAMES: ReadonlySet<string> = new Set(ABSENT.map(([name]) => name));

const FOREIGN_NAMES: ReadonlyMap<string, string> = new Map(FOREIGN);

const isArray: (value: unknown) => value is unknown[] = Array.isArray;

const LARGEST_BIGINT = 1n << BigInt(MAX_BIGINT_BITS);
const SMALL_BIGINT = 1n << 64n;

/**
 * Counts what a call spends: the `$` of instrumented code (docs/world.md). It alone decides when a call is
 * killed, by what is the same on every replica: turns, calls, lengths; never by time or by what is free.
 *
 * A killed call cannot go on: `dead` stays set, and every further tick throws again. What it has left behind
 * is taken away with its world.
 */
export class Meter {
  /** Below 0 nothing goes on. */
  fuel = FUEL;
  depth = 0;
  readonly maxDepth = MAX_DEPTH;
  dead = false;
  /** The budget that had an end first. Instrumented code looks at two, and does not say which. */
  #spent: Budget = 'turns';
  /** Something was made that a state cannot hold, and that may have got into it. */
  made = false;
  /** Set while the module is evaluated: variables that functions inside a scope use are state. */
  scopes: Set<Scope> | undefined;
  /**
   * Patterns with a rest element take `value[$.rest]` apart, an array, in place of the value: they would run
   * an iterator without an end, in which nothing ticks. Named as in the messages of the language.
   */
  readonly rest: symbol = Symbol('Symbol.iterator');
  /** Whether built-ins are charged: not for what the realm does for itself. */
  metering = false;
  #memory = MEMORY;
  readonly #chains = new Chains(() => this.exhausted('chain'));
  /** For built-ins that put something into objects. */
  readonly stores = new Stores(this);
  /** Into what instrumented code is about to put something. */
  o: unknown;

  /** Before each call: all get the same. */
  begin(): void {
    this.fuel = FUEL;
    this.depth = 0;
    this.dead = false;
    this.made = false;
    this.#memory = MEMORY;
    this.#chains.begin();
    this.stores.begin();
    this.o = undefined;
    this.metering = true;
  }

  end(): void {
    this.metering = false;
  }

  /**
   * Does something of the realm's own for nothing: what is remembered from call to call must not be charged
   * to the one that happens to be first. It may run no code of users.
   */
  free<T>(step: () => T): T {
    const { metering } = this;
    this.metering = false;
    try {
      return step();
    } finally {
      this.metering = metering;
    }
  }

  /** After a kill: `more calls inside one another than its 1000`. */
  get excess(): string {
    return `more ${BUDGETS[this.#spent]}`;
  }

  exhausted(budget: Budget = this.depth > this.maxDepth ? 'depth' : 'turns'): never {
    if (!this.dead) this.#spent = budget;
    this.dead = true;
    this.fuel = -1;
    throw KILLED;
  }

  /** The engine's stack had an end, and no `catch` of the object has met that. */
  stackEnded(): void {
    if (!this.dead) this.#spent = 'depth';
    this.dead = true;
  }

  /** First thing in every `catch`: a call that is killed catches nothing, nor does one without a stack. */
  alive(error: unknown): void {
    if (this.dead || endedStack(error)) this.exhausted('depth');
    // The engine takes long to throw one of its own; whoever catches makes more of them.
    this.charge(error instanceof Error ? ERROR_FUEL : THROW_FUEL);
    forgetStack(error);
  }

  /** Spends `fuel`, before the work is done. */
  charge(fuel: number): void {
    if (!this.metering) return;
    // Written so that NaN ends the call, too.
    const left = this.fuel - Math.ceil(fuel);
    if (left >= 0) this.fuel = left;
    else this.exhausted('turns');
  }

  /** Spends memory, before it is allocated. */
  allocate(bytes: number): void {
    if (!this.metering) return;
    this.#memory -= bytes;
    if (!(this.#memory >= 0)) this.exhausted('memory');
    this.charge(bytes / 64);
  }

  /** A built-in that may call back; `leave` it in a `finally`. */
  enter(): void {
    this.depth += BUILT_IN_DEPTH;
    if (this.metering && (this.depth > this.maxDepth || --this.fuel < 0)) this.exhausted();
  }

  leave(): void {
    this.depth -= BUILT_IN_DEPTH;
  }

  /** The result of what may have made a string. */
  text<T>(value: T): T {
    if (typeof value === 'string') {
      if (value.length > SHORT_TEXT) this.length(value.length);
    } else if (typeof value === 'bigint') this.big(value);
    return value;
  }

  /** A string of so many units is made. */
  length(units: number): void {
    if (!this.metering) return;
    this.bound(units);
    this.charge(units / (1 << TEXT_SHIFT));
  }

  /** A string of so many units is made, which has been paid for. */
  bound(units: number): void {
    if (this.metering && !(units <= MAX_TEXT)) this.exhausted('text');
  }

  /** The result of arithmetic that may have made a large bigint. */
  big<T>(value: T): T {
    if (typeof value !== 'bigint') return value;
    const size = value < 0n ? -value : value;
    if (size < SMALL_BIGINT || !this.metering) return value;
    if (size >= LARGEST_BIGINT) this.exhausted('bigint');
    this.charge(bigintFuel(size));
    return value;
  }

  /** What is spread into an array or taken by a rest element, as an array. */
  items(values: Iterable<unknown>): readonly unknown[] {
    return drain(this, values);
  }

  /** Whether `typeof` of a global of that name must not read it, and says that there is none. */
  absent(name: string): boolean {
    return ABSENT_NAMES.has(name);
  }

  /** Stands where code names what only other worlds have. */
  lacking(name: string): never {
    throw notHere(name, present(FOREIGN_NAMES.get(name), 'the loader writes only listed names'));
  }

  /** What is spread into an object: it is copied. */
  own<T>(value: T): T {
    if (this.metering) chargeFields(this, value);
    return value;
  }

  /** What `for (… in value)` goes through: the engine lists all of it before the first turn. */
  fields<T>(value: T): T {
    if (this.metering) chargeInherited(this, value);
    return value;
  }

  /** What a new object inherits from: the prototype in a literal, or of a function that makes some. */
  inherit<T>(prototype: T): T {
    if (this.metering) this.#chains.expectShort(prototype);
    return prototype;
  }

  /** What a class extends. */
  parent<T>(parent: T): T {
    if (this.metering) this.#chains.expectParent(parent);
    return parent;
  }

  /** An object gets another prototype. */
  link(object: unknown, prototype: unknown): void {
    if (this.metering) this.#chains.expectLink(object, prototype);
  }

  /** `list.length = length`: the engine makes room for all of it at once. */
  resize<T>(list: { length: T }, length: T): T {
    this.stores.settle();
    if (Array.isArray(list) && typeof length === 'number' && length > list.length) {
      this.allocate((length - list.length) * ELEMENT_BYTES);
    }
    list.length = length;
    return length;
  }

  /** A computed name by which a property is read. */
  key(key: unknown): unknown {
    return typeof key === 'number' || !this.metering ? key : this.stores.read(key);
  }

  /** One under which a new object holds something. */
  put(key: unknown): unknown {
    return typeof key === 'number' || !this.metering ? key : this.stores.name(key);
  }

  /** One under which `target` gets something. */
  far(target: unknown, key: unknown): unknown {
    if (typeof key === 'number') {
      if (key < FAR || !isArray(target) || key < target.length + FAR) return key;
    }
    return this.metering ? this.stores.place(target, key) : key;
  }

  /** Something whose length is set in another way than by `list.length = n`. */
  grow<T>(target: T): T {
    if (this.metering) this.stores.grow(target);
    return target;
  }

  /** What is put where an array of floats may be: all replicas put the same bits there. */
  nan<T>(value: T): T {
    return value !== value ? (Number.NaN as T) : value;
  }

  /** Where an assignment puts what it computes. */
  slot(target: unknown, key: unknown): Slot {
    return new Slot(target, this.far(target, key));
  }

  /** What an operator reads as a number. */
  num<T>(value: T): T {
    if (typeof value === 'string') this.numeral(value);
    return value;
  }

  numeral(text: string): void {
    if (text.length > LONG_NAME) this.charge(text.length / (1 << NUMERAL_SHIFT));
  }

  /** What is spread into arguments, as an array: arguments lie on a stack. */
  spread(values: Iterable<unknown>): readonly unknown[] {
    const list = drain(this, values);
    this.stacked(list.length);
    return list;
  }

  /** So many arguments are put on the stack, on top of what lies there. */
  stacked(args: number): void {
    if (this.metering && !(this.depth + args / ARGUMENTS_PER_DEPTH <= this.maxDepth)) {
      this.exhausted('depth');
    }
  }
}

export function endedStack(error: unknown): boolean {
  if (!(error instanceof RangeError)) return false;
  return Object.getOwnPropertyDescriptor(error, 'message')?.value === STACK_ENDED;
}

/** @param size Not negative. */
export function bigintFuel(size: bigint): number {
  for (const { bound, fuel } of BIGINT_BOUNDS) if (size < bound) return fuel;
  return Number.POSITIVE_INFINITY;
}
