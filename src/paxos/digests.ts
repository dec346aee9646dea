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
  /** Some differ, and too few have said anything to tell who is right. */
  | { readonly kind: 'doubt'; readonly slot: Slot }
  /** No majority agrees on anything any more. */
  | { readonly kind: 'split'; readonly slot: Slot }
  /** A majority agrees, and nobody differs. */
  | { readonly kind: 'agreed'; readonly slot: Slot };

/**
 * The leader's comparison of rolling digests (docs/protocol.md, Safety 9). Replicas that executed the same
 * log must have the same digest at the same slot; one that differs has a defect, a flipped bit or another
 * engine, and must not answer anybody.
 */
export class Digests {
  readonly #self: ReplicaId;
  readonly #applier: Applier;
  readonly #reports = new Map<Slot, Map<ReplicaId, string>>();
  #doubted: Slot | undefined;
  #majority: Checkpoint | undefined;

  constructor(self: ReplicaId, applier: Applier) {
    this.#self = self;
    this.#applier = applier;
  }

  /**
   * The slot at which members differ, as long as nobody knows who is right: until then nothing that this
   * leader computes may be told to anybody.
   */
  get doubted(): Slot | undefined {
    return this.#doubted;
  }

  /** The newest state that a majority was seen to have in this leadership. */
  get majority(): Checkpoint | undefined {
    return this.#majority;
  }

  /** Takes a member's report; undefined while too few have reported. */
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
    const judgement = judge(reports, checkpoint.slot, view);
    if (judgement?.kind === 'doubt') this.#doubted ??= checkpoint.slot;
    // The digest rolls on: who is right later was right before.
    else if (judgement !== undefined && checkpoint.slot >= (this.#doubted ?? 0))
      this.#doubted = undefined;
    if (judgement?.kind === 'agreed') this.#noteMajority(checkpoint);
    else if (judgement?.kind === 'minority') this.#noteMajority(judgement.checkpoint);
    return judgement;
  }

  #noteMajority(checkpoint: Checkpoint): void {
    if (checkpoint.slot > (this.#majority?.slot ?? 0)) this.#majority = checkpoint;
  }

  clear(): void {
    this.#reports.clear();
    this.#majority = undefined;
    this.#doubted = undefined;
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
    if (ids.length === 0) return { kind: 'agreed', slot };
    return { kind: 'minority', ids, checkpoint: { slot, digest } };
  }
  if (votes.size <= 1) return undefined;
  return { kind: members === view.members.length ? 'split' : 'doubt', slot };
}
