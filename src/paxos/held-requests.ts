import { limits } from '../base/index.ts';
import type { ClientRequest, ConnectionId } from './client.ts';

/** How far a replica is from taking requests in. */
export type Office = 'ready' | 'later' | 'soon' | 'none';

export interface Held {
  readonly connection: ConnectionId;
  readonly request: ClientRequest;
}

/** Requests that wait until a replica takes them up, in their order and within a bound. */
export class HeldRequests {
  #held: Held[] = [];
  #bytes = 0;
  /** What clients repeat until they are answered, and what is held once. */
  readonly #signs = new Set<string>();

  get size(): number {
    return this.#held.length;
  }

  /** Returns `full` for one that there is no room for. */
  add(connection: ConnectionId, request: ClientRequest): 'held' | 'full' {
    const sign = signOf(connection, request);
    if (sign !== undefined && this.#signs.has(sign)) return 'held';
    const bytes = sizeOf(request);
    const isFull = this.#held.length >= limits.QUEUE_REQUESTS;
    if (isFull || this.#bytes + bytes > limits.QUEUE_BYTES) return 'full';
    this.#held.push({ connection, request });
    this.#bytes += bytes;
    if (sign !== undefined) this.#signs.add(sign);
    return 'held';
  }

  /** All of them; nothing is held any more. */
  take(): readonly Held[] {
    const held = this.#held;
    this.#held = [];
    this.#bytes = 0;
    this.#signs.clear();
    return held;
  }

  drop(connection: ConnectionId): void {
    if (!this.#held.some((held) => held.connection === connection)) return;
    for (const held of this.take()) {
      if (held.connection !== connection) this.add(held.connection, held.request);
    }
  }
}

function sizeOf(request: ClientRequest): number {
  return request.kind === 'item' ? request.bytes.length : 0;
}

/** Whether a client waits for the answer before it goes on, and asks again while it does not come. */
export function isSign(request: ClientRequest): boolean {
  return request.kind === 'attach' || (request.kind === 'item' && request.item.kind === 'open');
}

function signOf(connection: ConnectionId, request: ClientRequest): string | undefined {
  if (!isSign(request)) return undefined;
  return `${connection} ${request.kind === 'attach' ? request.session : 'open'}`;
}
