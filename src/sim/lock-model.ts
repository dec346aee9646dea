import { WaitingModel } from './waiting-model.ts';
import type { Caller, Options } from './waiting-model.ts';

const NOT_OWNED = 'thrown RuntimeError: cannot release un-acquired lock';

/** One owner, and a line of those who come after it. */
export class LockModel extends WaitingModel {
  readonly capacity = 1;
  readonly likeness = [];
  #owner: Caller | undefined;
  #line: Caller[] = [];

  protected reset(): void {
    this.#owner = undefined;
    this.#line = [];
  }

  protected call(method: string, caller: Caller, { blocking, timeoutMs }: Options): unknown {
    if (method === 'release') {
      const owner = this.#owner;
      if (owner === undefined || owner.owner !== caller.owner) return NOT_OWNED;
      this.loses(owner);
      return undefined;
    }
    if (this.#owner === undefined) {
      this.#owner = caller;
      this.own(caller);
      return true;
    }
    if (blocking === false || timeoutMs === 0) return false;
    this.#line.push(caller);
    return this.park(caller, timeoutMs);
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
    this.disown(caller);
    if (this.#owner?.key !== caller.key) return;
    this.#owner = this.#line.shift();
    if (this.#owner === undefined) return;
    this.own(this.#owner);
    this.wake(this.#owner, true);
  }
}
