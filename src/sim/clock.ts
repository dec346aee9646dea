import { MS } from './world.ts';
import type { World } from './world.ts';

/** 2025-01-01; any other would do. */
const EPOCH_MS = 1_735_689_600_000;

/** The clock of one machine: it drifts, and its wall time jumps. Its monotonic time never goes back. */
export class VirtualClock {
  readonly #world: World;
  /** Local ms for each ms of the world. */
  #rate = 1;
  #sinceUs: number;
  #localMs: number;
  #wallOffsetMs: number;

  /** @param wallErrorMs By how much the wall clock is wrong from the beginning. */
  constructor(world: World, bootMs: number, wallErrorMs: number) {
    this.#world = world;
    this.#sinceUs = world.now;
    this.#localMs = bootMs;
    this.#wallOffsetMs = EPOCH_MS + world.now / MS - bootMs + wallErrorMs;
  }

  /** Monotonic ms. */
  now(): number {
    return this.#localMs + ((this.#world.now - this.#sinceUs) / MS) * this.#rate;
  }

  /** ms since 1970. */
  wall(): number {
    return this.#wallOffsetMs + this.now();
  }

  /** @param rate Local ms for each ms of the world, from now on. */
  drift(rate: number): void {
    this.#localMs = this.now();
    this.#sinceUs = this.#world.now;
    this.#rate = rate;
    this.#world.slowestClock = Math.min(this.#world.slowestClock, rate);
  }

  /** Moves the wall clock, as an operator or a time server does. */
  jump(ms: number): void {
    this.#wallOffsetMs += ms;
  }
}
