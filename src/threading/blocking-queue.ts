import { BlockingReturn, IndexError, roster, RuntimeError } from '../object/bundled.ts';
import type { CallerCommand, Place } from '../object/bundled.ts';
import { checkCount, readAcquire, readRelease } from './arguments.ts';
import type { AcquireOptions, ReleaseOptions } from './arguments.ts';
import { Queue } from './queue.ts';

/** An item with its place in the order of all that ever were put. */
interface Numbered {
  readonly at: number;
  readonly item: unknown;
}

interface Taken extends Numbered {
  readonly command: CallerCommand;
  readonly owner: string;
}

/** Who waits for an item, or with one for room. */
type Waiter = { readonly command: CallerCommand; readonly owner: string } & (
  | { readonly kind: 'get' | 'take' }
  | { readonly kind: 'put'; readonly item: unknown }
);

const NO_TIME = "can't specify a timeout for a non-blocking call";
const EMPTY = 'the queue is empty';

/**
 * Items in the order in which they were put. `get` hands an item over for good. `take` hands it over until it
 * is `done`: a taker that gives it up, or is gone, leaves it to the next one, before all that came later.
 */
export class DBlockingQueue implements Place {
  /** 0 for as many as come. */
  readonly maxsize: number;
  /** Without holes, from `first` on. */
  readonly items = new Map<number, unknown>();
  first = 0;
  next = 0;
  /** What was taken and has come back; the oldest at the end. All are older than `items`. */
  readonly back: Numbered[] = [];
  /** By the key of the call. */
  readonly taken = new Queue<Taken>();
  /** Those who wait: all for items, or all for room. */
  readonly line = new Queue<Waiter>();

  /** @throws ValueError for a size below 0. */
  constructor(maxsize = 0) {
    this.maxsize = checkCount(maxsize, 'maxsize');
  }

  /** Items that can be had. */
  get size(): number {
    return this.items.size + this.back.length;
  }

  get isFull(): boolean {
    return this.maxsize > 0 && this.size >= this.maxsize;
  }

  /**
   * Adds an item at the end, and waits for room if need be.
   *
   * @throws RuntimeError where it must not wait, or its time is over.
   */
  put(item: unknown, command?: CallerCommand): void;
  put(item: unknown, options: AcquireOptions | undefined, command?: CallerCommand): void;
  put(item: unknown, first?: AcquireOptions | CallerCommand, second?: CallerCommand): void {
    const { command, owner, blocking, timeoutMs } = readAcquire(first, second, NO_TIME);
    if (!this.isFull) {
      this.add(item);
      return this.serve();
    }
    if (!blocking) throw this.full();
    this.park({ command, owner, kind: 'put', item }, timeoutMs);
  }

  /**
   * Removes and returns the first item, and waits for one if need be.
   *
   * @throws IndexError where it must not wait, or its time is over.
   */
  get(command?: CallerCommand): unknown;
  get(options: AcquireOptions | undefined, command?: CallerCommand): unknown;
  get(first?: AcquireOptions | CallerCommand, second?: CallerCommand): unknown {
    return this.receive('get', first, second);
  }

  /**
   * The same, and the caller owns the item until it is `done`, or put back.
   *
   * @throws IndexError where it must not wait, or its time is over.
   */
  take(command?: CallerCommand): unknown;
  take(options: AcquireOptions | undefined, command?: CallerCommand): unknown;
  take(first?: AcquireOptions | CallerCommand, second?: CallerCommand): unknown {
    return this.receive('take', first, second);
  }

  /**
   * An item that was taken is dealt with: that of the call which is named, else the first of its owner.
   *
   * @throws RuntimeError when it is not the owner's, or not any more.
   */
  done(command?: CallerCommand): void;
  done(options: ReleaseOptions | undefined, command?: CallerCommand): void;
  done(first?: ReleaseOptions | CallerCommand, second?: CallerCommand): void {
    const { command } = this.untake(first, second);
    roster().disown(command, this);
  }

