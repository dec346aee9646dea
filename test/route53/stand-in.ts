/**
 * A loopback server that stands in for Amazon Route 53. It checks signatures and bodies by its own code,
 * models what the service says of change batches, and fails in the ways in which the service fails. What it
 * knows of Route 53 is Amazon's description; docs/testing.md says what that proves, and what it does not.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { callOf, Failure, NAMESPACE, operationOf, perform } from './operations.ts';
import { refusalOf } from './sig-v4.ts';
import type { Credentials } from './sig-v4.ts';
import { element } from './xml.ts';
import type { Batch, Zone } from './zone.ts';

export const KNOWN: Credentials = {
  id: 'AKIASTANDINSTANDIN01',
  secret: 'standInStandInStandInStandInStandInAbcd1',
};

const MOST_BODY_BYTES = 1024 * 1024;

/** What happens to requests instead of being served. */
export type Fault =
  /** `Throttling`, as for a sixth request in a second. */
  | 'throttled'
  /** 500 without a document. */
  | 'broken'
  /** The connection ends without an answer. */
  | 'cut'
  /** It is served, but the answer is lost. */
  | 'lost'
  /** No answer, and the connection stays. */
  | 'silent';

export interface Settings {
  readonly zones: readonly Zone[];
  readonly known?: readonly Credentials[];
  /** How long a batch is PENDING; undefined keeps it so until `settle`. */
  readonly pendingMs?: number;
  readonly pageSize?: number;
  /**
   * InvalidChangeBatch in the form of its own that Amazon describes. Neither its SDK nor botocore can read
   * that, so the service must be answering in the form of all other errors.
   */
  readonly ownForm?: boolean;
}

/** One request, and what became of it. */
export interface Served {
  readonly operation: string;
  readonly status: number;
  readonly code: string | undefined;
}

export class StandIn {
  readonly zones: readonly Zone[];
  readonly served: Served[] = [];
  /** Decides of each request. */
  fault: (operation: string) => Fault | undefined = () => undefined;
  readonly #settings: Settings;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #watchers: (() => void)[] = [];
  #port = 0;
  #lastId = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.zones = settings.zones;
    this.#server = createServer((request, response) => void this.#receive(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What a process of ours needs to find this server, and to be known by it. */
  get environment(): NodeJS.ProcessEnv {
    const { id, secret } = KNOWN;
    return { ...this.bareEnvironment, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret };
  }

  /** The same without credentials: nothing that this machine has may be found either. */
  get bareEnvironment(): NodeJS.ProcessEnv {
    return {
      AWS_ENDPOINT_URL_ROUTE_53: this.endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
    };
  }

  /** Listens; again at the same port after `down`. */
  up(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Nobody is here any more; what the zones say stays. */
  down(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    return closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#server.listening) await this.down();
  }

  /** Waits until something is so; asked again after every request, and every batch that is INSYNC. */
  until<T>(look: () => T | undefined, what: string, patienceMs = 40_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers = this.#watchers.filter((one) => one !== watch);
        reject(new Error(`never: ${what}; requests: ${JSON.stringify(this.served.slice(-20))}`));
      }, patienceMs);
      const watch = (): void => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#watchers = this.#watchers.filter((one) => one !== watch);
        resolve(found);
      };
      this.#watchers.push(watch);
      watch();
    });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === undefined) return void request.socket.destroy();
    const { method = '', url: target = '' } = request;
    const operation = operationOf(method, target.replace(/^\/[^/]*\/|\?.*$/g, '')) ?? 'unknown';
    const fault = this.fault(operation);
    if (fault === 'silent') return this.#note(operation, 0, fault);
    if (fault === 'cut') {
      request.socket.destroy();
      return this.#note(operation, 0, fault);
    }
    const { status, code, text } = this.#answer(request, body, fault);
    if (fault === 'lost') request.socket.destroy();
    else {
      response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': 'stand-in' });
      response.end(text);
    }
    this.#note(operation, status, fault ?? code);
  }

  #answer(
    { method = '', url: target = '', headers }: IncomingMessage,
    body: Buffer,
    fault: Fault | undefined,
  ): { readonly status: number; readonly code: string | undefined; readonly text: string } {
    if (fault === 'broken') return { status: 500, code: fault, text: '' };
    try {
      const known = this.#settings.known ?? [KNOWN];
      const refusal = refusalOf({ method, target, headers, body }, known, Date.now());
      if (refusal !== undefined) throw new Failure(refusal.status, refusal.code, refusal.message);
      if (fault === 'throttled') throw new Failure(400, 'Throttling', 'Rate exceeded');
      const text = perform(callOf(method, target, body.toString()), {
        zones: this.zones,
        changed: (zone, batch) => this.#settleLater(zone, batch),
        nextId: () => `C${String(++this.#lastId).padStart(13, '0')}`,
        pageSize: this.#settings.pageSize,
      });
      return { status: 200, code: undefined, text };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { status: error.status, code: error.code, text: this.#showFailure(error) };
    }
  }

  #showFailure({ code, message, reasons }: Failure): string {
    const request = element('RequestId', 'stand-in');
    const space = ` xmlns="${NAMESPACE}"`;
    if (reasons !== undefined && this.#settings.ownForm === true) {
      const messages = reasons.map((reason) => element('Message', reason));
      return element('InvalidChangeBatch', [element('Messages', messages), request], space);
    }
    const parts = [element('Type', 'Sender'), element('Code', code), element('Message', message)];
    return element('ErrorResponse', [element('Error', parts), request], space);
  }

  #settleLater(zone: Zone, batch: Batch): void {
    const { pendingMs } = this.#settings;
    if (pendingMs === undefined) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      zone.settle(batch);
      this.#look();
    }, pendingMs);
    this.#timers.add(timer);
  }

  #note(operation: string, status: number, code: string | undefined): void {
    this.served.push({ operation, status, code });
    this.#look();
  }

  #look(): void {
    for (const watch of [...this.#watchers]) watch();
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > MOST_BODY_BYTES) return undefined;
      parts.push(part);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(parts);
}
