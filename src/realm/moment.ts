import { Random } from '../base/index.ts';
import type { CallContext } from '../object/index.ts';

/** A context that no call has: while the module is evaluated and the first object is made. */
export const FOUNDING: CallContext = {
  time: 0,
  seed: 0,
  session: 0,
  sequence: 0,
  slot: 0,
  index: 0,
};

/** What a call may know of the time and of chance: what the log says. */
export class Moment {
  #context: CallContext | undefined = FOUNDING;
  #random: Random | undefined;

  /** @param context Undefined for a read: nothing in the log says when it was. */
  begin(context: CallContext | undefined): void {
    this.#context = context;
    this.#random = undefined;
  }

  time(): number {
    return this.#known().time;
  }

  random(): Random {
    // The calls of a slot share its seed: the position in it makes them differ.
    const { seed, index } = this.#known();
    this.#random ??= new Random(seed + index * 0x1_0000_0000);
    return this.#random;
  }

  #known(): CallContext {
    if (this.#context !== undefined) return this.#context;
    throw new Error('a read has neither time nor chance: let the method change something');
  }
}
