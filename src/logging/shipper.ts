import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Logger } from '../platform/index.ts';
import { GREETING, helloOf, numberOfHave } from './line.ts';
import type { LogId, LogLine } from './line.ts';
import { Outbox } from './outbox.ts';

export interface ShipperOptions {
  readonly host: string;
  readonly port: number;
  /** Whose lines these are, as they say. */
  readonly replica: string;
  /** Hears of the daemon: when it cannot be reached, and when it is back. */
  readonly reporter: Pick<Logger, 'info' | 'warn'>;
  /** Memory for lines that wait. */
  readonly mostBytes?: number;
  /** For tests: milliseconds before the first attempt after a failure; each failure doubles them. */
  readonly retryMs?: number;
  /** For tests: how long a daemon has to greet. */
  readonly greetingMs?: number;
  /** For tests: how long somebody who does not greet may still be a daemon. */
  readonly trustMs?: number;
}

/** What became of the lines of a log. */
export interface ShipperReport {
  readonly lines: number;
  readonly dropped: number;
  /** That have not reached the daemon, as far as anybody can tell. */
  readonly left: number;
}

const MOST_BYTES = 8 * 1024 * 1024;
const RETRY_MS = 100;
const MOST_RETRY_MS = 5000;
/** Our daemon greets at once. Who does not within this time gets lines without being asked anything. */
const GREETING_MS = 2000;
/**
 * A daemon on a machine that is very busy may greet later than that. So what was taken by somebody who does
 * not greet is kept for a while, also at the cost of new lines, which are counted.
 */
const TRUST_MS = 60_000;
/** A daemon that confirms nothing for so long is gone, or its machine is. */
const SILENCE_MS = 30_000;
/** A connection that lasted so long was a good one: the next attempt comes soon. */
const GOOD_MS = 5000;
/** A loss that follows another one within this time is not said again. */
const HUSH_MS = 10_000;
/** At most so many bytes are on their way in the socket, and so many in one write. */
const WINDOW_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** A line of a daemon has no more. */
const MOST_HEARD = 1024;

type Mode = 'waiting' | 'asking' | 'confirmed' | 'plain';

/**
 * Sends lines to a log daemon, and never holds anybody up: lines are put into an outbox with a bound, and
 * whatever the daemon does, or its machine, or the network, only that outbox waits. It does not keep the
 * process alive.
 */
