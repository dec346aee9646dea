import type { CallerCommand } from '../object/index.ts';
import { DReadWriteLock } from '../threading/index.ts';
import type { AcquireOptions, ReleaseOptions } from '../threading/index.ts';

/** A `DReadWriteLock` as an object: many read at a time, or one writes. */
export class ReadWriteLock {
  readonly lock = new DReadWriteLock();

  acquireRead(options?: AcquireOptions, _concoord_command?: CallerCommand): boolean {
    return this.lock.acquireRead(options, _concoord_command);
  }

  releaseRead(options?: ReleaseOptions, _concoord_command?: CallerCommand): void {
    this.lock.releaseRead(options, _concoord_command);
  }

  acquireWrite(options?: AcquireOptions, _concoord_command?: CallerCommand): boolean {
    return this.lock.acquireWrite(options, _concoord_command);
  }

  releaseWrite(options?: ReleaseOptions, _concoord_command?: CallerCommand): void {
    this.lock.releaseWrite(options, _concoord_command);
  }

  /** How many have it to read. */
  readers(): number {
    return this.lock.readers;
  }

  /** Whether somebody has it to write. */
  written(): boolean {
    return this.lock.writing !== null;
  }

  __repr__(): string {
    return this.lock.__repr__();
  }

  toString(): string {
    return this.lock.toString();
  }
}
