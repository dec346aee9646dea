import { equal } from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { ConCoordError, outcome } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { Tally } from './tally.ts';

const PATIENCE_MS = 60_000;
/** Up to ten seconds, in tenths of a millisecond. */
const LATENCIES = 100_000;

export interface CallersOptions {
  /** Calls outstanding at every moment. */
  readonly callers?: number;
  readonly proxies?: number;
  /** Callers that give up after so few milliseconds that some of their calls end as unknown. */
  readonly impatient?: number;
  readonly impatienceMs?: number;
  /** Reads that run beside, one after the other. */
  readonly readers?: number;
  /** Every caller rests so long between two calls: machines with few processors do other work, too. */
  readonly paceMs?: number;
}

/**
 * Increments a counter with many calls outstanding, through fail-overs and whatever else a test does, and
 * keeps book: what is the counter's value allowed to be?
 */
export class Callers {
  readonly tally = new Tally();
  /** Why calls failed, and how often. */
  readonly failures = new Map<string, number>();
  readonly #options: CallersOptions;
  readonly #proxies: Counter[];
  readonly #events = new EventEmitter();
  readonly #unknown: { readonly proxy: Counter; readonly requestId: string }[] = [];
  #state: 'calling' | 'stopping' = 'calling';
  #loops: Promise<void>[] = [];
  #lastAcknowledged = performance.now();
  /** The longest time without an acknowledged call, ms, since `watchGap`. */
  #longestGap = 0;
  /** Acknowledged calls since `watchLatency`, by the tenths of a millisecond that they took. */
  #latencies = new Uint32Array(LATENCIES);
  /** What went wrong for good: an error that no caller of a working instance may see. */
  #defect: unknown;

  constructor(bootstrap: string, options: CallersOptions = {}) {
    this.#options = options;
    const { proxies = 8 } = options;
    this.#proxies = Array.from({ length: proxies }, () => new Counter(bootstrap));
    this.#events.setMaxListeners(0);
    this.resume();
  }

  /** Begins to call, also again after `stop`. */
  resume(): void {
    this.#state = 'calling';
    const { callers = 64, impatient = 0, impatienceMs = 60, readers = 1 } = this.#options;
    for (let index = 0; index < callers; index++) {
      const proxy = this.#proxyFor(index);
      const hasty = index < impatient ? proxy.with({ timeoutMs: impatienceMs }) : proxy;
      this.#loops.push(this.#run(() => this.#increment(hasty)));
    }
    for (let index = 0; index < readers; index++) {
      const proxy = this.#proxyFor(index);
      this.#loops.push(this.#run(() => this.#read(proxy)));
    }
  }

  #proxyFor(index: number): Counter {
    return this.#proxies[index % this.#proxies.length] as Counter;
  }

  get acknowledged(): number {
    return this.tally.acknowledged;
  }

  /** One of the proxies, for calls beside. */
  get proxy(): Counter {
    return this.#proxies[0] as Counter;
  }

  async #run(call: () => Promise<void>): Promise<void> {
    const { paceMs = 10 } = this.#options;
    while (this.#state === 'calling') {
      try {
        await call();
        if (paceMs > 0) await pause(paceMs);
      } catch (error) {
        this.#defect ??= error;
        this.#state = 'stopping';
        this.#events.emit('acknowledged');
      }
    }
  }

  async #increment(proxy: Counter): Promise<void> {
    this.tally.started++;
    const began = performance.now();
    try {
      await proxy.increment();
    } catch (error) {
      this.#onFailure(proxy, error);
      return;
    }
    this.tally.acknowledged++;
    const now = performance.now();
    const tenths = Math.min(LATENCIES - 1, Math.floor(10 * (now - began)));
    this.#latencies[tenths] = (this.#latencies[tenths] ?? 0) + 1;
    this.#longestGap = Math.max(this.#longestGap, now - this.#lastAcknowledged);
    this.#lastAcknowledged = now;
    this.#events.emit('acknowledged');
  }

  #onFailure(proxy: Counter, error: unknown): void {
    if (!(error instanceof ConCoordError)) throw error;
    const { code, requestId } = error;
    const key = `${code} ${error.outcome}`;
    this.failures.set(key, (this.failures.get(key) ?? 0) + 1);
    if (error.outcome === 'not-applied' && (code === 'TIMEOUT' || code === 'NO_QUORUM')) {
      this.tally.never++;
    } else if (error.outcome === 'unknown' && requestId !== undefined) {
      this.#unknown.push({ proxy, requestId });
    } else {
      throw error;
    }
  }

  async #read(proxy: Counter): Promise<void> {
    const done = this.tally.beginRead();
    try {
      done(await proxy.getvalue());
    } catch (error) {
      if (!(error instanceof ConCoordError) || !error.retryable) throw error;
    }
  }

  /** Resolves when `count` more increments than now are acknowledged; fails when that takes for ever. */
  async more(count: number, patienceMs = PATIENCE_MS): Promise<void> {
    const goal = this.acknowledged + count;
    const signal = AbortSignal.timeout(patienceMs);
    while (this.acknowledged < goal && this.#state === 'calling') {
      const lacking = goal - this.acknowledged;
      await once(this.#events, 'acknowledged', { signal }).catch((cause: unknown) => {
        const failures = JSON.stringify([...this.failures]);
        throw new Error(`${lacking} of ${count} calls are not acknowledged ${failures}`, { cause });
      });
    }
    if (this.#defect !== undefined) throw this.#defect;
  }

  /** Forgets the gaps so far. */
  watchGap(): void {
    this.#lastAcknowledged = performance.now();
    this.#longestGap = 0;
  }

  /** The longest time without an acknowledged call since `watchGap`, ms. */
  get longestGap(): number {
    return this.#longestGap;
  }

  /** Forgets how long the calls so far took. */
  watchLatency(): void {
    this.#latencies.fill(0);
  }

  /** What 99 of 100 acknowledged calls took at most since `watchLatency`, ms. */
  get p99(): number {
    let left = 0.01 * this.#latencies.reduce((sum, count) => sum + count, 0);
    let tenths = LATENCIES;
    while (tenths > 0 && left >= 0) left -= this.#latencies[--tenths] ?? 0;
    return (tenths + 1) / 10;
  }

  /** Ends all calls, and settles what became of those whose fate is unknown. */
  async stop(): Promise<void> {
    this.#state = 'stopping';
    await Promise.all(this.#loops);
    this.#loops = [];
    if (this.#defect !== undefined) throw this.#defect;
    const unknown = this.#unknown.splice(0);
    const fates = await Promise.all(
      unknown.map(({ proxy, requestId }) => outcome(proxy, requestId)),
    );
    for (const { applied } of fates) {
      if (applied) this.tally.resolved++;
      else this.tally.never++;
    }
  }

  /** Stops, and compares the count with what must be there, seen through `counter`. */
  async expectExact(counter: Counter = this.proxy): Promise<void> {
    await this.stop();
    equal(await counter.getvalue(), this.tally.expected);
  }

  /** Closes all proxies, in whatever state they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'stopping';
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    await Promise.allSettled(this.#loops);
  }
}
