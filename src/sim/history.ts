import type { Slot } from '../paxos/index.ts';

/** What is known of a call. */
export type CallEnd =
  /** `value` is what `outcomeOf` says: what it threw, or why it was refused, too. */
  | { readonly kind: 'returned'; readonly value: unknown; readonly slot: Slot }
  /** Its client was told that it had no effect, or was made sure of that. */
  | { readonly kind: 'never' }
  /** Its client found out that it was applied, after it had given up, or because the result is gone. */
  | { readonly kind: 'applied' }
  | { readonly kind: 'unknown' };

/** One call of one client. */
export interface Call {
  /** Also its argument, so that it can be recognised wherever it appears. */
  readonly number: number;
  readonly client: string;
  readonly method: string;
  readonly consistency: 'linearizable' | 'stale';
  /** Bounds the age of a stale read. */
  readonly maxLagMs: number | undefined;
  /** Position in the order of all beginnings and ends of calls. */
  readonly begun: number;
  /** The same for its end; Infinity while nobody knows. */
  ended: number;
  /** When these were, in virtual µs. */
  readonly begunAt: number;
  endedAt: number;
  end: CallEnd;
  /** Names it for whoever asks what became of it. */
  requestId: string | undefined;
  /** The highest slot that its client had seen an effect of when it was made. */
  readonly seen: Slot;
}

/** Every call of a run, in the order in which they were made. */
export class History {
  readonly calls: Call[] = [];
  /** Counts beginnings and ends: it orders them also when the clock does not. */
  #moment = 0;
  readonly #clock: () => number;

  /** @param clock Virtual µs. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  begin(
    client: string,
    method: string,
    { consistency, maxLagMs }: Pick<Call, 'consistency' | 'maxLagMs'>,
    seen: Slot,
  ): Call {
    const call: Call = {
      number: this.calls.length + 1,
      client,
      method,
      consistency,
      maxLagMs,
      begun: ++this.#moment,
      ended: Infinity,
      begunAt: this.#clock(),
      endedAt: Infinity,
      end: { kind: 'unknown' },
      requestId: undefined,
      seen,
    };
    this.calls.push(call);
    return call;
  }

  /** What became of a call is known now. */
  end(call: Call, end: CallEnd): void {
    call.end = end;
    call.ended = ++this.#moment;
    call.endedAt = this.#clock();
  }

  /** Calls of which nobody knows what became of them, though somebody can ask. */
  unresolved(): Call[] {
    return this.calls.filter(({ end, requestId }) => {
      return end.kind === 'unknown' && requestId !== undefined;
    });
  }
}
