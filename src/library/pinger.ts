import { KeyError, now } from '../object/index.ts';
import { checkInteger, checkRoom } from './checks.ts';
import { identify, show } from './plain-values.ts';

/**
 * When members were last heard of, by the time that the replicas agree upon. It sends nothing: whoever can
 * reach a member, or is it, says so.
 */
export class Pinger {
  /** By what identifies them, in the order in which they came. */
  heard = new Map<string, { member: unknown; at: number }>();

  /** Adds a member, which counts as heard of now. Nothing happens when it is one. */
  add(member: unknown): void {
    const key = identify(member, MEMBER);
    if (this.heard.has(key)) return;
    checkRoom(this.heard.size);
    this.heard.set(key, { member, at: now() });
  }

  /** Removes a member. Throws KeyError when it is none. */
  remove(member: unknown): void {
    if (!this.heard.delete(identify(member, MEMBER))) throw new KeyError(show(member, MEMBER));
  }

  /** The member was heard of, now. Throws KeyError when it is none. */
  ping(member: unknown): void {
    find(this, member).at = now();
  }

  /** When a member was last heard of, in ms since 1970. Throws KeyError when it is none. */
  last_heard(member: unknown): number {
    return find(this, member).at;
  }

  /** All members, in the order in which they came. */
  get_members(): unknown[] {
    return Array.from(this.heard.values(), ({ member }) => member);
  }

  /** Members that were heard of in the last so many ms. */
  alive(withinMs: number): unknown[] {
    const since = now() - checkInteger(withinMs, 'withinMs', 0);
    return listed(this, (at) => at >= since);
  }

  /** Members that were not heard of for more than so many ms. */
  silent(forMs: number): unknown[] {
    const since = now() - checkInteger(forMs, 'forMs', 0);
    return listed(this, (at) => at < since);
  }

  /** The members, joined by spaces. */
  toString(): string {
    return this.get_members()
      .map((member) => show(member, MEMBER))
      .join(' ');
  }

  __repr__(): string {
    return `<Pinger members=${this.heard.size}>`;
  }
}

const MEMBER = 'a member';

function find({ heard }: Pinger, member: unknown): { at: number } {
  const found = heard.get(identify(member, MEMBER));
  if (found === undefined) throw new KeyError(show(member, MEMBER));
  return found;
}

function listed({ heard }: Pinger, which: (at: number) => boolean): unknown[] {
  return [...heard.values()].filter(({ at }) => which(at)).map(({ member }) => member);
}
