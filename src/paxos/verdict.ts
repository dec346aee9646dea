import type { Slot } from './ballot.ts';
import { allDiffer } from './message.ts';
import type { Replica } from './replica.ts';

/** What a replica does that has stopped: its state is not to be trusted (docs/protocol.md, Safety 9). */
export class Verdict {
  readonly #replica: Replica;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** No majority has the same state. Some may have missed it, and whoever restarts has forgotten it. */
  tell(slot: Slot): void {
    this.#toldAt = this.#replica.context.now;
    this.#replica.broadcast({ kind: 'diverged', checkpoint: allDiffer(slot) });
  }

  /** Tells it again, or rebuilds from another's snapshot. */
  tick(): void {
    const { applier, catchUp, context, election } = this.#replica;
    const { halted, stopped } = applier;
    if (stopped !== undefined) {
      if (context.now - this.#toldAt >= context.timing.electionMin) this.tell(stopped);
    } else if (halted && election.leader !== undefined) {
      catchUp.rebuild(election.leader);
    }
  }
}
