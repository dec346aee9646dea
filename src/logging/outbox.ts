import { assert, present } from '../base/index.ts';
import { showLine } from './line.ts';
import type { LogId, LogLine } from './line.ts';

/** Memory that lines take while nobody has taken them, beside their text. */
const OVERHEAD_BYTES = 100;

interface Kept {
  readonly number: number;
  readonly text: string;
  readonly bytes: number;
}

/**
 * Lines on their way to a log daemon, kept until it has them. When there is no more room, new lines are
 * dropped and those that wait stay: a line that was sent once may have arrived, so only what was never sent
 * can be counted as dropped. Dropped lines have numbers as well; a line in their place says how many they
 * are, and has the number of the last of them.
 *
 * Of a listener that confirms nothing it is only known what the system has taken for it. That is kept as
 * well: a daemon that greets late, or the next one, may still say what it has. Only when it is trusted that
 * nobody ever will, it makes room for others.
 */
export class Outbox {
  readonly #log: LogId;
  readonly #mostBytes: number;
  readonly #report: (dropped: number) => LogLine;
  #kept: Kept[] = [];
  /** Where in `#kept` the first line is that the daemon may not have, and the first that was not sent. */
  #first = 0;
  #unsent = 0;
  #bytes = 0;
  #last = 0;
  #dropping = 0;
  #dropped = 0;
  /** Up to this number the system has taken lines that nobody will confirm. */
  #taken = 0;
  #isTrusting = false;

  /** @param report What is said of lines that were dropped. */
  constructor(log: LogId, mostBytes: number, report: (dropped: number) => LogLine) {
    this.#log = log;
    this.#mostBytes = mostBytes;
    this.#report = report;
  }

  /** How many lines are kept. */
  get size(): number {
    return this.#kept.length - this.#first + (this.#dropping > 0 ? 1 : 0);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The number of the last line, sent or dropped. */
  get last(): number {
    return this.#last;
  }

  /** How many were dropped since the beginning. */
  get dropped(): number {
    return this.#dropped;
  }

  get hasUnsent(): boolean {
    return this.#unsent < this.#kept.length;
  }

  get hasUnconfirmed(): boolean {
    return this.#first < this.#unsent;
  }

  add(line: LogLine): void {
    this.#last++;
    // Once lines are dropped it goes on until there is room for many: else every second line would say so.
    if (this.#dropping > 0 || !this.#keep(this.#last, line, 0)) {
      this.#dropping++;
      this.#dropped++;
    }
  }

  /** The next lines to send, each with its end; empty when there are none. */
  next(mostBytes: number): string {
    let text = '';
    let bytes = 0;
    while (this.#unsent < this.#kept.length && bytes < mostBytes) {
      const line = present(this.#kept[this.#unsent], 'a line that was not sent');
      text += `${line.text}\n`;
      bytes += line.bytes;
      this.#unsent++;
    }
    return text;
  }

  /** The number of the last line that was sent; 0 when none waits. */
  get lastSent(): number {
    return this.#kept[this.#unsent - 1]?.number ?? 0;
  }

  /** The daemon has everything up to this number. What was not sent it cannot have. */
  confirm(number: number): void {
    for (let line = this.#kept[this.#first]; line !== undefined; line = this.#kept[this.#first]) {
      if (line.number > number || this.#first >= this.#unsent) break;
      this.#release(line);
    }
    if (this.#bytes <= this.#mostBytes / 2) this.reportDropped();
  }

  /** What was sent and not confirmed is to be sent again. */
  rewind(): void {
    this.#unsent = this.#first;
    this.#taken = 0;
    this.#isTrusting = false;
  }

  /** The system has taken everything up to this number, for a listener that does not confirm. */
  take(number: number): void {
    this.#taken = number;
    if (this.#isTrusting) this.trustTaken();
  }

  /** From now on, until the next rewind, what was taken counts as arrived when others need its room. */
  trustTaken(): void {
    this.#isTrusting = true;
    if (this.#dropping > 0) this.confirm(this.#taken);
  }

  /** Goes on behind what was taken: another listener that does not confirm does not get it again. */
  resume(): void {
    this.#unsent = this.#first;
    for (let line = this.#kept[this.#unsent]; line !== undefined; line = this.#kept[this.#unsent]) {
      if (line.number > this.#taken) break;
      this.#unsent++;
    }
  }

  /** How many lines nobody has taken yet. */
  get untaken(): number {
    return (
      this.size - this.#kept.slice(this.#first).filter((line) => line.number <= this.#taken).length
    );
  }

  /** Puts in the place of dropped lines how many they are. */
  reportDropped(): void {
    if (this.#dropping === 0) return;
    const dropped = this.#dropping;
    this.#dropping = 0;
    const isKept = this.#keep(this.#last, this.#report(dropped), dropped);
    assert(isKept, 'there is room for what is said of dropped lines');
  }

  #keep(number: number, said: LogLine, dropped: number): boolean {
    const text = showLine(said, { log: this.#log, number, dropped });
    const bytes = Buffer.byteLength(text) + 1;
    const most = this.#mostBytes - bytes - OVERHEAD_BYTES;
    for (let line = this.#kept[this.#first]; line !== undefined; line = this.#kept[this.#first]) {
      if (!this.#isTrusting || this.#bytes <= most || line.number > this.#taken) break;
      this.#release(line);
    }
    const isFull = this.#bytes > most;
    // A report is short, and comes when half of the room has become free.
    if (isFull && dropped === 0) return false;
    this.#kept.push({ number, text, bytes });
    this.#bytes += bytes + OVERHEAD_BYTES;
    return true;
  }

  /** Gives the first line up. */
  #release({ bytes }: Kept): void {
    this.#bytes -= bytes + OVERHEAD_BYTES;
    this.#first++;
    assert(
      this.#bytes >= 0 && this.#first <= this.#unsent,
      'a line is given up once, after it was sent',
    );
    if (this.#first <= 1024 || this.#first <= this.#kept.length / 2) return;
    this.#kept = this.#kept.slice(this.#first);
    this.#unsent -= this.#first;
    this.#first = 0;
  }
}
