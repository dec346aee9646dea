import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ConCoordError, Random } from '../base/index.ts';
import {
  HostedZone,
  KeyStore,
  loadSdk,
  openAccount,
  Publisher,
  ZoneFailure,
} from '../dns/index.ts';
import type { PublisherClock } from '../dns/index.ts';
import type { Logger, ViewRoll } from '../platform/index.ts';
import type { Birth } from './birth.ts';
import type { Publisher as AnyPublisher } from './publisher.ts';
import { rollOf } from './publisher.ts';

/** Whoever starts a replica learns of wrong credentials at once; an outage of Amazon must not hold it up. */
const CHECK_MS = 8000;

export interface Route53Service {
  readonly domain: string;
  readonly ttl: number;
  readonly zoneId: string | undefined;
}

const CLOCK: PublisherClock = {
  now: () => performance.now(),
  wait: (ms, signal) => wait(ms, undefined, { signal, ref: false }).catch(() => undefined),
};

/** Publishes the views of a replica to Route 53 (`-r`), while it leads. */
export class Route53Publisher implements AnyPublisher {
  /** Nobody waits for Amazon. */
  readonly published: Promise<void> = Promise.resolve();
  readonly #domain: string;
  readonly #self: string;
  readonly #logger: Logger;
  readonly #zone: HostedZone;
  readonly #publisher: Publisher;
  /** Of whom the log says already that it leads and does not publish. */
  #idle: string | undefined;

  constructor({ domain, ttl, zoneId }: Route53Service, birth: Birth, logger: Logger) {
    const { instance, generation, self } = birth.household;
    const keys = new KeyStore();
    this.#domain = domain;
    this.#self = self.address;
    this.#logger = logger;
    this.#zone = new HostedZone({
      domain,
      zoneId,
      logger,
      open: async () => openAccount(await loadSdk(), keys),
    });
    this.#publisher = new Publisher({
      domain,
      ttl,
      logger,
      identity: { instance, generation },
      zone: this.#zone,
      clock: CLOCK,
      random: new Random(randomBytes(6).readUIntBE(0, 6)),
    });
  }

  async listen(): Promise<void> {
    try {
      await this.#zone.check(AbortSignal.timeout(CHECK_MS));
    } catch (error) {
      if (!(error instanceof ZoneFailure)) throw error;
      const { cause, kind, message, remedy } = error;
      if (cause instanceof ConCoordError) throw cause;
      if (kind !== 'unavailable') {
        throw new ConCoordError('ROUTE53', message, { cause: error, ...(remedy && { remedy }) });
      }
      this.#logger.warn(
        `${message}; the replica starts without it, and goes on trying when it leads`,
      );
    }
  }

  publish(view: ViewRoll, leads: boolean): void {
    this.#publisher.offer(leads ? rollOf(view, this.#self) : undefined);
    this.#warnOfIdle(view, leads);
  }

  /** Only a leader publishes, and one without `-n` never does: then nothing else would say so. */
  #warnOfIdle({ leader, members }: ViewRoll, leads: boolean): void {
    const isIdle = members.some(({ address, nameServer }) => address === leader && !nameServer);
    const idle = isIdle && !leads ? leader : undefined;
    const isNew = idle !== this.#idle;
    this.#idle = idle;
    if (idle === undefined || !isNew) return;
    this.#logger.warn(
      `${idle} leads, and was started without -n and -r: nobody publishes ${this.#domain} to Route 53. ` +
        `Restart it with both, or hand over: concoord transfer ${idle} ${this.#self}`,
    );
  }

  async close(): Promise<void> {
    this.#publisher.close();
    this.#zone.close();
  }
}