export class LogShipper {
  readonly #options: ShipperOptions;
  readonly #log: LogId = randomBytes(8).toString('hex');
  readonly #outbox: Outbox;
  #socket: Socket | undefined;
  #mode: Mode = 'waiting';
  #failures = 0;
  #since = 0;
  /** Since then only listeners were met that do not greet. */
  #plainSince: number | undefined;
  /** It has greeted before: whoever stands in its place must, too, since else nothing could be counted. */
  #isOurs = false;
  /** Its loss was said to the console, and is to be taken back. */
  #isLost = false;
  #saidAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #pumping = false;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#outbox = new Outbox(this.#log, options.mostBytes ?? MOST_BYTES, (dropped) => ({
      time: new Date().toISOString(),
      level: 'warn',
      replica: options.replica,
      message: `${dropped} lines dropped`,
    }));
    this.#dial();
  }

  ship(line: LogLine): void {
    if (this.#ended) return;
    const { trustMs = TRUST_MS } = this.#options;
    if (this.#plainSince !== undefined && performance.now() - this.#plainSince >= trustMs) {
      this.#outbox.trustTaken();
    }
    this.#outbox.add(line);
    if (this.#pumping) return;
    this.#pumping = true;
    // What is logged in one go leaves in one go.
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  /**
   * Waits for the daemon to have everything, and ends the connection.
   *
   * @param patienceMs For so long at most.
   * @param absentMs The same, when the daemon could not be reached the last time.
   */
  async close(patienceMs: number, absentMs: number = patienceMs): Promise<ShipperReport> {
    this.#outbox.reportDropped();
    this.#pump();
    if (this.#left > 0) {
      const isAbsent =
        this.#failures > 0 && (this.#socket === undefined || this.#socket.connecting);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, isAbsent ? absentMs : patienceMs);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    this.#ended = true;
    clearTimeout(this.#timer);
    const left = this.#left;
    this.#socket?.destroySoon();
    const { last, dropped } = this.#outbox;
    return { lines: last, dropped, left };
  }

  #dial(): void {
    const { host, port } = this.#options;
    const socket = connect({ host, port, keepAlive: true, keepAliveInitialDelay: 10_000 });
    this.#socket = socket;
    this.#mode = 'waiting';
    // Lines wait for whatever else keeps the process alive, not the other way round.
    socket.unref();
    let reason = 'it closed the connection';
    socket.on('error', (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message));
    socket.on('close', () => this.#onClose(reason));
    socket.on('drain', () => this.#pump());
    socket.on('connect', () => {
      if (this.#isOurs) this.#wait(SILENCE_MS, () => socket.destroy());
      else this.#wait(this.#options.greetingMs ?? GREETING_MS, () => this.#begin('plain'));
    });
    let heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (heard + text).split('\n');
      heard = lines.pop() ?? '';
      for (const line of lines) this.#onLine(line);
      // Whoever listens there speaks, but not to us: a line of a daemon is short.
      if (heard.length > MOST_HEARD) heard = '';
    });
  }

  #onLine(line: string): void {
    // It may come late, of a daemon that stood still.
    if ((this.#mode === 'waiting' || this.#mode === 'plain') && line === GREETING) {
      this.#mode = 'asking';
      this.#isOurs = true;
      this.#socket?.write(`${helloOf(this.#log, this.#options.replica)}\n`);
      this.#wait(SILENCE_MS, () => this.#socket?.destroy());
      return;
    }
    const number = numberOfHave(line, this.#log);
    if (number === undefined || (this.#mode !== 'asking' && this.#mode !== 'confirmed')) return;
    this.#confirm(number);
    if (this.#mode === 'asking') this.#begin('confirmed');
  }

  #begin(mode: 'confirmed' | 'plain'): void {
    clearTimeout(this.#timer);
    this.#mode = mode;
    this.#since = performance.now();
    if (this.#isLost) {
      const { host, port } = this.#options;
      this.#isLost = false;
      this.#options.reporter.info(`log daemon at ${host}:${port}: reached again`);
    }
    // Sent before, on a connection that is gone, and not known to have arrived.
    if (mode === 'plain') {
      this.#plainSince ??= this.#since;
      this.#outbox.resume();
    } else {
      this.#plainSince = undefined;
      this.#outbox.rewind();
    }
    this.#pump();
  }

  #confirm(number: number): void {
    this.#outbox.confirm(number);
    this.#watch();
    this.#tellIfDone();
    this.#pump();
  }

  #pump(): void {
    const socket = this.#socket;
    if (socket === undefined || (this.#mode !== 'confirmed' && this.#mode !== 'plain')) return;
    while (this.#outbox.hasUnsent && socket.writableLength < WINDOW_BYTES) {
      const text = this.#outbox.next(CHUNK_BYTES);
      const number = this.#outbox.lastSent;
      if (this.#mode === 'confirmed') socket.write(text);
      else socket.write(text, (error) => this.#onTaken(socket, number, error ?? undefined));
    }
    if (this.#timer === undefined) this.#watch();
  }

  /** Nobody may ever tell whether it arrived. */
  #onTaken(socket: Socket, number: number, error: Error | undefined): void {
    if (error !== undefined || this.#mode !== 'plain' || this.#socket !== socket) return;
    this.#outbox.take(number);
    if (this.#waiting.size > 0) this.#tellIfDone();
    this.#pump();
  }

  /** Whoever waits for the end: everything has arrived, as far as anybody can tell. */
  #tellIfDone(): void {
    if (this.#left > 0) return;
    for (const tell of this.#waiting) tell();
    this.#waiting.clear();
  }

  get #left(): number {
    return this.#mode === 'plain' ? this.#outbox.untaken : this.#outbox.size;
  }

  /** From the last word of the daemon on, while it owes us one. */
  #watch(): void {
    if (this.#mode !== 'confirmed') return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#outbox.hasUnconfirmed) this.#wait(SILENCE_MS, () => this.#socket?.destroy());
  }

  #onClose(reason: string): void {
    this.#socket = undefined;
    if (this.#ended) return;
    const { host, port, retryMs = RETRY_MS } = this.#options;
    const now = performance.now();
    const wasGood = this.#mode === 'confirmed' || this.#mode === 'plain';
    if (wasGood && now - this.#since > GOOD_MS) this.#failures = 0;
    this.#mode = 'waiting';
    if (!this.#isLost && now - this.#saidAt > HUSH_MS) {
      this.#isLost = true;
      this.#saidAt = now;
      const text = `log daemon at ${host}:${port}: ${reason}`;
      this.#options.reporter.warn(
        `${text}; its lines wait, and are dropped when they are too many`,
      );
    }
    const delay = Math.min(MOST_RETRY_MS, retryMs * 2 ** this.#failures);
    this.#failures++;
    // Not all replicas of an instance at the same moment.
    this.#wait(delay * (0.5 + Math.random() / 2), () => this.#dial());
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      then();
    }, ms).unref();
  }
}
