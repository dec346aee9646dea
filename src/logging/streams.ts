import type { LineNumber, LogId } from './line.ts';

/** What becomes of a line that arrives. */
export type Verdict =
  | { readonly kind: 'next' }
  /** It was written before, and is sent again because its confirmation was lost. */
  | { readonly kind: 'known' }
  /** So many lines before it were confirmed and are not there: a machine went down with them. */
  | { readonly kind: 'gap'; readonly missing: number };

const NEXT: Verdict = { kind: 'next' };
const KNOWN: Verdict = { kind: 'known' };
/** A log is forgotten when so many others were written after it. */
const MOST_LOGS = 10_000;

/** Of every log, the number of its last line. */
export class LogNumbers {
  readonly #last = new Map<LogId, number>();

  /** 0 when nothing is known of it. */
  last(log: LogId): number {
    return this.#last.get(log) ?? 0;
  }

  /** Judges a line, and takes note of it. */
  note({ log, number, dropped }: LineNumber): Verdict {
    const last = this.#last.get(log);
    if (last !== undefined && number <= last) return KNOWN;
    // Deleted first, so that the one that was written longest ago stands first.
    this.#last.delete(log);
    this.#last.set(log, number);
    if (this.#last.size > MOST_LOGS) this.#last.delete(this.#last.keys().next().value as LogId);
    if (last === undefined) return NEXT;
    const missing = number - last - Math.max(1, dropped);
    return missing > 0 ? { kind: 'gap', missing } : NEXT;
  }
}
