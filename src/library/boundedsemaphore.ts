import type { CallerCommand } from '../object/index.ts';
import { DBoundedSemaphore } from '../threading/index.ts';
import type { AcquireOptions, PermitOptions, SemaphoreOptions } from '../threading/index.ts';

/** A `DBoundedSemaphore` as an object: never more permits than it began with. */
export class BoundedSemaphore {
  readonly semaphore: DBoundedSemaphore;

  constructor(count = 1, options: SemaphoreOptions = {}) {
    this.semaphore = new DBoundedSemaphore(count, options);
  }

  acquire(options?: AcquireOptions, _concoord_command?: CallerCommand): boolean {
    return this.semaphore.acquire(options, _concoord_command);
  }

  release(n?: number | PermitOptions, _concoord_command?: CallerCommand): void {
    this.semaphore.release(n, _concoord_command);
  }

  __repr__(): string {
    return this.semaphore.__repr__();
  }

  toString(): string {
    return this.semaphore.toString();
  }
}
