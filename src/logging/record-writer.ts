import { write } from 'node:fs';
import { promisify } from 'node:util';
import { SparingWarnings } from '../platform/index.ts';
import type { Logger } from '../platform/index.ts';
import type { RotatingFile } from './rotating-file.ts';

/** How long it waits before it tries again what the system has refused. */
const RETRY_MS = 500;
/** Before it asks again whether a pipe that others made non-blocking has room. */
const FULL_MS = 5;

const writeSome = promisify(write);

export interface RecordWriterOptions {
  readonly file: Pick<RotatingFile, 'path' | 'write'> | undefined;
  /** The descriptor of a stream that somebody may read. */
  readonly stream: number | undefined;
  /** How a record looks there. */
  readonly show?: (record: string) => string;
  readonly reporter: Logger;
  /** Nobody reads the stream any more, and there is no file. */
  readonly unread: () => void;
  /** For tests. */
  readonly retryMs?: number;
}

/** Puts records into the file, and then on the stream. Both take as long as they take. */
export class RecordWriter {
  readonly #options: RecordWriterOptions;
  readonly #warnings: SparingWarnings;
  #stream: number | undefined;

  constructor(options: RecordWriterOptions) {
    this.#options = options;
    this.#warnings = new SparingWarnings(options.reporter);
    this.#stream = options.stream;
  }

  /** Resolves when they are written, however often that has to be tried. */
  async write(records: readonly string[]): Promise<void> {
    if (this.#options.file !== undefined) await this.#toFile(this.#options.file, records);
    await this.#toStream(records);
  }

  async #toFile(
    file: Pick<RotatingFile, 'path' | 'write'>,
    records: readonly string[],
  ): Promise<void> {
    let left = records.map((record) => Buffer.from(record));
    while (left.length > 0) {
      let done = 0;
      try {
        file.write(left, (count) => (done = count));
        return;
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        const remedy = code === 'ENOSPC' ? 'make space' : 'see to it';
        this.#warnings.warn(
          'file',
          `cannot write to ${file.path}: ${code ?? message}; nothing is lost yet: ${remedy}`,
        );
        left = left.slice(done);
        await later(this.#options.retryMs ?? RETRY_MS);
      }
    }
  }

  async #toStream(records: readonly string[]): Promise<void> {
    if (this.#stream === undefined) return;
    const { show = (record: string): string => record } = this.#options;
    let left: Uint8Array = Buffer.from(records.map((record) => show(record)).join(''));
    while (left.length > 0) {
      try {
        const { bytesWritten } = await writeSome(this.#stream, left);
        left = left.subarray(bytesWritten);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
          await later(FULL_MS);
          continue;
        }
        this.#stream = undefined;
        if (this.#options.file === undefined) this.#options.unread();
        else this.#options.reporter.info('nobody reads stdout any more; the file goes on');
        return;
      }
    }
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
