import type { ConnectionId } from './client.ts';

/** The connection on which each client, by its id in hex, waits for its session. */
export class Openers {
  readonly #of = new Map<string, ConnectionId>();

  set(client: string, connection: ConnectionId): void {
    this.#of.set(client, connection);
  }

  /** Whom to tell; undefined when nobody waits any more. */
  take(client: string): ConnectionId | undefined {
    const connection = this.#of.get(client);
    this.#of.delete(client);
    return connection;
  }

  drop(connection: ConnectionId): void {
    for (const [client, opener] of this.#of) if (opener === connection) this.#of.delete(client);
  }

  connections(): IterableIterator<ConnectionId> {
    return this.#of.values();
  }

  clear(): void {
    this.#of.clear();
  }
}
