import type { Token } from '../auth/index.ts';
import { ConCoordError } from '../base/index.ts';
import type { ErrorCode } from '../base/index.ts';
import { Names } from '../naming/index.ts';
import type { Target } from '../naming/index.ts';
import type { Logger } from '../platform/index.ts';
import { showAddress } from './address.ts';
import type { HostPort } from './address.ts';
import { ask } from './control.ts';
import type { Answer } from './control.ts';
import { showWhereabout } from './find-members.ts';
import type { Whereabouts } from './find-members.ts';

const BOOTSTRAP_PATIENCE_MS = 60_000;
const BOOTSTRAP_PAUSE_MS = 200;
/** Whoever waits for a join learns after this time that nobody answers, and then every tenth second. */
const BOOTSTRAP_WORD_MS = 2000;
const BOOTSTRAP_WORDS_LEFT_OUT = 5;
const ANSWER_PATIENCE_MS = 3000;
/** What the same question would be answered again. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['UNAUTHORIZED', 'VERSION_MISMATCH']);

/** What a member answered, and which. */
export interface Contact extends Answer {
  readonly member: HostPort;
}

/** Who looks for a member. */
export interface Seeker {
  /** Of its own, where names may still lead to. */
  readonly address: string;
  readonly token: Token | undefined;
}

/**
 * Asks the members that `-b` names in turn until one answers; domains are resolved anew in every round, since
 * they may not be known yet. A joiner never founds.
 *
 * @throws ConCoordError `BOOTSTRAP_UNREACHABLE`
 */
export async function contact(
  places: Whereabouts,
  seeker: Seeker,
  logger: Logger,
): Promise<Contact> {
  const search = new Search(places, seeker);
  let words = 0;
  const impatience = setInterval(() => {
    if (words++ % BOOTSTRAP_WORDS_LEFT_OUT !== 0) return;
    const until = new Date(search.deadline).toISOString();
    logger.warn(`no answer: ${search.why}; tries on until ${until}`);
  }, BOOTSTRAP_WORD_MS);
  try {
    return await search.run();
  } finally {
    clearInterval(impatience);
  }
}

class Search {
  readonly deadline: number = Date.now() + BOOTSTRAP_PATIENCE_MS;
  readonly #targets: readonly Target[];
  readonly #names: Names;
  readonly #seeker: Seeker;
  /** Why each target led nowhere, or each address did not answer, by its name. */
  #failures = new Map<string, string>();
  /** Those of the round before, which hold until this one is over: a name server can be slow. */
  #before = new Map<string, string>();

  constructor({ dns, targets }: Whereabouts, seeker: Seeker) {
    this.#targets = targets;
    this.#names = new Names(dns);
    this.#seeker = seeker;
  }

  get why(): string {
    const failures = [...new Map([...this.#before, ...this.#failures]).values()];
    return failures.length === 0 ? this.#shown : failures.join('; ');
  }

  get #shown(): string {
    return this.#targets.map(showWhereabout).join(', ');
  }

  async run(): Promise<Contact> {
    while (Date.now() < this.deadline) {
      this.#before = this.#failures;
      this.#failures = new Map();
      for (const target of this.#targets) {
        const answer = await this.#tryTarget(target);
        if (answer !== undefined) return answer;
      }
      if (this.#failures.size === 0) this.#failures = this.#before;
      this.#before = new Map();
      await new Promise((resolve) => setTimeout(resolve, BOOTSTRAP_PAUSE_MS));
    }
    const seconds = BOOTSTRAP_PATIENCE_MS / 1000;
    throw new ConCoordError(
      'BOOTSTRAP_UNREACHABLE',
      `no member answered at ${this.#shown} within ${seconds} s (${this.why})`,
    );
  }

  async #tryTarget(target: Target): Promise<Contact | undefined> {
    const name = showWhereabout(target);
    try {
      const addresses = target.kind === 'host' ? [target] : await this.#addressesOf(target);
      for (const address of addresses) {
        const answer = await this.#tryAddress(address);
        if (answer !== undefined) return answer;
      }
      if (addresses.length === 0) {
        this.#failures.set(name, `${name} lists only this replica itself`);
      }
    } catch (error) {
      if (!(error instanceof ConCoordError) || FINAL.has(error.code)) throw error;
      this.#failures.set(name, error.message);
    }
    return undefined;
  }

  async #addressesOf(target: Target): Promise<readonly HostPort[]> {
    const found = await this.#names.find(target);
    const all = found.map(({ address: host, port }) => ({ host, port }));
    return all.filter((one) => showAddress(one) !== this.#seeker.address);
  }

  async #tryAddress(member: HostPort): Promise<Contact | undefined> {
    const left = this.deadline - Date.now();
    if (left <= 0) return undefined;
    const patienceMs = Math.min(ANSWER_PATIENCE_MS, left);
    try {
      return {
        ...(await ask(member, undefined, { patienceMs, token: this.#seeker.token })),
        member,
      };
    } catch (error) {
      if (!(error instanceof ConCoordError) || FINAL.has(error.code)) throw error;
      this.#failures.set(showAddress(member), error.message);
      return undefined;
    }
  }
}
