import { promises } from 'node:dns';
import { codeOf } from './name-failure.ts';
import type { SrvRecord } from './srv-order.ts';

/** A server that has not answered by then is asked again, or another one. */
const TRY_MS = 1000;
const TRIES = 3;
/** Whoever connects has waited twice by then; without an answer, another address is the better bet. */
const MOST_MS = 4000;

/**
 * Questions to name servers that belong together, and end together: all that is known by then counts. A
 * resolver of its own reads the servers of the system anew, and does not disturb questions of others.
 */
export class Question {
  readonly #resolver = new promises.Resolver({ timeout: TRY_MS, tries: TRIES });
  readonly #timer: NodeJS.Timeout;
  #ended = false;

  /** @param dns `addr:port` of a name server; undefined asks those of the system. */
  constructor(dns: string | undefined) {
    if (dns !== undefined) this.#resolver.setServers([dns]);
    this.#timer = setTimeout(() => this.#resolver.cancel(), MOST_MS).unref();
  }

  /** Nobody waits for answers any more. */
  get ended(): boolean {
    return this.#ended;
  }

  srv(name: string): Promise<readonly SrvRecord[]> {
    return this.#resolver.resolveSrv(name);
  }

  v4(host: string): Promise<readonly string[]> {
    return this.#resolver.resolve4(host);
  }

  v6(host: string): Promise<readonly string[]> {
    return this.#resolver.resolve6(host);
  }

  /** Whether there is anything of that name; yes, when nobody knows. */
  async exists(name: string): Promise<boolean> {
    try {
      await this.#resolver.resolve4(name);
      return true;
    } catch (error) {
      return codeOf(error) !== 'ENOTFOUND';
    }
  }

  /** Nobody waits for what has not come yet. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#resolver.cancel();
  }
}
