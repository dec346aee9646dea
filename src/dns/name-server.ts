import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Worker } from 'node:worker_threads';
import { assert, ConCoordError } from '../base/index.ts';
import type { FromNameServer, NameServerData, ToNameServer } from './name-server-format.ts';
import { REPLIES_PER_SECOND } from './rate-limit.ts';
import type { Roll } from './records.ts';
import { isKin, isVacant } from './stand-by.ts';

/** A module beside this one, compiled like it. */
const ENTRY = new URL(
  import.meta.url.replace(/[^/]*\.([jt]s)$/, 'name-server-main.$1'),
  import.meta.url,
);

const MAX_HEAP_MEGABYTES = 64;
/** After a thread that has ended by itself, the next one is started so much later. */
const RESTART_MS = 1000;

export interface NameServerOptions {
  /** In ASCII and lower case, without a dot at its end; at most `MAX_DOMAIN_CHARACTERS`. */
  readonly domain: string;
  /** Where to listen: an address or a name. */
  readonly host: string;
  /** 0 takes any, for tests. */
  readonly port: number;
  /** Seconds for which others may remember an answer. */
  readonly ttl: number;
  readonly repliesPerSecond?: number;
  /** Members of the instance, as far as they are known: one of them may have the port, on this machine. */
  readonly members?: readonly string[];
  readonly warn: (text: string) => void;
}

/**
 * The authoritative name server of a domain, in a thread of its own: it answers from the roll that it was
 * given last, whatever the replica does meanwhile, and packets cost the replica nothing.
 */
export class NameServer {
  readonly #options: NameServerOptions;
  readonly #addresses: readonly string[];
  #worker: Worker | undefined;
  #port: number;
  #roll: Roll | undefined;
  #number = 0;
  #serving = 0;
  #waiting: { readonly number: number; readonly resolve: () => void }[] = [];
  #restart: NodeJS.Timeout | undefined;
  /** Another replica of the instance answers at this place, and this one takes over when it ends. */
  #standsBy = false;
  #closed = false;

  private constructor(options: NameServerOptions, addresses: readonly string[]) {
    this.#options = options;
    this.#addresses = addresses;
    this.#port = options.port;
  }

  /**
   * Listens; until the first roll is published, questions are answered with SERVFAIL.
   *
   * @throws ConCoordError when the port cannot be had.
   */
  static async listen(options: NameServerOptions): Promise<NameServer> {
    const server = new NameServer(options, await addressesOf(options));
    try {
      await server.#start();
    } catch (error) {
      if (!(await server.#isAnswered(error))) {
        server.#closed = true;
        throw error;
      }
      server.#standBy();
    }
    return server;
  }

  get standsBy(): boolean {
    return this.#standsBy;
  }

  async #isAnswered(error: unknown): Promise<boolean> {
    if (!(error instanceof ConCoordError) || error.code !== 'ADDRESS_IN_USE') return false;
    const { domain, members = [] } = this.#options;
    const asked = this.#places().map((place) => isKin(place, domain, members));
    return (await Promise.all(asked)).includes(true);
  }

