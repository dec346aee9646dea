import { IndexError, KeyError } from '../object/index.ts';
import { checkInteger, checkPage, checkRoom } from './checks.ts';
import { equalValues } from './plain-values.ts';

/** Numbers of elements; 0 is none. */
interface ListNode {
  value: unknown;
  previous: number;
  next: number;
}

/**
 * A list that can be changed at any place in the same time. Elements are named by numbers which never come
 * again, and which hold whatever happens around them.
 */
export class LinkedList {
  /** By number, so that a long list nests no deeper than a short one. */
  nodes = new Map<number, ListNode>();
  head = 0;
  tail = 0;
  unused = 1;

  /** Adds a value in front of all. Returns the number of the new element. */
  pushFront(value: unknown): number {
    return link(this, value, 0, this.head);
  }

  /** Adds a value behind all. Returns the number of the new element. */
  pushBack(value: unknown): number {
    return link(this, value, this.tail, 0);
  }

  /**
   * Adds a value in front of an element. Returns the number of the new one. Throws KeyError when there is
   * none.
   */
  insertBefore(element: number, value: unknown): number {
    return link(this, value, nodeAt(this, element).previous, element);
  }

  /**
   * Adds a value behind an element. Returns the number of the new one. Throws KeyError when there is none.
   */
  insertAfter(element: number, value: unknown): number {
    return link(this, value, element, nodeAt(this, element).next);
  }

  /** Removes it and returns its value. Throws KeyError when there is no such element. */
  remove(element: number): unknown {
    const { value, previous, next } = nodeAt(this, element);
    join(this, previous, next);
    this.nodes.delete(element);
    return value;
  }

  /** Removes and returns the first value. Throws IndexError when there is none. */
  popFront(): unknown {
    if (this.head === 0) throw new IndexError('the list is empty');
    return this.remove(this.head);
  }

  /** Removes and returns the last value. Throws IndexError when there is none. */
  popBack(): unknown {
    if (this.tail === 0) throw new IndexError('the list is empty');
    return this.remove(this.tail);
  }

  /** The value of an element. Throws KeyError when there is no such element. */
  get(element: number): unknown {
    return nodeAt(this, element).value;
  }

  /** Gives an element another value. Throws KeyError when there is no such element. */
  set(element: number, value: unknown): void {
    nodeAt(this, element).value = value;
  }

  /** Whether there is an element of that number. */
  has(element: number): boolean {
    return this.nodes.has(checkElement(element));
  }

  /** Number of the first element, if there is one. */
  first(): number | undefined {
    return this.head === 0 ? undefined : this.head;
  }

  /** Number of the last element, if there is one. */
  last(): number | undefined {
    return this.tail === 0 ? undefined : this.tail;
  }

  /** Number of the one behind it, if there is one. Throws KeyError when there is no such element. */
  next(element: number): number | undefined {
    const { next } = nodeAt(this, element);
    return next === 0 ? undefined : next;
  }

  /** Number of the one before it, if there is one. Throws KeyError when there is no such element. */
  previous(element: number): number | undefined {
    const { previous } = nodeAt(this, element);
    return previous === 0 ? undefined : previous;
  }

  /** Number of the first element with an equal value, if there is one. */
  find(value: unknown): number | undefined {
    for (let at = this.head; at !== 0;) {
      const node = nodeAt(this, at);
      if (equalValues(node.value, value)) return at;
      at = node.next;
    }
    return undefined;
  }

  /** So many values from that position on; the first is at 0. */
  slice(start = 0, count = 100): unknown[] {
    const [from, most] = checkPage(start, count);
    const values: unknown[] = [];
    let at = this.head;
    for (let position = 0; at !== 0 && values.length < most; position++) {
      const node = nodeAt(this, at);
      if (position >= from) values.push(node.value);
      at = node.next;
    }
    return values;
  }

  /** How many elements there are. */
  size(): number {
    return this.nodes.size;
  }

  /** Removes all. Their numbers do not come again. */
  clear(): void {
    this.nodes.clear();
    this.head = 0;
    this.tail = 0;
  }

  toString(): string {
    return `LinkedList of ${this.nodes.size} elements`;
  }

  __repr__(): string {
    return `<LinkedList size=${this.nodes.size}>`;
  }
}

function checkElement(element: unknown): number {
  return checkInteger(element, 'the number of an element', 1);
}

function nodeAt({ nodes }: LinkedList, element: number): ListNode {
  const node = nodes.get(checkElement(element));
  if (node === undefined) throw new KeyError(`there is no element ${element}`);
  return node;
}

function link(list: LinkedList, value: unknown, previous: number, next: number): number {
  checkRoom(list.nodes.size);
  const element = list.unused;
  list.nodes.set(element, { value, previous, next });
  list.unused += 1;
  join(list, previous, element);
  join(list, element, next);
  return element;
}

/** Makes them neighbours; 0 is the end of the list. */
function join(list: LinkedList, before: number, behind: number): void {
  if (before === 0) list.head = behind;
  else nodeAt(list, before).next = behind;
  if (behind === 0) list.tail = before;
  else nodeAt(list, behind).previous = before;
}
