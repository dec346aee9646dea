import type { Applier } from './applier.ts';
import type { ReplicaId, Slot } from './ballot.ts';
import type { Checkpoint } from './message.ts';
import { quorumSize } from './view.ts';
import type { View } from './view.ts';

/** Slots for which answers are compared at a time. */
const COMPARED_SLOTS = 16;

export type Judgement =
  /** These replicas differ from a majority at the checkpoint. */
  | {
      readonly kind: 'minority';
      readonly ids: readonly ReplicaId[];
      readonly checkpoint: Checkpoint;
    }
  /** No majority agrees on anything any more. */
  | { readonly kind: 'split'; readonly slot: Slot };

/**
 * The leader's comparison of rolling digests (docs/protocol.md, Safety 9). Replicas that executed the same
 * log must have the same digest at the same slot; one that differs has a defect, a flipped bit or another
 * engine, and must not answer anybody.
 */
export class Digests {
  readonly #self: ReplicaId;
  readonly #applier: Applier;
  readonly #reports = new Map<Slot, Map<ReplicaId, string>>();

  constructor(self: ReplicaId, applier: Applier) {
    this.#self = self;
    this.#applier = applier;
  }

  /** Takes a member's report; says when it shows that somebody differs. */
  report(from: ReplicaId, checkpoint: Checkpoint, view: View): Judgement | undefined {
    let reports = this.#reports.get(checkpoint.slot);
    if (reports === undefined) {
      reports = new Map();
      this.#reports.set(checkpoint.slot, reports);
      if (this.#reports.size > COMPARED_SLOTS) {
        this.#reports.delete(Math.min(...this.#reports.keys()));
      }
    }
    reports.set(from, checkpoint.digest);
    const own = this.#applier.checkpoint(checkpoint.slot);
    if (own !== undefined) reports.set(this.#self, own);
    return judge(reports, checkpoint.slot, view);
  }

  clear(): void {
    this.#reports.clear();
  }
}

function judge(
  reports: ReadonlyMap<ReplicaId, string>,
  slot: Slot,
  view: View,
): Judgement | undefined {
  const votes = new Map<string, number>();
  let members = 0;
  for (const member of view.members) {
    const digest = reports.get(member.id);
    if (digest === undefined) continue;
    members++;
    votes.set(digest, (votes.get(digest) ?? 0) + 1);
  }
  for (const [digest, count] of votes) {
    if (count < quorumSize(view)) continue;
    const ids = [...reports].filter(([, other]) => other !== digest).map(([id]) => id);
    return ids.length === 0 ? undefined : { kind: 'minority', ids, checkpoint: { slot, digest } };
  }
  return votes.size > 1 && members === view.members.length ? { kind: 'split', slot } : undefined;
}
