import type { Command } from '../paxos/index.ts';
import type { Manifest } from '../realm/index.ts';

/** What worlds are made of. */
export interface WorldParts {
  /** The realm as a script. */
  readonly realm: string;
  /** Instrumented code of the class. */
  readonly code: string;
  readonly manifest: Manifest;
  /** For tests: ms after which a watchdog bites. */
  readonly patienceMs?: number;
  /** For tests: ms that something quick may take. */
  readonly quickMs?: number;
}

/** What became of a batch of commands. */
export interface Applied {
  /** Of the commands in order; of all, unless one was killed. */
  readonly results: readonly Uint8Array[];
  /** The last result is that of a call that was killed: what it left behind must not be used any more. */
  readonly killed: boolean;
}

/**
 * How a batch is executed: at once, while the replica waits, which costs least and must end in a few
 * milliseconds; or on the world's own thread, for as long as it takes.
 */
export type Pace = 'quick' | 'patient';

/** A quick batch took too long. What it left behind must not be used any more. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow';
}

/**
 * An object of a class that somebody else wrote, in a place of its own (docs/world.md). Everything happens
 * in the order in which it is asked for. A promise is rejected with `ConCoordError` when the state cannot
 * be captured, and with any other error when the place is lost.
 */
export interface World {
  /**
   * What is quick may be done when this returns or throws: without a promise, the replica is spared a turn.
   * Throws, or rejects with, `TooSlow` when it was to be quick.
   */
  apply(commands: readonly Command[], pace: Pace): Applied | Promise<Applied>;
  /** Commands that are proven to change nothing. */
  read(
    commands: readonly Uint8Array[],
    pace: Pace,
  ): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  capture(): Promise<Uint8Array>;
  end(): void;
}

/**
 * Makes a world with a new object, or one in a captured state; `MalformedBytes` when it is none.
 *
 * @param role What it is made for: whoever makes faults must know which of them a replica bears.
 */
export type MakeWorld = (state: Uint8Array | undefined, role?: 'shadow') => Promise<World>;
