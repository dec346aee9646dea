import { IndexError, RuntimeError } from '../object/index.ts';
import { checkInteger, checkPage, checkRoom } from './checks.ts';

/** What came first leaves first. Nobody waits: a full queue refuses, an empty one has nothing. */
export class Queue {
  maxsize: number;
  /** By a number that grows: an array would move all others whenever the first leaves. */
  items = new Map<number, unknown>();
  first = 0;
  next = 0;

  /** @param maxsize How many it holds; 0 for as many as come. */
  constructor(maxsize = 0) {
    this.maxsize = checkInteger(maxsize, 'maxsize', 0);
  }

  /** How many items there are. */
  qsize(): number {
    return this.items.size;
  }

  /** Whether there is no item. */
  empty(): boolean {
    return this.items.size === 0;
  }

  /** Whether `put` would be refused. */
  full(): boolean {
    return this.maxsize > 0 && this.items.size >= this.maxsize;
  }

  /** Adds an item at the end. Throws RuntimeError when the queue is full. */
  put(item: unknown): void {
    if (this.full()) throw new RuntimeError(`the queue is full: it holds ${this.maxsize}`);
    checkRoom(this.items.size);
    this.items.set(this.next, item);
    this.next += 1;
  }

  /** Removes and returns what came first. Throws IndexError when there is nothing. */
  get(): unknown {
    const item = this.peek();
    this.items.delete(this.first);
    this.first += 1;
    return item;
  }

  /** What `get` would return. Throws IndexError when there is nothing. */
  peek(): unknown {
    if (this.items.size === 0) throw new IndexError('the queue is empty');
    return this.items.get(this.first);
  }

  /** The same as `put`. */
  append(item: unknown): void {
    this.put(item);
  }

  /** The same as `get`. */
  remove(): unknown {
    return this.get();
  }

  /** The same as `qsize`. */
  get_size(): number {
    return this.items.size;
  }

  /** All, in their order. A long queue does not fit into one reply: see `slice`. */
  get_queue(): unknown[] {
    return [...this.items.values()];
  }

  /** So many from that position; what leaves next is at 0. */
  slice(start = 0, count = 100): unknown[] {
    const [from, most] = checkPage(start, count);
    const begin = Math.min(this.first + from, this.next);
    const length = Math.min(most, this.next - begin);
    return Array.from({ length }, (_, at) => this.items.get(begin + at));
  }

  toString(): string {
    return `Queue of ${this.items.size} items`;
  }

  __repr__(): string {
    return `<Queue size=${this.items.size} maxsize=${this.maxsize}>`;
  }
}
