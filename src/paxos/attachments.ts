import type { ConnectionId } from './client.ts';
import type { SessionNumber } from './entry.ts';

/** The connection on which each session waits for replies. */
export class Attachments {
  readonly #of = new Map<SessionNumber, ConnectionId>();
  readonly #sessions = new Map<ConnectionId, Set<SessionNumber>>();

  get size(): number {
    return this.#of.size;
  }

  of(session: SessionNumber): ConnectionId | undefined {
    return this.#of.get(session);
  }

  connections(): IterableIterator<ConnectionId> {
    return this.#sessions.keys();
  }

  /**
   * What comes late on a connection that the client has left must not take its replies there: whoever
   * waits in the object does not ask again, and would miss the end of the wait. The newest connection is
   * the present one.
   */
  attach(session: SessionNumber, connection: ConnectionId): void {
    const before = this.#of.get(session);
    if (before !== undefined && before >= connection) return;
    if (before !== undefined) this.#sessions.get(before)?.delete(session);
    this.#of.set(session, connection);
    let sessions = this.#sessions.get(connection);
    if (sessions === undefined) this.#sessions.set(connection, (sessions = new Set()));
    sessions.add(session);
  }

  detach(session: SessionNumber): void {
    const connection = this.#of.get(session);
    if (connection === undefined) return;
    this.#of.delete(session);
    this.#sessions.get(connection)?.delete(session);
  }

  /** The connection is gone. Returns the sessions that it had. */
  drop(connection: ConnectionId): readonly SessionNumber[] {
    const sessions = [...(this.#sessions.get(connection) ?? [])];
    for (const session of sessions) this.#of.delete(session);
    this.#sessions.delete(connection);
    return sessions;
  }

  clear(): void {
    this.#of.clear();
    this.#sessions.clear();
  }
}
