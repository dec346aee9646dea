import { OwnedLock } from './owned-lock.ts';

/**
 * A lock that one owner has at a time, and not twice: who has it and acquires it again waits, as everybody
 * else does. Callers get it in the order in which they came.
 */
export class DLock extends OwnedLock {
  reenters(): boolean {
    return false;
  }

  __repr__(): string {
    return `<DLock owner=${this.owner ?? 'None'}>`;
  }
}

/** A lock that its owner may acquire again; it is free when it was released as often. */
export class DRLock extends OwnedLock {
  reenters(): boolean {
    return true;
  }

  /** How often its owner has acquired it. */
  get count(): number {
    let count = 0;
    for (const { item } of this.holds.nodes.values()) count += item.count;
    return count;
  }

  __repr__(): string {
    return `<DRLock owner=${this.owner ?? 'None'} count=${this.count}>`;
  }
}
