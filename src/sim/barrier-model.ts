import { WaitingModel } from './waiting-model.ts';
import type { Caller, LikeCall, Options } from './waiting-model.ts';

const BROKEN = 'thrown BrokenBarrierError';

/** So many meet; when one of those who wait is gone, nobody can meet until somebody mends it. */
export class BarrierModel extends WaitingModel {
  /** Nobody owns a barrier. */
  readonly capacity = Number.POSITIVE_INFINITY;
  #parties = 1;
  #here: Caller[] = [];
  #broken = false;

  get likeness(): readonly LikeCall[] {
    const fresh = { method: '__concoordinit__', args: [this.#parties] };
    return this.#broken ? [fresh, { method: 'abort', args: [] }] : [fresh];
  }

  protected reset(args: readonly unknown[]): void {
    this.#parties = typeof args[0] === 'number' ? args[0] : 1;
    this.#here = [];
    this.#broken = false;
  }

  protected call(method: string, caller: Caller, { timeoutMs }: Options): unknown {
    if (method === 'reset' || method === 'abort') {
      this.#scatter();
      this.#broken = method === 'abort';
      return undefined;
    }
    if (this.#broken) return BROKEN;
    const place = this.#here.length;
    if (place + 1 === this.#parties) {
      const met = this.#here;
      this.#here = [];
      met.forEach((one, index) => this.wake(one, index));
      return place;
    }
    if (timeoutMs === 0) {
      this.#break();
      return BROKEN;
    }
    this.#here.push(caller);
    return this.park(caller, timeoutMs);
  }

  #scatter(): void {
    const here = this.#here;
    this.#here = [];
    for (const one of here) if (this.waiting.has(one.key)) this.wake(one, BROKEN);
  }

  #break(): void {
    this.#broken = true;
    this.#scatter();
  }

  protected leaves({ key }: Caller): boolean {
    const rest = this.#here.filter((one) => one.key !== key);
    const isFirst = rest.length < this.#here.length;
    this.#here = rest;
    if (isFirst) this.#break();
    return true;
  }

  protected timesOut(): void {
    this.#break();
  }

  protected loses(caller: Caller): void {
    this.disown(caller);
  }
}
