import type { CallerCommand } from '../object/index.ts';
import { DBarrier } from '../threading/index.ts';
import type { WaitOptions } from '../threading/index.ts';

/** A `DBarrier` as an object: callers wait until so many have come. */
export class Barrier {
  readonly barrier: DBarrier;

  /** @param timeoutMs For every `wait` that has no time-out of its own. */
  constructor(parties = 1, timeoutMs?: number) {
    this.barrier = new DBarrier(parties, undefined, undefined, timeoutMs);
  }

  wait(options?: WaitOptions, _concoord_command?: CallerCommand): number {
    return this.barrier.wait(options, _concoord_command);
  }

  reset(): void {
    this.barrier.reset();
  }

  abort(): void {
    this.barrier.abort();
  }

  get broken(): boolean {
    return this.barrier.broken;
  }

  get n_waiting(): number {
    return this.barrier.n_waiting;
  }

  get parties(): number {
    return this.barrier.parties;
  }

  __repr__(): string {
    return this.barrier.__repr__();
  }

  toString(): string {
    return this.barrier.toString();
  }
}
