import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { SERVICE_LABELS } from '../base/index.ts';
import type { Target } from './connect-string.ts';
import { showTarget } from './connect-string.ts';
import { firstOf } from './first-of.ts';
import { gather } from './gather.ts';
import { codeOf, explainName, NameFailure, noService } from './name-failure.ts';
import { Question } from './question.ts';
import { srvOrder } from './srv-order.ts';
import type { SrvTarget } from './srv-order.ts';

export interface Endpoint {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
}

/** An answer for a domain serves for so long, also one that is none: whoever searches asks often. */
export const FRESH_MS = 1000;
/** A given name server that says nothing for so long is not waited for alone: it may be gone. */
const DNS_PATIENCE_MS = 1000;
/** Addresses of one name, of each kind; a list of hundreds brings no more than these. */
const MOST_ADDRESSES = 4;
/** Of one domain. */
const MOST_ENDPOINTS = 64;
/** Targets that the system is asked for in its own way, when nothing else has led anywhere. */
const MOST_LOOKED_UP = 3;
/** Names that are shown when none of them leads anywhere. */
const MOST_SHOWN = 3;

const lookupAll = promisify(lookup);

interface Answer {
  readonly endpoints: Promise<readonly Endpoint[]>;
  /** Infinity while it is under way. */
  until: number;
}

/**
 * Finds the endpoints behind a target. A question is asked once at a time: an attempt to connect that
 * comes while a slow name server still thinks gets the same answer.
 */
export class Names {
  readonly #dns: string | undefined;
  readonly #clock: () => number;
  readonly #answers = new Map<string, Answer>();
  readonly #open = new Set<Question>();

  /**
   * @param dns `addr:port` of a name server; what it does not know, the system is asked for.
   * @param clock In ms.
   */
  constructor(dns: string | undefined, clock: () => number = () => performance.now()) {
    this.#dns = dns;
    this.#clock = clock;
  }

  /** In the order in which they should be tried; rejects with a `NameFailure` when there is none. */
  find(target: Target): Promise<readonly Endpoint[]> {
    const now = this.#clock();
    for (const [key, { until }] of this.#answers) if (now >= until) this.#answers.delete(key);
    const key = showTarget(target);
    const known = this.#answers.get(key);
    if (known !== undefined) return known.endpoints;
    const domain = target.kind === 'domain' ? target.domain : undefined;
    const endpoints =
      target.kind === 'domain' ? this.#findService(target.domain) : this.#findHost(target);
    const answer: Answer = { endpoints, until: Infinity };
    this.#answers.set(key, answer);
    const done = (): void => {
      if (domain !== undefined) answer.until = this.#clock() + FRESH_MS;
      else if (this.#answers.get(key) === answer) this.#answers.delete(key);
    };
    endpoints.then(done, done);
    return endpoints;
  }

  /** Nobody waits for answers any more: questions under way would keep the program running. */
  stop(): void {
    if (this.#open.size === 0) return;
    this.#answers.clear();
    for (const question of this.#open) question.end();
  }

  async #findHost({ host, port }: { host: string; port: number }): Promise<readonly Endpoint[]> {
    const addresses = isIP(host) === 0 ? await this.#hostAddresses(host) : [host];
    return addresses.map((address) => ({ address, port }));
  }

  async #hostAddresses(host: string): Promise<readonly string[]> {
    const bySystem = (): Promise<readonly string[]> => lookUp(host);
    const questions = this.#dns === undefined ? [] : [this.#ask(this.#dns)];
    const given = questions.map((question) => () => addressesOf(host, question));
    try {
      return await firstOf([...(isLocal(host) ? [] : given), bySystem], DNS_PATIENCE_MS);
    } catch (error) {
      throw explainName(host, error);
    } finally {
      this.#end(questions);
    }
  }

  async #findService(domain: string): Promise<readonly Endpoint[]> {
    const question = this.#ask(this.#dns);
    const questions = [question];
    try {
      const targets = srvOrder(await question.srv(`${SERVICE_LABELS}.${domain}`), () =>
        Math.random(),
      );
      if (targets.length === 0) throw nothingUsable(domain);
      if (this.#dns !== undefined) questions.push(this.#ask(undefined));
      const hosts = new Map(targets.map(({ host }) => [host, targetAddresses(host, questions)]));
      const { failure, found } = await gather(
        targets.map(async ({ host, port }) => {
          const addresses = (await hosts.get(host)) ?? [];
          return addresses.map((address) => ({ address, port }));
        }),
      );
      if (found.length > 0) return distinct(found);
      const local = question.ended ? [] : await lookedUp(targets.slice(0, MOST_LOOKED_UP));
      if (local.length === 0) throw nowhere(domain, [...hosts.keys()], failure);
      return distinct(local);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENODATA') throw noService(domain, true);
      if (code === 'ENOTFOUND') throw noService(domain, await question.exists(domain));
      throw explainName(domain, error);
    } finally {
      this.#end(questions);
    }
  }

  #ask(dns: string | undefined): Question {
    const question = new Question(dns);
    this.#open.add(question);
    return question;
  }

  #end(questions: readonly Question[]): void {
    for (const question of questions) {
      this.#open.delete(question);
      question.end();
    }
  }
}

