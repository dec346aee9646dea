import { appendFileSync, renameSync, statSync } from 'node:fs';

const MOST_BYTES = 8 * 1024 * 1024;
const KEPT = 3;
const MAX_LINE = 16 * 1024;

/** A log that never takes more than a few files. What cannot be written is left out, and counted. */
export class RotatingLog {
  readonly path: string;
  readonly #mostBytes: number;
  #bytes: number;
  #lost = 0;

  constructor(path: string, mostBytes: number = MOST_BYTES) {
    this.path = path;
    this.#mostBytes = mostBytes;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  write(line: string): void {
    const lost = this.#lost === 0 ? '' : `(${this.#lost} lines could not be written)\n`;
    const text = `${lost}${line.slice(0, MAX_LINE)}\n`;
    try {
      if (this.#bytes >= this.#mostBytes) this.#rotate();
      appendFileSync(this.path, text, { mode: 0o600 });
      this.#bytes += Buffer.byteLength(text);
      this.#lost = 0;
    } catch {
      this.#lost++;
    }
  }

  #rotate(): void {
    for (let age = KEPT - 1; age >= 1; age--) {
      const from = age === 1 ? this.path : `${this.path}.${age - 1}`;
      if (statSync(from, { throwIfNoEntry: false }) !== undefined) {
        renameSync(from, `${this.path}.${age}`);
      }
    }
    this.#bytes = 0;
  }
}
