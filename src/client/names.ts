import { lookup, promises } from 'node:dns';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import type { Target } from './connect-string.ts';

export interface Endpoint {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
}

const SERVICE = '_concoord._tcp';
const lookupAll = promisify(lookup);

/**
 * Finds the endpoints behind a target. A question is asked once at a time: an attempt to connect that
 * comes while a slow name server still thinks gets the same answer.
 */
export class Names {
  readonly #resolver: promises.Resolver | undefined;
  readonly #asked = new Map<string, Promise<readonly Endpoint[]>>();

  /** @param dns `addr:port` of a name server; undefined asks the system. */
  constructor(dns: string | undefined) {
    if (dns === undefined) return;
    this.#resolver = new promises.Resolver({ timeout: 1000, tries: 3 });
    this.#resolver.setServers([dns]);
  }

  /** In the order in which they should be tried; rejects with an error of `node:dns` when there is none. */
  find(target: Target): Promise<readonly Endpoint[]> {
    const key = target.kind === 'domain' ? target.domain : `${target.host}:${target.port}`;
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const answer = (
      target.kind === 'domain' ? this.#findService(target.domain) : this.#findHost(target)
    ).finally(() => this.#asked.delete(key));
    this.#asked.set(key, answer);
    return answer;
  }

  async #findHost({ host, port }: { host: string; port: number }): Promise<readonly Endpoint[]> {
    const addresses = isIP(host) === 0 ? await this.#addresses(host) : [host];
    return addresses.map((address) => ({ address, port }));
  }

  async #findService(domain: string): Promise<readonly Endpoint[]> {
    const resolver = this.#resolver ?? promises;
    const records = await resolver.resolveSrv(`${SERVICE}.${domain}`);
    // Weights share load; a client that follows the leader has none to share.
    const sorted = records.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight);
    const found = await Promise.allSettled(
      sorted.map(({ name, port }) => this.#findHost({ host: name, port })),
    );
    const endpoints = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    const failed = found.find((one) => one.status === 'rejected');
    if (endpoints.length === 0 && failed !== undefined) throw failed.reason;
    return endpoints;
  }

  async #addresses(host: string): Promise<readonly string[]> {
    const resolver = this.#resolver;
    if (resolver === undefined) {
      const found = await lookupAll(host, { all: true });
      return found.map(({ address }) => address);
    }
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    const [first] = found;
    if (addresses.length === 0 && first.status === 'rejected') throw first.reason;
    return addresses;
  }
}
