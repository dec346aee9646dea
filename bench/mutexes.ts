/** As many locks as there are names, as a user would write it: it runs in an isolate. */
import type { Command } from 'concoord/object';
import { DLock } from 'concoord/object';

export class Mutexes {
  readonly locks = new Map<string, DLock>();

  acquire(name: string, _concoord_command?: Command): boolean {
    let lock = this.locks.get(name);
    if (lock === undefined) this.locks.set(name, (lock = new DLock()));
    return lock.acquire(_concoord_command);
  }

  release(name: string, _concoord_command?: Command): void {
    this.locks.get(name)?.release(_concoord_command);
  }
}
