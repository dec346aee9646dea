import { assert } from '../base/index.ts';
import type { Command } from './effect.ts';
import type { CallPlace } from './entry.ts';

/** What the executor was asked to do, and how far it has come: at most one batch at a time. */
export class Execution {
  #busy = false;
  #commands: readonly Command[] = [];
  /** Of the calls in front of the one at which it is, or was, stuck. */
  #results: Uint8Array[] = [];
  #stuckAt: CallPlace | undefined;
  #resumes = false;

  /** A batch is at the executor, or lies in front of it because it is stuck. */
  get busy(): boolean {
    return this.#busy;
  }

  /** The call that the executor cannot finish: it waits in the state before it. */
  get stuckAt(): CallPlace | undefined {
    return this.#stuckAt;
  }

  /** What is executed now began before the executor was stuck in it. */
  get resumes(): boolean {
    return this.#resumes;
  }

  begin(commands: readonly Command[]): void {
    assert(!this.#busy, 'one batch at a time');
    this.#busy = true;
    this.#commands = commands;
  }

  stuck({ slot, index }: CallPlace, results: readonly Uint8Array[]): void {
    assert(this.#busy && this.#stuckAt === undefined, 'who is stuck was executing');
    this.#results.push(...results);
    this.#stuckAt = { slot, index };
  }

  /** The first results of the batch, which are settled before the rest is there. */
  take(count: number): readonly Uint8Array[] {
    assert(count <= this.#results.length, 'results are taken as far as they are there');
    return this.#results.splice(0, count);
  }

  /** What is left to do without the call at which the executor is stuck. */
  goOnWithout(): readonly Command[] {
    const [stuck, ...rest] = this.tryAgain();
    assert(stuck !== undefined, 'the executor is stuck at a call');
    this.#commands = [{ ...stuck, skipped: true }, ...rest];
    return this.#commands;
  }

  /** What is left to do, from the call on at which the executor is stuck. */
  tryAgain(): readonly Command[] {
    const at = this.#commands.findIndex(
      ({ slot, index }) => slot === this.#stuckAt?.slot && index === this.#stuckAt.index,
    );
    assert(at >= 0, 'the executor is stuck in what it was given');
    this.#stuckAt = undefined;
    this.#resumes = true;
    this.#commands = this.#commands.slice(at);
    return this.#commands;
  }

  /** The batch is done; answers with all results that were not taken. */
  finish(results: readonly Uint8Array[]): readonly Uint8Array[] {
    assert(this.#busy && this.#stuckAt === undefined, 'results answer an execution');
    const all = this.#results.length === 0 ? results : [...this.#results, ...results];
    this.abandon();
    return all;
  }

  /** Another state took the place of what it worked on. */
  abandon(): void {
    this.#busy = false;
    this.#commands = [];
    this.#results = [];
    this.#stuckAt = undefined;
    this.#resumes = false;
  }
}
