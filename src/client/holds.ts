import { ConCoordError } from '../base/index.ts';
import { keyOf } from '../object/index.ts';
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
  /** Of the call that acquired it, as objects know it. */
  readonly key: string;
  readonly #controller = new AbortController();

  constructor({ generation, sequence, session, ...grant }: OwnedCall) {
    this.fence = fenceOf(generation, grant);
    this.key = keyOf(session, sequence);
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
  lose(sequences: readonly number[], reason: GiveUp): readonly number[] {
    return sequences.filter((sequence) => {
      const hold = this.#bySequence.get(sequence);
      this.#bySequence.delete(sequence);
      hold?.lose(reason);
      return hold !== undefined;
    });
  }

  loseAll(reason: GiveUp): void {
    this.lose([...this.#bySequence.keys()], reason);
  }
}
