import type { Random } from '../base/index.ts';
import type { ReplicaId } from './ballot.ts';
import type { ClientResponse, ConnectionId } from './client.ts';
import type { Effect, Notice } from './effect.ts';
import type { Message } from './message.ts';
import type { LogRecord } from './record.ts';
import type { Member } from './view.ts';

/** Periods of the protocol, in ms. Safety rests on none of them. */
export interface Timing {
  /** A leader is heard at least this often. */
  readonly heartbeat: number;
  /** A follower that has not heard a leader for a time drawn from this range campaigns. */
  readonly electionMin: number;
  readonly electionMax: number;
  /** What is not answered within this time is sent again. */
  readonly resend: number;
  /** Request records of a session are kept at least this long after its client was last heard. */
  readonly recordLifetime: number;
}

export const DEFAULT_TIMING: Timing = {
  heartbeat: 50,
  electionMin: 400,
  electionMax: 800,
  resend: 100,
  recordLifetime: 3_600_000,
};

export interface Identity {
  readonly id: ReplicaId;
  readonly address: string;
  readonly durable: boolean;
}

/** What the parts of a replica share: who it is, the time of this step, and the effects that it collects. */
export class Context {
  readonly self: Member;
  readonly timing: Timing;
  readonly random: Random;
  /** Monotonic ms of this step. */
  now = 0;
  /** ms since 1970 of this step. */
  wall = 0;
  #effects: Effect[] = [];
  #position: number;

  constructor(self: Member, timing: Timing, random: Random, position: number) {
    this.self = self;
    this.timing = timing;
    this.random = random;
    this.#position = position;
  }

  /** Records persisted in this replica's life; those up to the durable position survive a crash. */
  get position(): number {
    return this.#position;
  }

  /** Returns the position of the record, for messages that must wait until it is durable. */
  persist(record: LogRecord): number {
    this.#position++;
    this.#effects.push({ kind: 'persist', record, position: this.#position });
    return this.#position;
  }

  /** Sends at once; to oneself it comes back as an event. */
  send(to: ReplicaId, message: Message): void {
    this.#effects.push({ kind: 'send', to, message, after: 0 });
  }

  /** Sends a moment later, with what else there is for that replica: nobody waits for it. */
  sendLater(to: ReplicaId, message: Message): void {
    this.#effects.push({ kind: 'send', to, message, after: 0, later: true });
  }

  /** Sends when everything persisted so far is durable (Safety 1). */
  sendWhenDurable(to: ReplicaId, message: Message): void {
    this.#effects.push({ kind: 'send', to, message, after: this.#position });
  }

  respond(connection: ConnectionId, response: ClientResponse): void {
    this.#effects.push({ kind: 'respond', connection, response });
  }

  notice(notice: Notice): void {
    this.#effects.push({ kind: 'notice', notice });
  }

  effect(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** The effects of this step, in order; the next step starts with none. */
  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
