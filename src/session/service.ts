import type { Call } from './calls.ts';
import type { Link } from './link.ts';
import type { GiveUp } from './types.ts';

/** Less than the 10 s that are promised, so that the failure has arrived by then. */
export const QUORUM_TIMEOUT_MS = 9000;

/** Whether anybody serves the session, and since when nobody does. */
export class Service {
  readonly #link: Link;
  readonly #quorumTimeoutMs: number;
  /** Some replica of the instance has answered, at some time. */
  #greeted = false;
  /** A leader has taken us on this connection, as far as we know. */
  #served = false;
  /** Where a leader said that it has no majority: only a decision, or another leader, disproves it. */
  #majorityLostAt: string | undefined;
  /** Since when somebody waits and nobody serves. */
  #unservedSince: number | undefined;

  constructor(link: Link, quorumTimeoutMs = QUORUM_TIMEOUT_MS) {
    this.#link = link;
    this.#quorumTimeoutMs = quorumTimeoutMs;
  }

  greeted(): void {
    this.#greeted = true;
  }

  served(by: 'attached' | 'decided'): void {
    if (by === 'attached' && this.#link.address === this.#majorityLostAt) return;
    this.#majorityLostAt = undefined;
    this.#served = true;
    this.#unservedSince = undefined;
    this.#link.served(by);
  }

  /** The connection is gone, or whoever is at its other end does not lead. */
  left(): void {
    this.#served = false;
  }

  /** The replica leads, and has no majority. */
  noMajority(): void {
    this.#majorityLostAt = this.#link.address;
  }

  watch(now: number, somebodyWaits: boolean): void {
    if (this.#served || !somebodyWaits) this.#unservedSince = undefined;
    else this.#unservedSince ??= now;
  }

  /** When `call` fails because nobody serves. */
  failsAt(call: Call | undefined): number {
    if (call === undefined || this.#unservedSince === undefined) return Infinity;
    return Math.max(call.madeAt, this.#unservedSince) + this.#quorumTimeoutMs;
  }

  /** Why it fails. */
  failure(openRefused: boolean): GiveUp {
    const facts = `for ${this.#quorumTimeoutMs} ms (${this.#link.reasons})`;
    if (openRefused) {
      const what = 'no new session was taken, because of the limit on sessions,';
      return { code: 'OVERLOADED', message: `${what} ${facts}` };
    }
    if (this.#greeted) return { code: 'NO_QUORUM', message: `no majority answered ${facts}` };
    // The likeliest reason is another than a lost majority.
    return {
      code: 'NO_QUORUM',
      message: `no replica answered ${facts}`,
      remedy:
        'Check the connection string, and that a majority of the replicas runs and is reachable.',
    };
  }
}
