import { assert } from '../base/index.ts';
import type { Command } from '../paxos/index.ts';
import { JOURNAL_BYTES, JOURNAL_COMMANDS } from './limits.ts';
import type { World } from './world.ts';

/** The way back to a small state: a base, which was captured, and the commands that came after it. */
export class Journal {
  #base: Uint8Array | undefined;
  #batches: (readonly Command[])[] = [];
  #commands = 0;
  #bytes = 0;
  /** How many times as long as usual it gets, while the state cannot be captured. */
  #stretch = 1;

  /** Without one, it leads nowhere. */
  get base(): Uint8Array | undefined {
    return this.#base;
  }

  /** So long that the way back takes its time: there should be another base. */
  get isLong(): boolean {
    // A larger state is captured more rarely: about as many bytes as commands brought.
    const commands = Math.max(JOURNAL_COMMANDS, (this.#base?.length ?? 0) >>> 4) * this.#stretch;
    return this.#commands >= commands || this.#bytes >= JOURNAL_BYTES * this.#stretch;
  }

  /** Anew, from the present state; undefined where something else leads back to it. */
  begin(base: Uint8Array | undefined): void {
    this.#base = base;
    this.#stretch = 1;
    this.#forget();
  }

  follow(commands: readonly Command[]): void {
    this.#batches.push(commands);
    this.#commands += commands.length;
    for (const { bytes } of commands) this.#bytes += bytes.length;
  }

  /** The present state cannot be captured: it gets longer, and without a base it is of no use. */
  lengthen(): void {
    this.#stretch *= 2;
    if (this.#base === undefined) this.#forget();
  }

  /** Leads another world, which was made of the base, to the present state. */
  async replay(world: World): Promise<void> {
    const { killed } = await world.apply(this.#batches.flat(), 'patient');
    assert(!killed, 'what went well goes well again');
  }

  #forget(): void {
    this.#batches = [];
    this.#commands = 0;
    this.#bytes = 0;
  }
}
