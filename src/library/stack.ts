import { IndexError } from '../object/index.ts';
import { checkPage, checkRoom } from './checks.ts';

/** What came last leaves first. */
export class Stack {
  items: unknown[] = [];

  /** Puts an item on top. */
  append(item: unknown): void {
    checkRoom(this.items.length);
    this.items.push(item);
  }

  /** Removes and returns what came last. Throws IndexError when there is nothing. */
  pop(): unknown {
    if (this.items.length === 0) throw new IndexError('pop from an empty stack');
    return this.items.pop();
  }

  /** What `pop` would return. Throws IndexError when there is nothing. */
  peek(): unknown {
    if (this.items.length === 0) throw new IndexError('peek at an empty stack');
    return this.items.at(-1);
  }

  /** How many items there are. */
  get_size(): number {
    return this.items.length;
  }

  /** All items, from the oldest to the newest. A large stack does not fit into one reply: see `slice`. */
  get_stack(): unknown[] {
    return [...this.items];
  }

  /** So many from that position; the oldest is at 0. */
  slice(start = 0, count = 100): unknown[] {
    const [from, most] = checkPage(start, count);
    return this.items.slice(from, from + most);
  }

  toString(): string {
    return `Stack of ${this.items.length} items`;
  }

  __repr__(): string {
    return `<Stack size=${this.items.length}>`;
  }
}
