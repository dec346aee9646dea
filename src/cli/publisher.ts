import { NameServer } from '../dns/index.ts';
import type { Roll } from '../dns/index.ts';
import { ConCoordError, present } from '../base/index.ts';
import { splitAddress } from '../platform/index.ts';
import type { Logger, ViewRoll } from '../platform/index.ts';
import type { Birth } from './birth.ts';
import type { NameService } from './flags.ts';

/** Where the members of the view are told of, beside the replica itself. */
export interface Publisher {
  /** @throws ConCoordError when it could never work. */
  listen(): Promise<void>;
  publish(view: ViewRoll, leads: boolean): void;
  /** Settles when whoever is told that the replica is ready may ask. */
  readonly published: Promise<void>;
  close(): Promise<void>;
}

/** Runs the name server of a replica (`-n`), and gives it the views. */
export class NameServerPublisher implements Publisher {
  readonly #service: NameService;
  readonly #self: string;
  readonly #members: readonly string[];
  readonly #logger: Logger;
  #server: NameServer | undefined;
  #published: Promise<void> = Promise.resolve();

  constructor(service: NameService, birth: Birth, logger: Logger) {
    this.#service = service;
    this.#self = birth.household.self.address;
    this.#members = [this.#self, ...birth.contacts.map(({ address }) => address)];
    this.#logger = logger;
  }

  /** @throws ConCoordError when the port cannot be had. */
  async listen(): Promise<void> {
    const { domain, port, ttl } = this.#service;
    const { host } = splitAddress(this.#self);
    const warn = (text: string): void => this.#logger.warn(text);
    const members = this.#members;
    this.#server = await NameServer.listen({ domain, host, members, port, ttl, warn });
    if (this.#server.standsBy) return;
    this.#logger.info(`the name server answers for ${domain} at port ${port}`);
  }

  publish(view: ViewRoll): void {
    const server = present(
      this.#server,
      'the name server, which listens before the replica starts',
    );
    this.#published = server.publish(rollOf(view, this.#self));
  }

  /** The view that was published last is what answers come from. */
  get published(): Promise<void> {
    return this.#published;
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}

/**
 * @param answering Is a name server now, whatever the view says: after a restart with `-n` it is in the
 * view as such a moment later.
 */
export function rollOf({ epoch, members }: ViewRoll, answering: string): Roll {
  const nodes = members.flatMap(({ address, nameServer }) => {
    const kind = nameServer || address === answering ? 'NAMESERVER' : 'REPLICA';
    try {
      return [{ kind, ...splitAddress(address) } as const];
    } catch (error) {
      // The address came from another replica, which cannot be trusted to have checked it.
      if (!(error instanceof ConCoordError)) throw error;
      return [];
    }
  });
  return { epoch, nodes };
}
