import type { CallPlace, Command } from '../paxos/index.ts';

/** A call by its place, or an event. */
type Demanding = CallPlace & Pick<Command, 'event'>;

/**
 * Calls that take more than the meter sees: every machine has a strength, and a call that demands more is
 * never finished there, however often it is tried. On all other machines it takes long (docs/protocol.md,
 * Safety 11).
 */
export class Demands {
  readonly #seed: number;
  readonly #once: number;

  /** @param once One call in so many demands something; 0: none does. */
  constructor(seed: number, once: number) {
    this.#seed = seed;
    this.#once = once;
  }

  of(place: Demanding, machine: string): 'light' | 'heavy' | 'stuck' {
    if (!this.isHeavy(place)) return 'light';
    let strength = this.#seed;
    for (let at = 0; at < machine.length; at++) strength = mix(strength, machine.charCodeAt(at));
    return mix(this.#drawn(place), 1) > mix(strength, 2) ? 'stuck' : 'heavy';
  }

  /** What becomes of callers, our own code does: it demands nothing. */
  isHeavy(place: Demanding): boolean {
    if (place.event !== undefined) return false;
    return this.#once > 0 && this.#drawn(place) % this.#once === 0;
  }

  #drawn({ slot, index }: CallPlace): number {
    return mix(mix(this.#seed, slot), index);
  }
}

/** Scatters two numbers over 32 bits (the finaliser of MurmurHash3, Appleby 2011). */
function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e37_79b9, 0x85eb_ca6b) + b;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
