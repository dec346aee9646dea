import type { Message } from '../../src/paxos/index.ts';

/** A message on its way. */
export interface Flight {
  readonly from: string;
  readonly to: string;
  readonly message: Message;
}

/** Which messages: `a->b`, `a->*`, `*->b accept`. */
export interface Pattern {
  readonly from: string;
  readonly to: string;
  /** As in the type of messages, but `preVote` is written `pre-vote`. */
  readonly kind: string | undefined;
}

export function readPattern(link: string, kind: string | undefined): Pattern {
  const [, from = '', to = ''] = /^([a-z*])->([a-z*])$/.exec(link) ?? [];
  if (from === '') throw new Error(`no link: ${link}`);
  return { from, to, kind };
}

export function matches({ from, to, kind }: Pattern, flight: Flight): boolean {
  if (from !== '*' && from !== flight.from) return false;
  if (to !== '*' && to !== flight.to) return false;
  return kind === undefined || kind === kindOf(flight.message);
}

function kindOf({ kind }: Message): string {
  return kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Messages wait here until they are delivered or dropped by name; none gets lost by itself. */
export class Network {
  #flights: Flight[] = [];
  #delayed: Flight[] = [];
  #cuts: Pattern[] = [];

  get flights(): readonly Flight[] {
    return this.#flights;
  }

  /** Whether it is on its way, or lost at once because the link is cut. */
  send(flight: Flight): boolean {
    if (this.#cuts.some((cut) => matches(cut, flight))) return false;
    this.#flights.push(flight);
    return true;
  }

  /** Takes what matches, or all, in the order in which it was sent. */
  take(pattern: Pattern): readonly Flight[] {
    const taken = this.#flights.filter((flight) => matches(pattern, flight));
    this.#flights = this.#flights.filter((flight) => !matches(pattern, flight));
    return taken;
  }

  next(): Flight | undefined {
    return this.#flights.shift();
  }

  /** Such messages stay on their way, whatever happens, until all of them arrive. */
  delay(pattern: Pattern): number {
    const flights = this.take(pattern);
    this.#delayed.push(...flights);
    return flights.length;
  }

  takeDelayed(): readonly Flight[] {
    const flights = this.#delayed;
    this.#delayed = [];
    return flights;
  }

  /** From now on such messages are lost, also those on their way. */
  cut(pattern: Pattern): void {
    this.#cuts.push(pattern);
    this.take(pattern);
  }

  /** Only replicas of the same group hear each other. */
  partition(groups: readonly (readonly string[])[]): void {
    for (const group of groups) {
      for (const other of groups) {
        if (group === other) continue;
        for (const from of group) {
          for (const to of other) this.cut({ from, to, kind: undefined });
        }
      }
    }
  }

  heal(): void {
    this.#cuts = [];
  }
}
