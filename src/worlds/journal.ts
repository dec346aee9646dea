import { assert, ByteReader, ByteWriter } from '../base/index.ts';
import type { Command } from '../paxos/index.ts';
import { encodeCalls, readCalls } from '../realm/index.ts';
import { JOURNAL_BYTES, JOURNAL_COMMANDS } from './limits.ts';
import type { World } from './world.ts';

/** A buffer that grew beyond this is not kept. */
const MAX_KEPT_BYTES = 1024 * 1024;

/**
 * The way back to a small state: a base, which was captured, and the commands that came after it. They lie as
 * bytes in one buffer: thousands of objects that live for a while are what a garbage collector is worst at.
 */
export class Journal {
  #base: Uint8Array | undefined;
  #batches = new ByteWriter();
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
    encodeCalls(commands, this.#batches);
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
    const reader = new ByteReader(this.#batches.copy());
    const commands: Command[] = [];
    while (reader.remaining > 0) for (const call of readCalls(reader)) commands.push(call);
    const { killed } = await world.apply(commands, 'patient');
    assert(!killed, 'what went well goes well again');
  }

  #forget(): void {
    if (this.#batches.length > MAX_KEPT_BYTES) this.#batches = new ByteWriter();
    else this.#batches.clear();
    this.#commands = 0;
    this.#bytes = 0;
  }
}
