/**
 * A class as users write them, which the simulator runs in the realm of replicas: it has state of every
 * kind in every place, throws after changes, and makes calls that must be killed. What it should answer is
 * worked out in ledger-model.ts. Every method gets the number of its call.
 */

/** Words of memory that the object holds for nothing: large states are kept in another way. */
const BALLAST_WORDS = 512;
const REMEMBERED = 8;

/** A variable of the module: calls that took effect. */
let effects = 0;
/** Replaced as a whole. */
let newest: { readonly call: number; readonly method: string } | undefined;

class Page {
  static readonly torn = new Set<number>();
  readonly calls: number[] = [];
  #sum = 0;

  get sum(): number {
    return this.#sum;
  }

  write(call: number): void {
    this.calls.push(call);
    if (this.calls.length > REMEMBERED) this.calls.shift();
    this.#sum = (this.#sum + call) % 1_000_003;
  }
}

export interface Stamp {
  readonly time: number;
  readonly iso: string;
  readonly chance: number;
  readonly uuid: string;
}

export class Ledger {
  static stumbles = 0;
  value = 0;
  #trail = 0;
  #ballast = new Uint32Array(0);
  #stamp: Stamp | undefined;
  readonly #pages = new Map<string, Page>();
  #last = new Page();

  increment(call: number): number {
    this.#note('increment', call);
    this.value++;
    return this.value;
  }

  decrement(call: number): number {
    this.#note('decrement', call);
    this.value--;
    return this.value;
  }

  /** Time and chance are those of the entry. */
  stamp(call: number): Stamp {
    this.#note('stamp', call);
    this.value++;
    const now = new Date();
    const uuid = crypto.randomUUID();
    this.#stamp = { time: Date.now(), iso: now.toISOString(), chance: Math.random(), uuid };
    return this.#stamp;
  }

  /** Keeps what it has done when it throws. */
  stumble(call: number): never {
    this.#note('stumble', call);
    this.value++;
    Ledger.stumbles++;
    throw new RangeError(`stumbled over ${call}`);
  }

  grow(call: number): number {
    this.#note('grow', call);
    this.#ballast = new Uint32Array(BALLAST_WORDS).fill(call);
    return this.#ballast.length;
  }

  shrink(call: number): number {
    this.#note('shrink', call);
    this.#ballast = new Uint32Array(0);
    return this.#ballast.length;
  }

  /** Takes more than a call may, having changed all that there is, and resists: it must leave nothing. */
  burn(call: number): number {
    this.#note('burn', call);
    this.value += 1000;
    Ledger.stumbles += 1000;
    Page.torn.add(call);
    this.#last = new Page();
    this.#ballast = new Uint32Array(2 * BALLAST_WORDS);
    try {
      this.value += this.#exhaust(call);
    } catch {
      this.value += 5000;
    } finally {
      this.value += 7000;
      effects += 1000;
    }
    return this.value;
  }

  /** A read. */
  getvalue(): number {
    return this.value;
  }

  /** A read of everything that calls change beside. */
  gettrail(): readonly unknown[] {
    const page = this.#last;
    const { length } = this.#ballast;
    const ballast = length > 0 ? this.#ballast[length - 1] : undefined;
    const counts = [effects, Ledger.stumbles, Page.torn.size, this.#pages.size];
    return [this.#trail, ...counts, page.sum, page.calls.length, length, ballast, newest?.call];
  }

  /** A read. */
  getstamp(): Stamp | undefined {
    return this.#stamp;
  }

  /** A read that never comes to an end. */
  ponder(call: number): number {
    return this.ponder(call) + 1;
  }

  #note(method: string, call: number): void {
    this.#trail = (Math.imul(this.#trail ^ call, 0x0100_0193) + method.length) >>> 0;
    effects++;
    newest = { call, method };
    const page = this.#pages.get(method) ?? new Page();
    this.#pages.set(method, page);
    page.write(call);
    this.#last = page;
  }

  #exhaust(call: number): number {
    // Takes its time to be killed, and so is rare.
    if (call % 64 === 2) for (;;) this.#last.write(call);
    if (call % 4 === 1) return 'again'.repeat(2 ** 28).length;
    if (call % 4 === 3) return Number(BigInt(call) ** 100_000_000n);
    return this.#exhaust(call) + 1;
  }
}
