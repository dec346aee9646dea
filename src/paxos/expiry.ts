import type { Context } from './context.ts';
import type { SessionNumber } from './entry.ts';
import type { Sessions } from './sessions.ts';

/** How often a leader looks for sessions whose records may go, ms. */
const EXPIRY_CHECK = 60_000;

/** When each session was last heard, for the lifetime of request records; in one leadership. */
export class Expiry {
  readonly #context: Context;
  readonly #sessions: Sessions;
  readonly #heard = new Map<SessionNumber, number>();
  #checkedAt = 0;

  constructor(context: Context, sessions: Sessions) {
    this.#context = context;
    this.#sessions = sessions;
  }

  heard(session: SessionNumber): void {
    this.#heard.set(session, this.#context.now);
  }

  forget(session: SessionNumber): void {
    this.#heard.delete(session);
  }

  clear(): void {
    this.#heard.clear();
  }

  /** Sessions that nobody has used for the lifetime of request records; asked in every step. */
  overdue(isAttached: (session: SessionNumber) => boolean): readonly SessionNumber[] {
    const { now, timing } = this.#context;
    if (now - this.#checkedAt < Math.min(EXPIRY_CHECK, timing.recordLifetime / 4)) return [];
    this.#checkedAt = now;
    const sessions: SessionNumber[] = [];
    for (const session of this.#sessions.numbers()) {
      const heard = this.#heard.get(session);
      // A lease may be longer than that: what it keeps is lost by its end alone.
      const isHeld = this.#sessions.stakes.has(session);
      if (heard === undefined || isHeld || isAttached(session)) this.#heard.set(session, now);
      else if (now - heard > timing.recordLifetime) sessions.push(session);
    }
    return sessions;
  }
}
