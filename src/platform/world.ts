import type { Command } from '../paxos/index.ts';

/** What became of a batch of commands. */
export interface Applied {
  /** Of the commands in order; of all, unless one was killed. */
  readonly results: readonly Uint8Array[];
  /** The last result is that of a call that was killed: what it left behind must not be used any more. */
  readonly killed: boolean;
}

/**
 * An object of a class that somebody else wrote, in a place of its own (docs/world.md). Everything happens
 * in the order in which it is asked for. A promise is rejected with `ConCoordError` when the state cannot
 * be captured, and with any other error when the place is lost.
 */
export interface World {
  apply(commands: readonly Command[]): Promise<Applied>;
  /** Commands that are proven to change nothing. */
  read(commands: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
  capture(): Promise<Uint8Array>;
  end(): void;
}

/** Makes a world with a new object, or one in a captured state; `MalformedBytes` when it is none. */
export type MakeWorld = (state: Uint8Array | undefined) => Promise<World>;