/** As the system does it, `/etc/hosts` among others. It cannot be ended, and others wait in its queue. */
async function lookUp(host: string): Promise<readonly string[]> {
  const found = await lookupAll(host, { all: true });
  return found.map(({ address }) => address);
}

/** Of all proxies of the program: such lookups occupy its few threads, some for many seconds. */
let lookingUp = false;

/** Targets that no name server knows may be names that only the machines of a network agree on. */
async function lookedUp(targets: readonly SrvTarget[]): Promise<readonly Endpoint[]> {
  if (lookingUp) return [];
  lookingUp = true;
  let late = false;
  const search = async (): Promise<readonly Endpoint[]> => {
    try {
      for (const { host, port } of targets) {
        const addresses = late ? [] : await lookUp(host).catch(() => []);
        if (addresses.length > 0) return addresses.map((address) => ({ address, port }));
      }
      return [];
    } finally {
      lookingUp = false;
    }
  };
  // What stands in a file is found at once.
  const giveUp = (): Promise<readonly Endpoint[]> => {
    late = true;
    return Promise.resolve([]);
  };
  return firstOf([search, giveUp], DNS_PATIENCE_MS);
}

/** Several names may lead to one place; and there are enough of them. */
function distinct(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const byPlace = new Map(endpoints.map((one) => [`${one.address} ${one.port}`, one]));
  return [...byPlace.values()].slice(0, MOST_ENDPOINTS);
}

/** Never asked of a name server (RFC 6761). */
function isLocal(host: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(host);
}

async function targetAddresses(
  host: string,
  questions: readonly Question[],
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  return firstOf(
    questions.map((question) => () => addressesOf(host, question)),
    DNS_PATIENCE_MS,
  );
}

async function addressesOf(host: string, question: Question): Promise<readonly string[]> {
  const few = async (asked: Promise<readonly string[]>): Promise<readonly string[]> =>
    (await asked).slice(0, MOST_ADDRESSES);
  const { failure, found } = await gather([few(question.v4(host)), few(question.v6(host))]);
  if (found.length === 0) throw explainName(host, failure);
  return found;
}

function nothingUsable(domain: string): NameFailure {
  const why = 'says in its SRV records that it has no replicas';
  const remedy = 'Start replicas that publish themselves there, or name members as host:port.';
  return new NameFailure(`${domain} ${why}`, why, { absent: true, remedy });
}

function nowhere(domain: string, hosts: readonly string[], failure: unknown): NameFailure {
  const more = hosts.length - MOST_SHOWN;
  const names = hosts.slice(0, MOST_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const why = `lists ${names}, which lead to no address (${explainName(domain, failure).message})`;
  return new NameFailure(`${domain} ${why}`, why);
}
