import { assert, Digest, Heap, Random } from '../base/index.ts';
import { isBefore, type Scheduled } from './scheduled.ts';

/** Virtual time is counted in microseconds. */
export const MS = 1000;
export const SECOND = 1000 * MS;

/** What happens; the numbers go into the hash of the run. */
export const EVENT = {
  turn: 1,
  tick: 2,
  message: 3,
  stream: 4,
  connection: 5,
  disk: 6,
  executor: 7,
  client: 8,
  fault: 9,
  process: 10,
} as const;

export type EventKind = keyof typeof EVENT;

/** Receives one line of the trace; `at` is in virtual µs. */
export type Trace = (at: number, line: string) => void;

/**
 * Time, chance and order of a run. Everything that happens is an event of one heap, and every dice is a
 * fork of one seed: a run is decided by its seed alone, and its hash says so.
 */
export class World {
  readonly random: Random;
  readonly #heap = new Heap<Scheduled>(isBefore);
  readonly #trace: Trace | undefined;
  readonly #digest = new Digest();
  /** The least rate at which the clock of a machine has run, of real time. */
  slowestClock = 1;
  #now = 0;
  #order = 0;
  #events = 0;
  /** Promises have been settled, and whoever waits for them has not gone on. */
  #disturbed = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(seed: number, trace?: Trace) {
    this.random = new Random(seed);
    this.#trace = trace;
  }

  /** Virtual µs since the run began. */
  get now(): number {
    return this.#now;
  }

  /** Events that have happened. */
  get events(): number {
    return this.#events;
  }

  get pending(): number {
    return this.#heap.size;
  }

  /** Whether anybody reads the trace: lines are only put together when it is so. */
  get traced(): boolean {
    return this.#trace !== undefined;
  }

  /** @param delay µs from now; 0 is after everything that is due now already. */
  schedule(delay: number, kind: EventKind, actor: number, run: () => void): void {
    assert(delay >= 0, 'nothing happens in the past');
    const at = this.#now + Math.floor(delay);
    this.#heap.push({ at, order: this.#order++, kind: EVENT[kind], actor, run });
  }

  /** Lets the next event happen; false when there is none. */
  step(): boolean {
    const next = this.#heap.pop();
    if (next === undefined) return false;
    assert(next.at >= this.#now, 'time does not go back');
    this.#now = next.at;
    this.#events++;
    this.#digest.integer(next.at).word((next.kind << 16) | (next.actor & 0xffff));
    next.run();
    return true;
  }

  /** Lets everything happen that is due until `until` (µs) or until `stop` says so after an event. */
  async runUntil(until: number, stop: () => boolean): Promise<void> {
    await this.#settle();
    while ((this.#heap.first?.at ?? Infinity) <= until) {
      this.step();
      if (this.#disturbed) await this.#settle();
      if (stop()) return;
    }
    this.#now = Math.max(this.#now, until);
  }

  /** Something was set going that goes on in promises: to its end, before the next event. */
  disturb(): void {
    this.#disturbed = true;
  }

  /** Ends the run with what somebody threw where only promises hear it. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#disturbed = true;
  }

  /** Promises that wait for nothing outside go on, in an order that they decide, before any timer does. */
  async #settle(): Promise<void> {
    this.#disturbed = false;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Content that passed between actors: it belongs to the hash of the run. */
  witness(bytes: Uint8Array): void {
    this.#digest.bytes(bytes);
  }

  say(line: string): void {
    this.#trace?.(this.#now, line);
  }

  /** Of everything that happened so far: equal for equal seeds. */
  get hash(): string {
    return this.#digest.hex();
  }
}
