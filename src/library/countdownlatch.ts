import type { CallerCommand } from '../object/index.ts';
import { DCountdownLatch } from '../threading/index.ts';
import type { CountOptions, WaitOptions } from '../threading/index.ts';

/** A `DCountdownLatch` as an object: callers wait until it has been counted down to 0. */
export class CountdownLatch {
  readonly latch: DCountdownLatch;

  constructor(count = 1) {
    this.latch = new DCountdownLatch(count);
  }

  countDown(n?: number | CountOptions, _concoord_command?: CallerCommand): number {
    return this.latch.countDown(n, _concoord_command);
  }

  wait(options?: WaitOptions, _concoord_command?: CallerCommand): boolean {
    return this.latch.wait(options, _concoord_command);
  }

  /** What is left. */
  count(): number {
    return this.latch.count;
  }

  __repr__(): string {
    return this.latch.__repr__();
  }

  toString(): string {
    return this.latch.toString();
  }
}
