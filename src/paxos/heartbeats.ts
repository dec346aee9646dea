import type { ReplicaId, Slot } from './ballot.ts';
import { quorumSize } from './view.ts';
import type { View } from './view.ts';

/** What a leader is about to tell, in ms and slots. */
interface Standing {
  readonly now: number;
  readonly commit: Slot;
}

/**
 * The rounds of a leader's heartbeats: when the next one is due, and who has acknowledged which. A quorum
 * that acknowledges a round proves that its sender led when it began (Safety 8).
 */
export class Heartbeats {
  readonly #everyMs: number;
  #round = 0;
  #sentAt = 0;
  /** What the followers were told to be decided. */
  #told: Slot = 0;
  /** What was decided when somebody last asked whether a round is due. */
  #asked: Slot = 0;
  /** The last round that each member has acknowledged. */
  readonly #acknowledged = new Map<ReplicaId, number>();

  /** @param everyMs A leader is heard at least this often. */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  get round(): number {
    return this.#round;
  }

  /** Other messages say what is decided, too. */
  told(commit: Slot): void {
    this.#told = commit;
  }

  /** A round begins; the leader acknowledges it itself. */
  begin(self: ReplicaId, { commit, now }: Standing): number {
    this.#round++;
    this.#sentAt = now;
    this.#told = commit;
    this.#acknowledged.set(self, this.#round);
    return this.#round;
  }

  /**
   * To be asked in every tick. While calls come, the next proposal says what is decided; behind the last one
   * there is none, and nobody should wait for the next regular round.
   *
   * @param openSlots How many proposals are under way.
   */
  isDue({ commit, now }: Standing, openSlots: number): boolean {
    const rests = openSlots === 0 && commit === this.#asked;
    this.#asked = commit;
    return now - this.#sentAt >= this.#everyMs || (rests && this.#told < commit);
  }

  acknowledge(id: ReplicaId, round: number): void {
    if (round > this.last(id)) this.#acknowledged.set(id, round);
  }

  /** The latest round that this member has acknowledged. */
  last(id: ReplicaId): number {
    return this.#acknowledged.get(id) ?? 0;
  }

  /** The latest round that a quorum of the view has acknowledged, itself or by a later one. */
  confirmed(view: View): number {
    const rounds = view.members.map(({ id }) => this.last(id)).sort((x, y) => y - x);
    return rounds[quorumSize(view) - 1] ?? 0;
  }

  /** Another view begins: what was acknowledged in the last one proves nothing about it. */
  forget(): void {
    this.#acknowledged.clear();
  }
}
