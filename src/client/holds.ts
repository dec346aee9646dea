import { ConCoordError } from '../base/index.ts';
import { keyOf } from '../object/index.ts';
import type { RequestName } from '../paxos/index.ts';
import type { GiveUp, OwnedCall } from '../session/index.ts';
import { fenceOf } from '../session/index.ts';

/** What a program owns: until it gives it back, or loses it. */
export interface Ownership {
  /** Grows with every owner: whoever stores something for the owner must refuse smaller ones. */
  readonly fence: bigint;
  /** Aborted before anybody else can own it, as long as the event loop of this program runs. */
  readonly signal: AbortSignal;
}

/** A call that owns something, as the engine has to know it. */
export class Hold implements Ownership {
  readonly fence: bigint;
  /** The call that acquired it. */
  readonly name: RequestName;
  readonly #controller = new AbortController();

  constructor({ generation, sequence, session, ...grant }: OwnedCall) {
    this.fence = fenceOf(generation, grant);
    this.name = { session, sequence };
  }

  /** That call, as objects know it. */
  get key(): string {
    return keyOf(this.name.session, this.name.sequence);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  lose({ code, message }: GiveUp): void {
    this.#controller.abort(new ConCoordError(code, message));
  }
}

/** What was acquired through one engine by those who want to hear when it is lost. */
export class Holds {
  readonly #bySequence = new Map<number, Hold>();

  add(owned: OwnedCall): Hold {
    const hold = new Hold(owned);
    this.#bySequence.set(owned.sequence, hold);
    return hold;
  }

  /** It was given back. */
  remove(given: Hold): void {
    for (const [sequence, hold] of this.#bySequence) {
      if (hold === given) this.#bySequence.delete(sequence);
    }
  }

  /** Returns those of these calls that somebody counted on. */
  lose(sequences: readonly number[], reason: GiveUp): readonly RequestName[] {
    return sequences.flatMap((sequence) => {
      const hold = this.#bySequence.get(sequence);
      this.#bySequence.delete(sequence);
      hold?.lose(reason);
      return hold === undefined ? [] : [hold.name];
    });
  }

  loseAll(reason: GiveUp): void {
    this.lose([...this.#bySequence.keys()], reason);
  }
}
