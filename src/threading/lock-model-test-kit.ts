/** What a lock and one condition on it do, said with lists: slow, and obvious. */

interface Level {
  readonly key: string;
}

interface InLine {
  readonly key: string;
  readonly owner: string;
  /** What it had before it waited at the condition; undefined for an acquire. */
  levels: readonly Level[] | undefined;
  /** What its call returns. */
  value: boolean;
  /** Its notification goes to another one if it leaves. */
  chosen: boolean;
  /** It is woken only when the flag is up. */
  readonly asks: boolean;
  /** Its time is over. */
  late: boolean;
}

export type Answer = boolean | undefined | 'waits' | 'refused';

export class LockModel {
  readonly reentrant: boolean;
  owner: string | undefined;
  /** What predicates look at. */
  flag = false;
  levels: Level[] = [];
  line: InLine[] = [];
  waiters: InLine[] = [];
  /** Calls that were woken, and with what. */
  woken: (readonly [string, boolean])[] = [];

  constructor(reentrant: boolean) {
    this.reentrant = reentrant;
  }

  acquire(key: string, owner: string, blocking: boolean): Answer {
    if (this.owner === undefined || (this.owner === owner && this.reentrant)) {
      this.owner = owner;
      this.levels.push({ key });
      return true;
    }
    if (!blocking) return false;
    const rest = { value: true, chosen: false, asks: false, late: false };
    this.line.push({ key, owner, levels: undefined, ...rest });
    return 'waits';
  }

  release(owner: string): Answer {
    if (this.owner !== owner) return 'refused';
    this.levels.pop();
    if (this.levels.length === 0) this.next();
    return undefined;
  }

  wait(key: string, owner: string, asks: boolean): Answer {
    if (this.owner !== owner) return 'refused';
    if (asks && this.flag) return true;
    const rest = { value: false, chosen: false, asks, late: false };
    this.waiters.push({ key, owner, levels: this.levels, ...rest });
    this.next();
    return 'waits';
  }

  notify(owner: string, n: number): Answer {
    if (this.owner !== owner) return 'refused';
    this.choose(n, true);
    return undefined;
  }

  notifyAll(owner: string): Answer {
    if (this.owner !== owner) return 'refused';
    this.choose(this.waiters.length, false);
    return undefined;
  }

  timeOut(key: string): void {
    const waiter = this.waiters.find((other) => other.key === key);
    if (waiter !== undefined) {
      this.waiters = this.waiters.filter((other) => other !== waiter);
      this.line.push(Object.assign(waiter, { late: true }));
      if (this.owner === undefined) this.next();
      return;
    }
    const queued = this.line.find((other) => other.key === key);
    if (queued !== undefined) queued.late = true;
    if (queued?.levels !== undefined) return;
    this.line = this.line.filter((other) => other !== queued);
    this.woken.push([key, false]);
  }

  /** All at once, then what they had. */
  leave(keys: readonly string[], undone: readonly string[]): void {
    const gone = (other: InLine): boolean => keys.includes(other.key);
    const passed = this.line.filter((other) => gone(other) && other.chosen).length;
    this.line = this.line.filter((other) => !gone(other));
    this.waiters = this.waiters.filter((other) => !gone(other));
    this.choose(passed, true);
    if (this.owner === undefined) return;
    this.levels = this.levels.filter(({ key }) => !undone.includes(key));
    if (this.levels.length === 0) this.next();
  }

  /** Whether the call waits, or owns the lock now. */
  isHere(key: string): boolean {
    return [...this.line, ...this.waiters, ...this.levels].some((one) => one.key === key);
  }

  /** Whether the call gave up the lock to wait. */
  hadLock(key: string): boolean {
    return [...this.line, ...this.waiters].some((one) => one.key === key && one.levels);
  }

  /** What one who waits had acquired by this call does not come back, when something else does. */
  renounce(key: string): void {
    for (const other of [...this.line, ...this.waiters]) {
      const kept = other.levels?.filter((level) => level.key !== key) ?? [];
      if (kept.length > 0) other.levels = kept;
    }
  }

  choose(n: number, chosen: boolean): void {
    for (const waiter of this.waiters.splice(0, n)) {
      this.line.push(Object.assign(waiter, { value: true, chosen }));
      if (this.owner === undefined) this.next();
    }
  }

  next(): void {
    this.owner = undefined;
    this.levels = [];
    while (this.owner === undefined && this.line.length > 0) {
      const [next, ...rest] = this.line;
      this.line = rest;
      if (next === undefined) return;
      if (next.asks && !this.flag && !next.late) {
        this.waiters.push(Object.assign(next, { chosen: false, value: false }));
        continue;
      }
      this.owner = next.owner;
      this.levels = [...(next.levels ?? [{ key: next.key }])];
      this.woken.push([next.key, next.asks ? this.flag : next.value]);
    }
  }
}
