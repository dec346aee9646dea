import type { RequestName } from '../paxos/index.ts';
import type { Call } from './calls.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import type { Fate } from './types.ts';
import type { Window } from './window.ts';

/** Replies to calls that were given up are kept for whoever asks; the oldest go first. */
const MAX_FATES = 1024;

/** What became of requests of the present session whose callers had given up, and who wants to know. */
export class Fates {
  readonly #parts: Pick<ExchangeParts, 'calls' | 'events'>;
  /** Whether what a call gave is on its way back: what became of it is not known yet. */
  readonly #isReturning: (sequence: number) => boolean;
  readonly #known = new Map<number, Fate>();
  readonly #watchers = new Map<number, Call[]>();

  constructor(
    parts: Pick<ExchangeParts, 'calls' | 'events'>,
    isReturning: (sequence: number) => boolean,
  ) {
    this.#parts = parts;
    this.#isReturning = isReturning;
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  get(sequence: number): Fate | undefined {
    return this.#known.get(sequence);
  }

  /**
   * It is known what became of a request.
   *
   * @param isKept Whether somebody may still ask: its caller was not told.
   */
  know(sequence: number, fate: Fate, isKept: boolean): void {
    if (isKept) this.#keep(sequence, fate);
    const watchers = this.#watchers.get(sequence) ?? [];
    this.#watchers.delete(sequence);
    for (const call of watchers) this.#parts.events.settle(call, { kind: 'fate', fate });
  }

  #keep(sequence: number, fate: Fate): void {
    // The result is a view into a whole frame, which must not be kept for it.
    const own = fate.kind === 'applied' ? { ...fate, result: fate.result.slice() } : fate;
    this.#known.set(sequence, own);
    if (this.#known.size <= MAX_FATES) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }

  watch(sequence: number, call: Call): void {
    this.#watchers.set(sequence, [...(this.#watchers.get(sequence) ?? []), call]);
  }

  unwatch(sequence: number, call: Call): void {
    const rest = (this.#watchers.get(sequence) ?? []).filter((other) => other !== call);
    if (rest.length === 0) this.#watchers.delete(sequence);
    else this.#watchers.set(sequence, rest);
  }

  /** Whether a resolve is answered here: its target is a request of this very session. */
  answers(call: Call, { sequence, session }: RequestName, window: Window | undefined): boolean {
    const { calls, events } = this.#parts;
    if (session !== window?.session) return false;
    const fate = this.get(sequence);
    const isOpen = window.has(sequence) || this.#isReturning(sequence);
    if (fate === undefined && !isOpen) return false;
    calls.take(call, { kind: 'watching', sequence });
    if (fate === undefined) this.watch(sequence, call);
    else events.settle(call, { kind: 'fate', fate });
    return true;
  }

  /** Forgets everything, as the session is gone; returns all who waited. */
  clear(): readonly Call[] {
    const watchers = [...this.#watchers.values()].flat();
    this.#watchers.clear();
    this.#known.clear();
    return watchers;
  }
}
