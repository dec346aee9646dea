import { KeyError } from '../object/index.ts';
import { checkRoom } from './checks.ts';
import { identify, show } from './plain-values.ts';

/** Who belongs to something: texts, numbers, or arrays of such, like an address and a port. */
export class Membership {
  /** By what identifies them, in the order in which they came. */
  known = new Map<string, unknown>();

  /** Adds a member. Nothing happens when it is one. */
  add(member: unknown): void {
    const key = identify(member, MEMBER);
    if (this.known.has(key)) return;
    checkRoom(this.known.size);
    this.known.set(key, member);
  }

  /** Removes a member. Throws KeyError when it is none. */
  remove(member: unknown): void {
    if (!this.known.delete(identify(member, MEMBER))) throw new KeyError(show(member, MEMBER));
  }

  /** Whether it is a member. */
  has(member: unknown): boolean {
    return this.known.has(identify(member, MEMBER));
  }

  /** All members, in the order in which they came. */
  members(): unknown[] {
    return [...this.known.values()];
  }

  /** How many members there are. */
  size(): number {
    return this.known.size;
  }

  /** The members, joined by spaces. */
  toString(): string {
    return Array.from(this.known.values(), (member) => show(member, MEMBER)).join(' ');
  }

  __repr__(): string {
    return `<Membership size=${this.known.size}>`;
  }
}

const MEMBER = 'a member';
