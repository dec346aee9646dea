import { encodeItem } from '../../src/paxos/index.ts';
import type { ClientRequest, Item, SessionNumber } from '../../src/paxos/index.ts';
import { clientId } from './show.ts';

interface Client {
  session: SessionNumber | undefined;
  /** The last sequence number that it used. */
  sequence: number;
  /** It has every reply below. */
  lowWater: number;
  reads: number;
}

/** What the clients of a scenario remember: little enough to send what a scenario tells them to. */
export class Clients {
  readonly #clients = new Map<string, Client>();
  readonly #connections: { readonly client: string; readonly replica: string }[] = [];

  #client(name: string): Client {
    let client = this.#clients.get(name);
    if (client === undefined) {
      client = { session: undefined, sequence: 0, lowWater: 1, reads: 0 };
      this.#clients.set(name, client);
    }
    return client;
  }

  #session(name: string): SessionNumber {
    const { session } = this.#client(name);
    if (session === undefined) throw new Error(`${name} has no session`);
    return session;
  }

  /** The connection between the two; there is always one. */
  connection(client: string, replica: string): number {
    const known = this.#connections.findIndex(
      (connection) => connection.client === client && connection.replica === replica,
    );
    if (known >= 0) return known;
    this.#connections.push({ client, replica });
    return this.#connections.length - 1;
  }

  endpoint(connection: number): { readonly client: string; readonly replica: string } {
    const endpoint = this.#connections[connection];
    if (endpoint === undefined) throw new Error(`no connection ${connection}`);
    return endpoint;
  }

  opened(name: string, session: SessionNumber): void {
    this.#client(name).session = session;
  }

  acknowledge(name: string, sequence: number): void {
    this.#client(name).lowWater = sequence + 1;
  }

  /** It has every reply to what it asked for. */
  idle(name: string): ClientRequest {
    const { sequence } = this.#client(name);
    this.acknowledge(name, sequence);
    const lowWater = sequence + 1;
    return itemRequest({ kind: 'acknowledge', session: this.#session(name), lowWater });
  }

  /** @param leaseMs How long what it owns outlasts its last sign of life. */
  open(name: string, leaseMs?: number): ClientRequest {
    const lease = leaseMs === undefined ? {} : { leaseMs };
    return itemRequest({ kind: 'open', client: clientId(name), ...lease });
  }

  /** A sign of life. */
  sign(name: string): ClientRequest {
    return { kind: 'renew', token: ++this.#client(name).reads, session: this.#session(name) };
  }

  /** Undoes a call that may have been executed. */
  withdraw(name: string, callSequence: number): ClientRequest {
    return itemRequest({ kind: 'withdraw', ...this.#numbered(name, undefined), callSequence });
  }

  close(name: string): ClientRequest {
    return itemRequest({ kind: 'close', session: this.#session(name) });
  }

  attach(name: string): ClientRequest {
    return { kind: 'attach', session: this.#session(name) };
  }

  /** What is common to numbered requests; without a number it is the next one. */
  #numbered(
    name: string,
    given: number | undefined,
  ): { session: number; sequence: number; lowWater: number; received: readonly number[] } {
    const client = this.#client(name);
    const sequence = given ?? client.sequence + 1;
    client.sequence = Math.max(client.sequence, sequence);
    const lowWater = Math.min(client.lowWater, sequence);
    return { session: this.#session(name), sequence, lowWater, received: [] };
  }

  call(name: string, sequence: number | undefined, method: string): ClientRequest {
    const command = commandOf(method);
    return itemRequest({ kind: 'call', ...this.#numbered(name, sequence), command });
  }

  cancel(name: string, sequence: number): ClientRequest {
    return itemRequest({ kind: 'cancel', ...this.#numbered(name, sequence) });
  }

  /** Client `name` asks what became of a request of `other`. */
  resolve(name: string, other: string, sequence: number): ClientRequest {
    const target = { session: this.#session(other), sequence };
    return itemRequest({ kind: 'resolve', ...this.#numbered(name, undefined), target });
  }

  /**
   * @param atLeast A slot whose effect the client has seen.
   * @param maxLagMs How old a stale read may be.
   */
  read(
    name: string,
    consistency: 'linearizable' | 'stale',
    atLeast: number,
    maxLagMs?: number,
  ): ClientRequest {
    const client = this.#client(name);
    const token = ++client.reads;
    const session = this.#session(name);
    return {
      kind: 'read',
      token,
      session,
      after: 0,
      consistency,
      atLeast,
      ...(maxLagMs === undefined ? {} : { maxLagMs }),
      command: commandOf('value'),
    };
  }
}

function itemRequest(item: Item): ClientRequest {
  return { kind: 'item', item, bytes: encodeItem(item) };
}

/** `pad 1000` is a command of that many bytes; others are as long as their text. */
function commandOf(method: string): Uint8Array {
  const text = new TextEncoder().encode(method);
  const [, length] = /^pad (\d+)$/.exec(method) ?? [];
  if (length === undefined) return text;
  const command = new Uint8Array(Number(length));
  command.set(text.subarray(0, 3));
  return command;
}
