import { Names, parseConnectString, showTarget } from '../naming/index.ts';
import type { Endpoint, Target } from '../naming/index.ts';

/** Told of what a domain stands for, in the form in which views have addresses. */
export type Found = (domain: string, addresses: readonly string[]) => void;

/**
 * Where the addresses of a session lead. Whenever a connection is opened, the domains of the connection
 * string are asked for anew as well, since those that are known may all be gone: the session hears what they
 * stand for in time to go there next.
 */
export class AddressBook {
  readonly #targets: ReadonlyMap<string, Target>;
  readonly #names: Names;
  readonly #found: Found;
  /** Connections tried since a replica greeted: each begins with another endpoint of its target. */
  #attempts = 0;
  /** What each domain stood for when the session was told of it last. */
  readonly #told = new Map<string, string>();

  /** @throws ConnectionError when `connect` is malformed. */
  constructor(connect: string, dns: string | undefined, found: Found) {
    const targets = parseConnectString(connect);
    this.#targets = new Map(targets.map((target) => [showTarget(target), target]));
    this.#names = new Names(dns);
    this.#found = found;
  }

  /** As in the connection string. */
  get bootstrap(): readonly string[] {
    return [...this.#targets.keys()];
  }

  /** Of an address of the connection string, or of a member: in the order in which they are to be tried. */
  async open(address: string): Promise<readonly Endpoint[]> {
    const attempt = this.#attempts++;
    // Addresses of members come from replicas, and are read like those of the user.
    const target = this.#targets.get(address) ?? parseConnectString(address)[0];
    const turn = (endpoints: readonly Endpoint[]): readonly Endpoint[] => {
      const first = endpoints.length === 0 ? 0 : attempt % endpoints.length;
      return [...endpoints.slice(first), ...endpoints.slice(0, first)];
    };
    for (const [domain, one] of this.#targets) {
      if (one.kind !== 'domain') continue;
      this.#names.find(one).then(
        // The first is being tried right now: then the others are better bets.
        (found) => this.#tell(domain, domain === address ? afterFirst(turn(found)) : found),
        // Whoever goes to the domain itself hears why it cannot be found.
        () => undefined,
      );
    }
    return target === undefined ? [] : turn(await this.#names.find(target));
  }

  /** What was tried has led to a replica. */
  greeted(): void {
    this.#attempts = 0;
  }

  /** Nobody needs a connection any more. */
  stop(): void {
    this.#names.stop();
  }

  #tell(domain: string, endpoints: readonly Endpoint[]): void {
    const addresses = endpoints.map(({ address: host, port }) =>
      showTarget({ kind: 'host', host, port }),
    );
    const told = addresses.toSorted().join();
    if (told === this.#told.get(domain)) return;
    this.#told.set(domain, told);
    this.#found(domain, addresses);
  }
}

function afterFirst(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [...endpoints.slice(1), ...endpoints.slice(0, 1)];
}
