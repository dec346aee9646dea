/** A zone and a time of the test's own, for publishers. */
import { Random } from '../../src/base/index.ts';
import { Zone } from './zone.ts';
import { Publisher, ZoneFailure } from '../../src/dns/route53-publisher.ts';
import type {
  PublisherClock,
  PublisherOptions,
  ZonePort,
} from '../../src/dns/route53-publisher.ts';
import type { Change, ZoneSet } from '../../src/dns/route53-plan.ts';
import type { Roll } from '../../src/dns/records.ts';

export const DOMAIN = 'counter.test';
export const INSTANCE = 'a'.repeat(32);

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Time that passes when nothing else is left to do. */
export class VirtualClock implements PublisherClock {
  #now = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = {
        at: this.#now + ms,
        fire: () => {
          this.#timers = this.#timers.filter((one) => one !== timer);
          resolve();
        },
      };
      this.#timers.push(timer);
      signal.addEventListener('abort', timer.fire);
      if (signal.aborted) timer.fire();
    });
  }

  get isEmpty(): boolean {
    return this.#timers.length === 0;
  }

  /** Lets `ms` pass, and everything happen that is due meanwhile. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#now = Math.max(this.#now, next.at);
      next.fire();
    }
    this.#now = end;
  }
}

/** Everything that follows by promises alone has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export type Mishap = 'refused' | 'unavailable' | 'lost' | 'late';

/** The zone of the stand-in, without a server between. */
export class FakeZone implements ZonePort {
  readonly zone = new Zone('Z1', DOMAIN);
  readonly calls: string[] = [];
  readonly #clock: VirtualClock;
  /** Decides of every call. */
  mishap: (call: string) => Mishap | undefined = () => undefined;
  #lastId = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async read(): Promise<readonly ZoneSet[]> {
    await this.#arrive('read');
    return this.sets();
  }

  async change(changes: readonly Change[], comment: string): Promise<string> {
    const mishap = await this.#arrive('change');
    // The caller has long given up when such a request is served.
    if (mishap === 'late') await this.#clock.wait(100_000, new AbortController().signal);
    const id = `C${++this.#lastId}`;
    const batch = this.zone.change(
      changes.map(({ action, set }) => ({ action, set: { ...set, name: `${set.name}.` } })),
      comment,
      id,
    );
    if (mishap !== undefined) throw new ZoneFailure('unavailable', 'the answer was lost');
    if (!('id' in batch)) throw new ZoneFailure('conflict', batch.join(', '));
    return id;
  }

  async isInSync(): Promise<boolean> {
    await this.#arrive('look');
    const last = this.zone.batches.at(-1);
    if (last !== undefined) this.zone.settle(last);
    return true;
  }

  async #arrive(call: string): Promise<Mishap | undefined> {
    this.calls.push(call);
    const mishap = this.mishap(call);
    // A little time passes with every request, so that others come between.
    await this.#clock.wait(20, new AbortController().signal);
    if (mishap === 'refused') throw new ZoneFailure('refused', 'the key is unknown');
    if (mishap === 'unavailable') throw new ZoneFailure('unavailable', 'nobody answers');
    return mishap;
  }

  sets(): readonly ZoneSet[] {
    return this.zone
      .list()
      .filter(({ type }) => type !== 'NS' && type !== 'SOA')
      .map((set) => ({ ...set, name: set.name.slice(0, -1), plain: true }));
  }

  /** `NAME TYPE: VALUES` of everything but the stamp. */
  said(): string[] {
    return this.sets()
      .filter(({ name }) => name !== `_concoord.${DOMAIN}`)
      .map(({ name, type, values }) => `${name} ${type}: ${values.join(', ')}`);
  }
}

export interface Replica {
  readonly publisher: Publisher;
  readonly lines: string[];
}

export class Theatre {
  readonly clock = new VirtualClock();
  readonly zone = new FakeZone(this.clock);
  readonly #publishers: Publisher[] = [];

  replica(options: Partial<PublisherOptions> = {}): Replica {
    const lines: string[] = [];
    const write = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
    const publisher = new Publisher({
      domain: DOMAIN,
      ttl: 30,
      identity: { instance: INSTANCE, generation: 1 },
      zone: this.zone,
      clock: this.clock,
      random: new Random(7),
      logger: { debug: write('debug'), info: write('info'), warn: write('warn') },
      ...options,
    });
    this.#publishers.push(publisher);
    return { publisher, lines };
  }

  [Symbol.dispose](): void {
    for (const publisher of this.#publishers) publisher.close();
  }
}

/** A view whose members are `127.0.0.N`, or IPv6 addresses when they are negative. */
export function rollOf(epoch: number, ...members: number[]): Roll {
  const nodes = members.map((member) => ({
    kind: 'NAMESERVER' as const,
    host: member < 0 ? `fd00::${-member}` : `127.0.0.${member}`,
    port: 14_000 + Math.abs(member),
  }));
  return { epoch, nodes };
}
