import type { Logger } from './logger.ts';

/** A warning about the same thing is repeated this often; between, it goes to the debug level. */
const REPEAT_MS = 10_000;
/** Keys come from outside. */
const MOST_KEYS = 256;

interface Said {
  readonly at: number;
  hushed: number;
}

/** Warnings that somebody else can cause, again and again, as fast as he likes. */
export class SparingWarnings {
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #said = new Map<string, Said>();

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(logger: Logger, now: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#now = now;
  }

  /** @param key Who, and about what. */
  warn(key: string, line: string): void {
    const now = this.#now();
    const before = this.#said.get(key);
    if (before !== undefined && now - before.at < REPEAT_MS) {
      before.hushed++;
      this.#logger.debug(line);
      return;
    }
    // Deleted first, so that the oldest stands first.
    this.#said.delete(key);
    this.#said.set(key, { at: now, hushed: 0 });
    if (this.#said.size > MOST_KEYS) this.#said.delete(this.#said.keys().next().value as string);
    const more = before === undefined || before.hushed === 0 ? '' : `; ${before.hushed} more since`;
    this.#logger.warn(line + more);
  }
}
