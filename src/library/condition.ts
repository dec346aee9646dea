import type { CallerCommand } from '../object/index.ts';
import { DCondition } from '../threading/index.ts';
import type {
  AcquireOptions,
  CountOptions,
  OwnerOptions,
  ReleaseOptions,
  WaitOptions,
} from '../threading/index.ts';

/** A `DCondition` with a re-entrant lock of its own, as an object. */
export class Condition {
  readonly condition = new DCondition();

  acquire(options?: AcquireOptions, _concoord_command?: CallerCommand): boolean {
    return this.condition.acquire(options, _concoord_command);
  }

  release(options?: ReleaseOptions, _concoord_command?: CallerCommand): void {
    this.condition.release(options, _concoord_command);
  }

  locked(): boolean {
    return this.condition.locked();
  }

  wait(options?: WaitOptions, _concoord_command?: CallerCommand): boolean {
    return this.condition.wait(options, _concoord_command);
  }

  notify(n?: number | CountOptions, _concoord_command?: CallerCommand): void {
    this.condition.notify(n, _concoord_command);
  }

  notify_all(options?: OwnerOptions, _concoord_command?: CallerCommand): void {
    this.condition.notify_all(options, _concoord_command);
  }

  notifyAll(options?: OwnerOptions, _concoord_command?: CallerCommand): void {
    this.condition.notify_all(options, _concoord_command);
  }

  __repr__(): string {
    return this.condition.__repr__();
  }

  toString(): string {
    return this.condition.toString();
  }
}
