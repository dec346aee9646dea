import { WaitingModel } from './waiting-model.ts';
import type { Caller, LikeCall, Options } from './waiting-model.ts';

/**
 * Permits, and a line of those who wait for one. A release by somebody who has none gives back the oldest of
 * all, without its owner hearing of it: so many more may then believe that they have one.
 */
export class SemaphoreModel extends WaitingModel {
  #total = 1;
  #free = 1;
  /** In the order in which they were given. */
  #given: Caller[] = [];
  #line: Caller[] = [];
  #strayed = 0;

  get capacity(): number {
    return this.#total + this.#strayed;
  }

  get likeness(): readonly LikeCall[] {
    const fresh = { method: '__concoordinit__', args: [this.#total] };
    const more = this.#free - this.#total;
    return more === 0 ? [fresh] : [fresh, { method: 'release', args: [more] }];
  }

  protected reset(args: readonly unknown[]): void {
    this.#total = typeof args[0] === 'number' ? args[0] : 1;
    this.#free = this.#total;
    this.#given = [];
    this.#line = [];
    this.#strayed = 0;
  }

  protected call(method: string, caller: Caller, { blocking, n, timeoutMs }: Options): unknown {
    if (method === 'release') return this.#release(caller, n ?? 1);
    if (this.#free > 0) {
      this.#give(caller);
      return true;
    }
    if (blocking === false || timeoutMs === 0) return false;
    this.#line.push(caller);
    return this.park(caller, timeoutMs);
  }

  #release({ owner }: Caller, n: number): undefined {
    for (let left = n; left > 0; left--) {
      const own = this.#given.find((permit) => permit.owner === owner);
      const returned = own ?? this.#given[0];
      if (own === undefined) this.#strayed++;
      if (returned !== undefined) this.#takeBack(returned);
    }
    this.#free += n;
    this.#handOut();
  }

  #give(caller: Caller): void {
    this.#free--;
    this.#given.push(caller);
    this.own(caller);
  }

  #takeBack(caller: Caller): void {
    this.#given = this.#given.filter(({ key }) => key !== caller.key);
    this.disown(caller);
  }

  #handOut(): void {
    while (this.#free > 0) {
      const next = this.#line.shift();
      if (next === undefined) return;
      this.#give(next);
      this.wake(next, true);
    }
  }

  protected leaves({ key }: Caller): boolean {
    this.#line = this.#line.filter((other) => other.key !== key);
    return false;
  }

  protected timesOut(caller: Caller): void {
    this.leaves(caller);
    this.wake(caller, false);
  }

  protected loses(caller: Caller): void {
    this.#takeBack(caller);
    this.#free++;
    this.#handOut();
  }
}
