import { WaitingModel } from './waiting-model.ts';
import type { Caller, Options } from './waiting-model.ts';

const NOT_RELEASED = 'thrown RuntimeError: cannot release un-acquired lock';

/** An acquisition of the owner, or what one who waits at the condition had. */
interface Level {
  readonly caller: Caller;
}

/** In line for the lock. */
interface InLine {
  readonly caller: Caller;
  /** What it had when it began to wait at the condition; undefined for who acquires. */
  levels: readonly Level[] | undefined;
  notified: boolean;
  /** By a `notify` for so many: another one comes in its place. */
  chosen: boolean;
}

/** A re-entrant lock, a line for it, and a line of those who wait to be notified. */
export class ConditionModel extends WaitingModel {
  readonly capacity = 1;
  readonly likeness = [];
  /** Of the owner, the latest last. */
  #levels: Level[] = [];
  #line: InLine[] = [];
  #idle: InLine[] = [];

  get #owner(): string | undefined {
    return this.#levels[0]?.caller.owner;
  }

  protected reset(): void {
    this.#levels = [];
    this.#line = [];
    this.#idle = [];
  }

  protected call(method: string, caller: Caller, { blocking, n, timeoutMs }: Options): unknown {
    const mine = this.#owner === caller.owner;
    switch (method) {
      case 'acquire':
        return this.#acquire(caller, mine, blocking !== false && timeoutMs !== 0, timeoutMs);
      case 'release':
        if (!mine) return NOT_RELEASED;
        return this.#drop(this.#levels.at(-1)?.caller ?? caller);
      case 'wait':
        return mine ? this.#wait(caller, timeoutMs) : unacquired('wait');
      default:
        if (!mine) return unacquired('notify');
        return this.#notify(method === 'notify' ? (n ?? 1) : this.#idle.length, method);
    }
  }

  #acquire(caller: Caller, mine: boolean, waits: boolean, timeoutMs: number | undefined): unknown {
    if (this.#levels.length === 0 || mine) {
      const [first] = this.#levels;
      this.#levels.push({ caller });
      this.own(caller, first?.caller);
      return true;
    }
    if (!waits) return false;
    this.#line.push({ caller, levels: undefined, notified: false, chosen: false });
    return this.park(caller, timeoutMs);
  }

  #wait(caller: Caller, timeoutMs: number | undefined): unknown {
    const instant = timeoutMs === 0;
    if (instant && this.#line.length === 0) return false;
    const levels = this.#levels;
    this.#levels = [];
    for (const level of levels) this.disown(level.caller);
    const one = { caller, levels, notified: false, chosen: false };
    this.park(caller, timeoutMs);
    (instant ? this.#line : this.#idle).push(one);
    this.#handOn();
    return undefined;
  }

  #notify(most: number, method: string): undefined {
    for (const one of this.#idle.splice(0, most)) {
      one.notified = true;
      one.chosen = method === 'notify';
      this.#line.push(one);
    }
  }

  #handOn(): void {
    if (this.#levels.length > 0) return;
    const next = this.#line.shift();
    if (next === undefined) return;
    const { caller, levels, notified } = next;
    this.#levels = [...(levels ?? [{ caller }])];
    const [first] = this.#levels;
    for (const level of this.#levels) {
      this.own(level.caller, level === first ? undefined : first?.caller);
    }
    this.wake(caller, levels === undefined ? true : notified);
  }

  #drop({ key }: Caller): undefined {
    this.#levels = this.#levels.filter(({ caller }) => caller.key !== key);
    this.owned.delete(key);
    this.#handOn();
  }

  /** Whoever waits at the condition, or on the way back from it, has given up the lock. */
  protected leaves({ key }: Caller): boolean {
    const isIdle = this.#idle.some(({ caller }) => caller.key === key);
    this.#idle = this.#idle.filter(({ caller }) => caller.key !== key);
    const left = this.#line.find(({ caller }) => caller.key === key);
    this.#line = this.#line.filter((one) => one !== left);
    if (left?.chosen === true && left.levels !== undefined) this.#chooseAnother();
    return isIdle || left?.levels !== undefined;
  }

  /** Those who leave with it are not chosen in its place. */
  #chooseAnother(): void {
    const next = this.#idle.find(({ caller }) => this.waiting.has(caller.key));
    if (next === undefined) return;
    this.#idle = this.#idle.filter((one) => one !== next);
    next.notified = true;
    next.chosen = true;
    this.#line.push(next);
    this.#handOn();
  }

  protected timesOut(caller: Caller): void {
    const idle = this.#idle.find((one) => one.caller.key === caller.key);
    if (idle !== undefined) {
      this.#idle = this.#idle.filter((one) => one !== idle);
      this.#line.push(idle);
      this.#handOn();
      return;
    }
    const inLine = this.#line.find((one) => one.caller.key === caller.key);
    // Who waited at the condition has the lock when it returns, however late.
    if (inLine === undefined || inLine.levels !== undefined) return;
    this.#line = this.#line.filter((one) => one !== inLine);
    this.wake(caller, false);
  }

  protected override renounces(key: string): boolean {
    for (const one of [...this.#idle, ...this.#line]) {
      const kept = one.levels?.filter(({ caller }) => caller.key !== key) ?? [];
      if (kept.length === 0 || kept.length === one.levels?.length) continue;
      one.levels = kept;
      return true;
    }
    return false;
  }

  protected loses(caller: Caller): void {
    this.#drop(caller);
  }
}

function unacquired(what: string): string {
  return `thrown RuntimeError: cannot ${what} on un-acquired lock`;
}
