import type { Slot } from './ballot.ts';
import type { Checkpoint } from './message.ts';

/** The rolling digest is compared at slots that are multiples of this. */
export const CHECKPOINT_SLOTS = 32;
const CHECKPOINTS_KEPT = 256;

/** The rolling digests after the last checkpoint slots (docs/protocol.md, Safety 9). */
export class Checkpoints {
  #digests = new Map<Slot, string>();

  /** The digest after `slot`, when it is a checkpoint that is still kept. */
  at(slot: Slot): string | undefined {
    return this.#digests.get(slot);
  }

  /** The newest checkpoint at or below `slot`. */
  upTo(slot: Slot): Checkpoint | undefined {
    const at = Math.floor(slot / CHECKPOINT_SLOTS) * CHECKPOINT_SLOTS;
    const digest = this.#digests.get(at);
    return digest === undefined ? undefined : { slot: at, digest };
  }

  keep(slot: Slot, digest: string): void {
    this.#digests.set(slot, digest);
    this.#digests.delete(slot - CHECKPOINT_SLOTS * CHECKPOINTS_KEPT);
  }

  /** Goes on from a snapshot; slot 0 for one that was taken before the first checkpoint. */
  restart({ slot, digest }: Checkpoint): void {
    this.#digests = new Map();
    if (slot > 0) this.#digests.set(slot, digest);
  }
}
