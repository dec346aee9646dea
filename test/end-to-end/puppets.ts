/** Client processes that a test moves: whoever holds a lock in one of them can be killed, or stopped. */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { HoldOptions, ProxyOptions } from '../../src/client/index.ts';
import type { Stage } from './kit.ts';
import type { Process } from './process.ts';

const MAIN = fileURLToPath(new URL('./puppet.ts', import.meta.url));

interface CallOrder {
  readonly do: 'call';
  readonly proxy: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly fence?: string;
  readonly timeoutMs?: number;
  /** A name by which the call can be given up. */
  readonly abort?: string;
}

export type Order =
  | {
      readonly do: 'open';
      readonly proxy: string;
      readonly bootstrap: string;
      readonly options?: ProxyOptions;
    }
  | CallOrder
  | { readonly do: 'hold'; readonly proxy: string; readonly options?: HoldOptions }
  | { readonly do: 'release' | 'close'; readonly proxy: string }
  | { readonly do: 'abort'; readonly abort: string }
  | { readonly do: 'clock' };

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly outcome?: string | undefined;
}

/** `at` is in ms by the clock that all processes of a machine share. */
export type Report =
  | { readonly id: number; readonly value: unknown; readonly at: number }
  | { readonly id: number; readonly error: Failure; readonly at: number }
  /** What was held through this proxy is lost. */
  | { readonly lost: string; readonly at: number; readonly code: string };

export interface Done<T> {
  readonly value: T;
  readonly at: number;
}

export type CallExtras = Pick<CallOrder, 'abort' | 'timeoutMs'> & { readonly fence?: bigint };

/** ms by the same clock as in reports. */
export function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** An order that failed in the puppet. */
export class PuppetError extends Error {
  readonly code: string | undefined;
  readonly outcome: string | undefined;
  readonly at: number;

  constructor({ code, message, name, outcome }: Failure, at: number) {
    super(message);
    this.name = name;
    this.code = code;
    this.outcome = outcome;
    this.at = at;
  }
}

interface Waiter {
  readonly resolve: (done: Done<unknown>) => void;
  readonly reject: (error: Error) => void;
}

/** One such process. Its proxies have names. */
export class Puppet {
  readonly process: Process;
  readonly #waiters = new Map<number, Waiter>();
  readonly #lost = new Map<string, { readonly at: number; readonly code: string }>();
  readonly #watchers = new Set<() => void>();
  #last = 0;

  constructor(stage: Stage) {
    this.process = stage.start([], { cwd: stage.folder, main: MAIN });
    const { stdout } = this.process.child;
    if (stdout === null) throw new Error('a puppet has a pipe');
    createInterface({ input: stdout }).on('line', (line) => this.#hear(line));
    void this.process.exited.then(() => {
      const ended = new Error(`the puppet has ended: ${this.process.stderr}`);
      for (const { reject } of this.#waiters.values()) reject(ended);
    });
  }

  /** A process with one proxy, `it`. */
  static async with(stage: Stage, bootstrap: string, options?: ProxyOptions): Promise<Puppet> {
    const puppet = new Puppet(stage);
    await puppet.open('it', bootstrap, options);
    return puppet;
  }

  #hear(line: string): void {
    const report = JSON.parse(line, (_key, value: unknown) => {
      const big = (value as { readonly bigint?: string } | null)?.bigint;
      return big === undefined ? value : BigInt(big);
    }) as Report;
    if ('lost' in report) {
      this.#lost.set(report.lost, report);
      for (const watcher of this.#watchers) watcher();
      return;
    }
    const waiter = this.#waiters.get(report.id);
    this.#waiters.delete(report.id);
    if ('error' in report) waiter?.reject(new PuppetError(report.error, report.at));
    else waiter?.resolve(report);
  }

  #order(order: Order): Promise<Done<unknown>> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      if (!this.process.running) return reject(new Error('the puppet has ended'));
      this.#waiters.set(id, { resolve, reject });
      this.process.child.stdin?.write(`${JSON.stringify({ id, ...order })}\n`);
    });
  }

  async open(proxy: string, bootstrap: string, options: ProxyOptions = {}): Promise<void> {
    await this.#order({ do: 'open', proxy, bootstrap, options });
  }

  /** Through the proxy `it`. */
  async call<T>(
    method: string,
    args: readonly unknown[] = [],
    extras: CallExtras = {},
  ): Promise<T> {
    return (await this.callThrough<T>('it', method, args, extras)).value;
  }

  callThrough<T>(
    proxy: string,
    method: string,
    args: readonly unknown[] = [],
    { fence, ...extras }: CallExtras = {},
  ): Promise<Done<T>> {
    const number = fence === undefined ? {} : { fence: String(fence) };
    const order = { do: 'call', proxy, method, args, ...extras, ...number } as const;
    return this.#order(order) as Promise<Done<T>>;
  }

  /** Acquires and keeps watch; the value is the fence. */
  hold(proxy = 'it', options: HoldOptions = {}): Promise<Done<bigint>> {
    return this.#order({ do: 'hold', proxy, options }) as Promise<Done<bigint>>;
  }

  async release(proxy = 'it'): Promise<void> {
    await this.#order({ do: 'release', proxy });
  }

  async close(proxy = 'it'): Promise<void> {
    await this.#order({ do: 'close', proxy });
  }

  async abort(name: string): Promise<void> {
    await this.#order({ do: 'abort', abort: name });
  }

  /** Resolves when its event loop has turned. */
  async turn(): Promise<void> {
    await this.#order({ do: 'clock' });
  }

  hasLost(proxy = 'it'): boolean {
    return this.#lost.has(proxy);
  }

  /** When and why the signal of what is held through the proxy was aborted. */
  lost(proxy = 'it'): Promise<{ readonly at: number; readonly code: string }> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.#lost.get(proxy);
        if (found === undefined) return;
        this.#watchers.delete(look);
        resolve(found);
      };
      this.#watchers.add(look);
      void this.process.exited.then(() => reject(new Error('the puppet has ended')));
      look();
    });
  }

  /** The program ends without having closed anything. */
  leave(): Promise<unknown> {
    this.process.child.stdin?.end();
    return this.process.ended();
  }
}