  #places(): { readonly address: string; readonly port: number }[] {
    return this.#addresses.map((address) => ({ address, port: this.#port }));
  }

  #standBy(): void {
    this.#standsBy = true;
    this.#options.warn(
      `another replica of this instance answers for ${this.#options.domain} at port ${this.#port} of this ` +
        'address; this one takes its place when it ends',
    );
    this.#startLater();
  }

  get port(): number {
    return this.#port;
  }

  /** From when this is done on, answers come from this roll or a later one. */
  publish(roll: Roll): Promise<void> {
    this.#roll = roll;
    const number = ++this.#number;
    this.#post();
    if (this.#standsBy) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ number, resolve }));
  }

  #post(): void {
    if (this.#roll === undefined) return;
    const message: ToNameServer = { number: this.#number, roll: this.#roll };
    this.#worker?.postMessage(message);
  }

  #start(): Promise<void> {
    const { domain, ttl, repliesPerSecond = REPLIES_PER_SECOND } = this.#options;
    const addresses = this.#addresses;
    const workerData: NameServerData = {
      domain,
      addresses,
      port: this.#port,
      ttl,
      repliesPerSecond,
    };
    const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MEGABYTES };
    const worker = new Worker(ENTRY, { workerData, resourceLimits });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      let reason = 'its thread has ended';
      worker.on('error', (error) => (reason = String(error)));
      let listens = false;
      worker.on('exit', () => {
        reject(new ConCoordError('CONNECTION', `the name server does not start: ${reason}`));
        if (listens) this.#lost(worker, reason);
      });
      worker.on('message', (message: FromNameServer) => {
        if (message.kind === 'serves') return this.#serves(message.number);
        if (message.kind === 'failed') {
          reject(cannotListen(message.address, this.#port, message.code));
          void this.#retire(worker);
          return;
        }
        listens = true;
        this.#port = message.port;
        // Whoever keeps the process alive is the replica.
        worker.unref();
        this.#post();
        resolve();
      });
    });
  }

  #serves(number: number): void {
    this.#serving = Math.max(this.#serving, number);
    const done = this.#waiting.filter((one) => one.number <= this.#serving);
    this.#waiting = this.#waiting.filter((one) => one.number > this.#serving);
    for (const { resolve } of done) resolve();
  }

  #lost(worker: Worker, reason: string): void {
    if (this.#closed || worker !== this.#worker) return;
    this.#worker = undefined;
    this.#options.warn(`the name server was lost (${reason}), and is started again`);
    this.#startLater();
  }

  #startLater(): void {
    this.#restart = setTimeout(() => {
      this.#startAgain().catch((error: unknown) => {
        if (this.#closed) return;
        // Of several that stand by, another may have been quicker.
        const isTaken = error instanceof ConCoordError && error.code === 'ADDRESS_IN_USE';
        if (!this.#standsBy || !isTaken) {
          this.#options.warn(`the name server is not there: ${(error as Error).message}`);
        }
        this.#startLater();
      });
    }, RESTART_MS);
    this.#restart.unref();
  }

  async #startAgain(): Promise<void> {
    if (this.#standsBy) {
      const vacant = await Promise.all(this.#places().map(isVacant));
      if (this.#closed) return;
      if (vacant.includes(false)) return this.#startLater();
    }
    await this.#start();
    if (!this.#standsBy) return;
    this.#standsBy = false;
    const { domain, warn } = this.#options;
    warn(
      `the name server answers for ${domain} at port ${this.#port} now, in the place of another`,
    );
  }

  async #retire(worker: Worker): Promise<void> {
    if (worker === this.#worker) this.#worker = undefined;
    await worker.terminate();
  }

  async close(): Promise<void> {
    assert(!this.#closed, 'a name server is closed once');
    this.#closed = true;
    clearTimeout(this.#restart);
    this.#serves(this.#number);
    await this.#worker?.terminate();
  }
}

async function addressesOf({ host, port }: NameServerOptions): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    const found = await lookup(host, { all: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    throw cannotListen(host, port, (error as NodeJS.ErrnoException).code ?? String(error));
  }
}

function cannotListen(address: string, port: number, code: string): ConCoordError {
  const place = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const fact = `the name server cannot listen at ${place}: ${code}`;
  if (code === 'EACCES' || code === 'EPERM') {
    return new ConCoordError('PORT_FORBIDDEN', fact, {
      remedy:
        'Choose a port above 1023 with --dns-port, allow this Node.js the lower ones ' +
        `(sudo setcap cap_net_bind_service=+ep ${process.execPath}), or start with sudo.`,
    });
  }
  if (code === 'EADDRINUSE') {
    return new ConCoordError('ADDRESS_IN_USE', fact, {
      remedy:
        'Stop the name server that is there, give this replica another address with -a, ' +
        'or another port with --dns-port.',
    });
  }
  return new ConCoordError('CONNECTION', fact, {
    remedy: 'Give -a an address of this machine.',
  });
}
