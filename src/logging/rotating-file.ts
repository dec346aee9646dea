import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { ConCoordError } from '../base/index.ts';

const NEWLINE = 0x0a;
const READ_BYTES = 1024 * 1024;
/** Enough to recognise the first line. */
const HEAD_BYTES = 64;

export interface Rotation {
  /** A file has at most so many bytes, and a line that has more. */
  readonly bytes: number;
  /** How many older files are kept beside it: `FILE.1` is the youngest. */
  readonly keep: number;
}

/** A file of lines that is moved aside when it is full. A line is in one file, and whole. */
export class RotatingFile {
  readonly path: string;
  readonly #rotation: Rotation;
  #file: number;
  #size: number;

  /**
   * Opens it, and takes away what is only a part of a line.
   *
   * @param begins What every line begins with: nobody's other file is appended to, cut or moved.
   * @throws ConCoordError `INVALID_ARGUMENT` when it is none of these files; and what the system says.
   */
  constructor(path: string, rotation: Rotation, begins: RegExp) {
    this.path = path;
    this.#rotation = rotation;
    this.#file = openSync(path, 'a+', 0o640);
    const stats = fstatSync(this.#file);
    this.#size = stats.size;
    if (!stats.isFile() || !this.#isOurs(begins)) {
      closeSync(this.#file);
      throw new ConCoordError('INVALID_ARGUMENT', `${path} is there, and is no log of a daemon`, {
        remedy: 'Name another file, or move this one away.',
      });
    }
    this.#mend();
  }

  /** All its files that there are, from the oldest on. */
  get paths(): readonly string[] {
    const ages = Array.from({ length: this.#rotation.keep }, (_, index) => index + 1);
    return [...ages.toReversed().map((age) => `${this.path}.${age}`), this.path].filter(
      (path) => statSync(path, { throwIfNoEntry: false }) !== undefined,
    );
  }

  /** Writes lines, each with its end, and tells how many are written: also before it throws. */
  write(lines: readonly Buffer[], written: (count: number) => void): void {
    let from = 0;
    while (from < lines.length) {
      let bytes = 0;
      let to = from;
      for (; to < lines.length; to++) {
        const { length } = lines[to] as Buffer;
        if (to > from && this.#size + bytes + length > this.#rotation.bytes) break;
        bytes += length;
      }
      if (this.#size > 0 && this.#size + bytes > this.#rotation.bytes) this.#rotate();
      this.#append(Buffer.concat(lines.slice(from, to), bytes));
      from = to;
      written(from);
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #isOurs(begins: RegExp): boolean {
    if (this.#size === 0) return true;
    const head = Buffer.alloc(HEAD_BYTES);
    const count = readSync(this.#file, head, 0, head.length, 0);
    return begins.test(head.toString('latin1', 0, count));
  }

  /** All of it or nothing, as far as the system lets us. */
  #append(bytes: Buffer): void {
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.#file, bytes, done);
    } catch (error) {
      if (done > 0) ftruncateSync(this.#file, this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  /** What fails on the way is tried again with the next write; until then, the old file grows. */
  #rotate(): void {
    const { keep } = this.#rotation;
    for (let age = keep - 1; age >= 1; age--) {
      move(`${this.path}.${age}`, `${this.path}.${age + 1}`);
    }
    if (keep > 0) move(this.path, `${this.path}.1`);
    else rmSync(this.path, { force: true });
    const fresh = openSync(this.path, 'a+', 0o640);
    closeSync(this.#file);
    this.#file = fresh;
    this.#size = fstatSync(fresh).size;
  }

  /** Who is killed while it writes may leave half a line, which will be sent again. */
  #mend(): void {
    const block = Buffer.alloc(READ_BYTES);
    let end = this.#size;
    while (end > 0) {
      const at = Math.max(0, end - block.length);
      const count = readSync(this.#file, block, 0, end - at, at);
      const newline = block.subarray(0, count).lastIndexOf(NEWLINE);
      if (newline !== -1) {
        end = at + newline + 1;
        break;
      }
      end = at;
    }
    if (end === this.#size) return;
    ftruncateSync(this.#file, end);
    this.#size = end;
  }
}

function move(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, to);
}
