import type { Call } from './calls.ts';
import { isStale } from './reads.ts';
import type { Window } from './window.ts';

/** Which methods are asked as reads. */
export class ReadMethods {
  #names: ReadonlySet<string> = new Set();
  /** Those that a replica refused as reads, whatever it had said when it greeted. */
  readonly #refused = new Set<string>();

  /** What a replica said when it greeted. */
  learn(names: ReadonlySet<string>): void {
    this.#names = names;
  }

  refuse(name: string): void {
    this.#refused.add(name);
  }

  /**
   * A read must not overtake own calls, but those that wait in the object; a stale one need not wait for
   * those that were given up.
   */
  canRead(call: Call, window: Window | undefined): boolean {
    const { work } = call;
    if (work.kind !== 'call' || this.#refused.has(work.method)) return false;
    if (!this.#names.has(work.method) || work.fence !== undefined) return false;
    return ((isStale(call) ? window?.pendingCallers : window?.pending) ?? 0) === 0;
  }
}
