import type { ReplicaId, Slot } from './ballot.ts';
import type { Context } from './context.ts';
import type { MessageOf } from './message.ts';

/** A moment by both clocks of a process: the monotonic one may stand still while its machine sleeps. */
export interface Moment {
  /** Monotonic ms. */
  readonly at: number;
  /** ms since 1970. */
  readonly wall: number;
}

/**
 * How old the state of a replica may be that does not lead (docs/protocol.md, Safety 8). It asks the leader
 * for a read index; whatever was acknowledged before it asked is at or below the answer. One question is
 * under way at a time, and many reads share an answer.
 */
export class Freshness {
  readonly #context: Context;
  #asked:
    | { readonly token: number; readonly to: ReplicaId; readonly since: Moment; sentAt: number }
    | undefined;
  #proof: { readonly since: Moment; readonly index: Slot } | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  get now(): Moment {
    const { now, wall } = this.#context;
    return { at: now, wall };
  }

  /**
   * A slot that holds, or has before it, everything that was acknowledged more than `maxLagMs` before
   * `arrived`; undefined while that is not known.
   */
  index(arrived: Moment, maxLagMs: number): Slot | undefined {
    const proof = this.#proof;
    return proof !== undefined && reaches(proof.since, arrived, maxLagMs) ? proof.index : undefined;
  }

  /** Some read waits for an index. Its question is asked once, and again when there is no answer. */
  ask(leader: ReplicaId | undefined): void {
    if (leader === undefined) return;
    const { now, random, timing } = this.#context;
    const asked = this.#asked;
    const isOver =
      asked === undefined || asked.to !== leader || now - asked.since.at > timing.electionMin;
    if (isOver) {
      // Numbers that are drawn: an answer to an earlier life of this replica must not fit.
      this.#asked = { token: random.uint32(), to: leader, since: this.now, sentAt: now };
    } else if (now - asked.sentAt < timing.resend) return;
    const question = this.#asked;
    if (question === undefined) return;
    question.sentAt = now;
    this.#context.send(leader, { kind: 'readIndex', token: question.token });
  }

  /** Whose answer it is does not matter: only a leader that a quorum has confirmed since gives one. */
  answered({ token, index }: MessageOf<'readIndexReply'>): void {
    if (this.#asked?.token !== token) return;
    this.#proof = { since: this.#asked.since, index };
    this.#asked = undefined;
  }
}

/** By both clocks: each may be wrong, and when one of them says that the time has passed it has. */
function reaches(since: Moment, arrived: Moment, maxLagMs: number): boolean {
  return arrived.at - since.at <= maxLagMs && arrived.wall - since.wall <= maxLagMs;
}
