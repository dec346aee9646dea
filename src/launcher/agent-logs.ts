import { closeSync, existsSync, openSync, readSync, statSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { ReplicaFolder } from './replica-folder.ts';

/** So much of the end of a log is looked at. */
const TAIL_BYTES = 4 * 1024 * 1024;
const POLL_MS = 1000;

/** The last lines of each log, and, when asked to, all that come: until whoever asked is gone. */
export async function sendLogs(
  folders: readonly ReplicaFolder[],
  { follow, lines }: { readonly follow: boolean; readonly lines: number },
  { gone, log }: { readonly gone: Promise<void>; readonly log: (line: string) => void },
): Promise<void> {
  const tails = folders.map(
    (folder) => new Tail(folder.log, folders.length === 1 ? '' : `${folder.address} `, log),
  );
  for (const tail of tails) tail.last(lines);
  if (!follow) return;
  for (const tail of tails) tail.follow();
  await gone;
  for (const tail of tails) tail.end();
}

class Tail {
  readonly #path: string;
  readonly #prefix: string;
  readonly #log: (line: string) => void;
  #at = 0;
  #rest = '';
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #decoder = new StringDecoder('utf8');

  constructor(path: string, prefix: string, log: (line: string) => void) {
    this.#path = path;
    this.#prefix = prefix;
    this.#log = log;
  }

  last(count: number): void {
    const size = this.#size();
    const from = Math.max(0, size - TAIL_BYTES);
    const lines = this.#read(from, size).split('\n');
    this.#rest = lines.pop() ?? '';
    // Cut somewhere in its middle.
    if (from > 0) lines.shift();
    for (const line of count === 0 ? [] : lines.slice(-count)) this.#log(this.#prefix + line);
    this.#at = size;
  }

  follow(): void {
    const more = (): void => this.#more();
    if (existsSync(this.#path))
      this.#watcher = watch(this.#path, more).on('error', () => undefined);
    // Another file takes its name from time to time.
    this.#timer = setInterval(more, POLL_MS);
  }

  end(): void {
    this.#watcher?.close();
    clearInterval(this.#timer);
  }

  #more(): void {
    const size = this.#size();
    if (size < this.#at) this.#at = 0;
    const to = Math.min(size, this.#at + TAIL_BYTES);
    const lines = (this.#rest + this.#read(this.#at, to)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#log(this.#prefix + line);
    this.#at = to;
  }

  #size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  #read(from: number, to: number): string {
    if (to <= from) return '';
    const fd = openSync(this.#path, 'r');
    try {
      const bytes = Buffer.alloc(to - from);
      const length = readSync(fd, bytes, 0, bytes.length, from);
      return this.#decoder.write(bytes.subarray(0, length));
    } finally {
      closeSync(fd);
    }
  }
}
