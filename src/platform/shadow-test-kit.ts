import { isMainThread, workerData } from 'node:worker_threads';
import type { ObjectType } from '../object/index.ts';
import { SHADOW_FROM_BYTES } from '../worlds/index.ts';
import { serveShadow } from './shadow-service.ts';

/** An object for the tests of executors, and, when it is loaded as a thread, the shadow of one. */

class Tally {
  count = 0;
  /** What no state may hold. */
  odd: unknown = undefined;
  ballast = new Uint8Array(0);

  add(amount: number, _ignored?: Uint8Array): number {
    this.count += amount;
    return this.count;
  }

  get(): number {
    return this.count;
  }

  grow(): void {
    this.ballast = new Uint8Array(SHADOW_FROM_BYTES).fill(1);
  }

  shrink(): void {
    this.ballast = new Uint8Array(0);
  }

  spoil(): void {
    this.odd = (): number => 1;
  }

  /** Where it runs decides what it returns: what no object may do. */
  stray(): boolean {
    return isMainThread;
  }

  /** Ends the thread in which a shadow runs. */
  perish(): void {
    if (!isMainThread) process.exit(1);
  }
}

export const TALLY: ObjectType = {
  name: 'tally.Tally',
  construct: Tally,
  methods: [
    ...['add', 'grow', 'shrink', 'spoil', 'stray', 'perish'].map((name) => ({ name, read: false })),
    { name: 'get', read: true },
  ],
  version: 1,
};

export const TALLY_SHADOW: URL = new URL(import.meta.url);

if (!isMainThread && workerData === TALLY.name) serveShadow(() => TALLY);
