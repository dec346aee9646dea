import type { CallerCommand } from '../object/index.ts';
import { DLock } from '../threading/index.ts';
import type { AcquireOptions, ReleaseOptions } from '../threading/index.ts';

/** A `DLock` as an object: one owner at a time, in the order in which they came. */
export class Lock {
  readonly lock = new DLock();

  acquire(options?: AcquireOptions, _concoord_command?: CallerCommand): boolean {
    return this.lock.acquire(options, _concoord_command);
  }

  release(options?: ReleaseOptions, _concoord_command?: CallerCommand): void {
    this.lock.release(options, _concoord_command);
  }

  locked(): boolean {
    return this.lock.locked();
  }

  __repr__(): string {
    return this.lock.__repr__();
  }

  toString(): string {
    return this.lock.toString();
  }
}
