import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import type { Endpoint } from '../naming/index.ts';

/** An endpoint that keeps silent for so long is tried on beside the next one (RFC 8305). */
export const STAGGER_MS = 250;

export interface DialEvents {
  connected(socket: Socket): void;
  /** No endpoint took a connection, for the last reason; nothing follows. */
  failed(why: string): void;
}

/** Connects to the first of several endpoints that takes it. */
export class Dial {
  readonly #endpoints: readonly Endpoint[];
  readonly #events: DialEvents;
  readonly #pending = new Set<Socket>();
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #holds: boolean;
  #why = 'no address';
  #over = false;

  /** @param holds Whether the connection, once begun, keeps the program running. */
  constructor(endpoints: readonly Endpoint[], holds: boolean, events: DialEvents) {
    this.#endpoints = endpoints;
    this.#holds = holds;
    this.#events = events;
    this.#tryNext();
  }

  hold(holds: boolean): void {
    this.#holds = holds;
    for (const socket of this.#pending) setHold(socket, holds);
  }

  end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    for (const socket of this.#pending) socket.destroy();
    this.#pending.clear();
  }

  #tryNext(): void {
    clearTimeout(this.#timer);
    const endpoint = this.#endpoints[this.#next++];
    if (endpoint === undefined) {
      if (this.#pending.size > 0) return;
      this.#over = true;
      this.#events.failed(this.#why);
      return;
    }
    const { address: host, port } = endpoint;
    const socket = createConnection({ host, port, noDelay: true });
    setHold(socket, this.#holds);
    this.#pending.add(socket);
    const onError = (error: Error): void => {
      this.#why = explain(error);
    };
    const onClose = (): void => {
      this.#pending.delete(socket);
      if (!this.#over) this.#tryNext();
    };
    socket.on('error', onError).once('close', onClose);
    socket.once('connect', () => {
      if (this.#over) return;
      socket.off('close', onClose).off('error', onError);
      this.#pending.delete(socket);
      this.end();
      this.#events.connected(socket);
    });
    if (this.#next < this.#endpoints.length) {
      this.#timer = setTimeout(() => this.#tryNext(), STAGGER_MS).unref();
    }
  }
}

export function setHold(socket: Socket, holds: boolean): void {
  if (holds) socket.ref();
  else socket.unref();
}

/** For people, who are told the address already. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === undefined || syscall === undefined ? error.message : `${syscall} ${code}`;
}
