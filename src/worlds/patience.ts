import { QUICK_BATCH_MS } from './limits.ts';

/** What is slow once is slow again: so much is executed patiently after it, piece by piece. */
const SLOW_PIECES = 256;
/** Unless it was a whim of the machine: a piece that turns out to be quick counts for so many. */
const QUICK_PIECE = 16;

/** Whether an object is given time, on a thread of its own, instead of holding up the replica. */
export class Patience {
  #left = 0;

  get isNeeded(): boolean {
    return this.#left > 0;
  }

  begin(): void {
    this.#left = SLOW_PIECES;
  }

  /** A quick piece is done, so long after its batch was begun. */
  wasQuick(ms: number): void {
    if (ms > QUICK_BATCH_MS) this.begin();
  }

  /** A patient piece is done. */
  wasPatient(ms: number): void {
    this.#left = Math.max(0, this.#left - (ms > QUICK_BATCH_MS / 2 ? 1 : QUICK_PIECE));
  }
}
