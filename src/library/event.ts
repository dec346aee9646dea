import type { CallerCommand } from '../object/index.ts';
import { DEvent } from '../threading/index.ts';
import type { WaitOptions } from '../threading/index.ts';

/** A `DEvent` as an object: callers wait until somebody sets it. */
export class Event {
  readonly event = new DEvent();

  set(): void {
    this.event.set();
  }

  clear(): void {
    this.event.clear();
  }

  isSet(): boolean {
    return this.event.isSet();
  }

  is_set(): boolean {
    return this.event.is_set();
  }

  wait(options?: WaitOptions, _concoord_command?: CallerCommand): boolean {
    return this.event.wait(options, _concoord_command);
  }

  __repr__(): string {
    return this.event.__repr__();
  }

  toString(): string {
    return this.event.toString();
  }
}