  /**
   * Leaves an item that was taken to the next one.
   *
   * @throws RuntimeError when it is not the owner's, or not any more.
   */
  putBack(command?: CallerCommand): void;
  putBack(options: ReleaseOptions | undefined, command?: CallerCommand): void;
  putBack(first?: ReleaseOptions | CallerCommand, second?: CallerCommand): void {
    const taken = this.untake(first, second);
    roster().disown(taken.command, this);
    this.comeBack(taken);
  }

  __repr__(): string {
    const { maxsize, size, taken } = this;
    return `<DBlockingQueue size=${size} maxsize=${maxsize} taken=${taken.size}>`;
  }

  toString(): string {
    return this.__repr__();
  }

  withdraw({ key }: CallerCommand): boolean {
    this.line.remove(key);
    return false;
  }

  timeOut(command: CallerCommand): void {
    const waiter = this.line.remove(command.key);
    roster().fail(command, waiter?.kind === 'put' ? this.full() : new IndexError(EMPTY));
  }

  forfeit({ key }: CallerCommand): void {
    const taken = this.taken.remove(key);
    if (taken !== undefined) this.comeBack(taken);
  }

  receive(kind: 'get' | 'take', first: unknown, second: unknown): unknown {
    const { command, owner, blocking, timeoutMs } = readAcquire(first, second, NO_TIME);
    if (this.taken.get(command.key) !== undefined) {
      throw new RuntimeError('this call has taken an item already');
    }
    const head = this.shift();
    if (head === undefined) {
      if (!blocking) throw new IndexError(EMPTY);
      return this.park({ command, owner, kind }, timeoutMs);
    }
    if (kind === 'take') this.give(head, command, owner);
    this.serve();
    return head.item;
  }

  park(waiter: Waiter, timeoutMs: number | undefined): never {
    const command = roster().park(this, false);
    this.line.push(command.key, { ...waiter, command });
    throw new BlockingReturn({ timeoutMs });
  }

  /** Those who wait get what there is for them: items, or room. */
  serve(): void {
    for (let next = this.line.first(); next !== undefined; next = this.line.first()) {
      const { command, owner } = next;
      const waits = roster().isWaiting(command);
      if (waits && (next.kind === 'put' ? this.isFull : this.size === 0)) return;
      this.line.remove(command.key);
      if (!waits) continue;
      if (next.kind === 'put') {
        this.add(next.item);
        roster().wake(command, undefined);
        continue;
      }
      const head = this.shift();
      if (head === undefined) return;
      if (next.kind === 'take') this.give(head, command, owner);
      roster().wake(command, head.item);
    }
  }

  add(item: unknown): void {
    this.items.set(this.next, item);
    this.next++;
  }

  shift(): Numbered | undefined {
    const older = this.back.pop();
    if (older !== undefined || this.items.size === 0) return older;
    const head = { at: this.first, item: this.items.get(this.first) };
    this.items.delete(this.first);
    this.first++;
    return head;
  }

  give({ at, item }: Numbered, command: CallerCommand, owner: string): void {
    this.taken.push(command.key, { at, item, command, owner });
    roster().own(command, this);
  }

  untake(first: unknown, second: unknown): Taken {
    const { of, owner } = readRelease(first, second);
    const taken = of === undefined ? this.firstOf(owner) : this.taken.get(of);
    if (taken === undefined) throw new RuntimeError('no such item is taken by the caller');
    this.taken.remove(taken.command.key);
    return taken;
  }

  comeBack({ at, item }: Taken): void {
    const { back } = this;
    let [low, high] = [0, back.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((back[middle]?.at ?? -1) > at) low = middle + 1;
      else high = middle;
    }
    back.splice(low, 0, { at, item });
    this.serve();
  }

  firstOf(owner: string): Taken | undefined {
    const { taken } = this;
    for (let key = taken.head; key !== undefined; key = taken.nodeAt(key)?.after) {
      const one = taken.get(key);
      if (one?.owner === owner) return one;
    }
    return undefined;
  }

  full(): RuntimeError {
    return new RuntimeError(`the queue is full: it holds ${this.maxsize}`);
  }
}
