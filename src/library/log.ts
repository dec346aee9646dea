import { checkPage, checkRoom, checkText } from './checks.ts';

/** Texts, one after another. */
export class Log {
  entries: string[] = [];

  /** Replaces the whole log by this entry. */
  write(entry: string): void {
    this.entries = [checkText(entry, 'an entry')];
  }

  /** Adds an entry at the end. */
  append(entry: string): void {
    checkRoom(this.entries.length);
    this.entries.push(checkText(entry, 'an entry'));
  }

  /** All entries, joined by a space. A long log does not fit into one reply: see `slice`. */
  read(): string {
    return this.entries.join(' ');
  }

  /** So many entries from that position, the first of which is 0. */
  slice(start = 0, count = 100): string[] {
    const [from, most] = checkPage(start, count);
    return this.entries.slice(from, from + most);
  }

  /** How many entries there are. */
  length(): number {
    return this.entries.length;
  }

  toString(): string {
    return this.read();
  }

  __repr__(): string {
    return `<Log entries=${this.entries.length}>`;
  }
}
