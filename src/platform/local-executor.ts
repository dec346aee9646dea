import { ConCoordError, MalformedBytes } from '../base/index.ts';
import type { ExecutorPort, Inbox } from '../host/index.ts';
import type { Machine } from '../object/index.ts';
import type { Command, Event, Slot } from '../paxos/index.ts';
import { noSnapshot, SHADOW_FROM_BYTES, SHADOW_LAG_BYTES } from '../worlds/index.ts';
import type { Logger } from './logger.ts';
import { ShadowThread } from './shadow-thread.ts';

/** A shadow that was lost so often would be lost again. */
const SHADOWS_AT_MOST = 3;

export interface LocalExecutorParts {
  readonly machine: Machine;
  readonly inbox: Inbox;
  readonly logger: Logger;
  /** Name of the object's type, and the module in whose thread its shadow runs. */
  readonly type: string;
  readonly shadow: URL;
  readonly lagBytes?: number;
}

/**
 * Runs a built-in object in this process. Answers come back in the same turn: our own objects are
 * quick, and cannot loop. What an object throws is a result. A state that cannot be captured (it is too
 * large) costs the snapshot: the log is kept, and leads to the same state again.
 *
 * A small state is captured at once, in a millisecond or two. A large one is captured from a shadow, so
 * that calls go on meanwhile: the shadow begins with the first capture that was large.
 */
export class LocalExecutor implements ExecutorPort {
  readonly #parts: LocalExecutorParts;
  #shadow: ShadowThread | undefined;
  #lost = 0;
  /** Answers that wait until the shadow has caught up, in order. */
  #held: Event[] = [];

  constructor(parts: LocalExecutorParts) {
    this.#parts = parts;
  }

  /** Before anything is served: what was made by a constructor, or read from the disk, may be large. */
  begin(state: Uint8Array | undefined): void {
    const begun = state ?? this.#captureHere();
    if (begun !== undefined) this.#follow(begun);
  }

  execute(last: Slot, commands: readonly Command[]): void {
    const { machine } = this.#parts;
    const results = commands.map((command) => machine.apply(command.bytes, command));
    this.#shadow?.follow(commands, results);
    this.#report({ kind: 'executed', last, results });
  }

  read(batch: number, commands: readonly Uint8Array[]): void {
    const results = commands.map((command) => this.#parts.machine.read(command));
    this.#report({ kind: 'readDone', batch, results });
  }

  capture(done: (state: Uint8Array | undefined) => void): void {
    const shadow = this.#shadow;
    if (shadow === undefined) {
      const state = this.#captureHere();
      if (state !== undefined) this.#follow(state);
      return done(state);
    }
    shadow.capture((state) => {
      // With some distance, or a state around the bound would begin a new one again and again.
      if (state !== undefined && state.length < SHADOW_FROM_BYTES / 2) this.#endShadow();
      done(state);
    });
  }

  restore(state: Uint8Array, done: (outcome: 'restored' | 'malformed') => void): void {
    try {
      this.#parts.machine.restore(state);
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      done('malformed');
      return;
    }
    if (this.#shadow === undefined) this.#follow(state);
    else this.#shadow.seed(state);
    done('restored');
  }

  close(): void {
    this.#endShadow();
  }

  #captureHere(): Uint8Array | undefined {
    try {
      return this.#parts.machine.capture();
    } catch (error) {
      if (!(error instanceof ConCoordError)) throw error;
      this.#refused(error.message);
      return undefined;
    }
  }

  #refused(reason: string): void {
    this.#parts.logger.warn(noSnapshot(reason));
  }

  #follow(state: Uint8Array): void {
    if (state.length < SHADOW_FROM_BYTES || this.#lost >= SHADOWS_AT_MOST) return;
    const { lagBytes = SHADOW_LAG_BYTES, logger, shadow, type } = this.#parts;
    this.#shadow = new ShadowThread({
      entry: shadow,
      type,
      lagBytes,
      caughtUp: () => this.#release(),
      lost: (reason) => {
        this.#lost++;
        logger.warn(`the copy that snapshots are taken from is lost: ${reason}`);
        this.#endShadow();
      },
      refused: (reason) => this.#refused(reason),
    });
    this.#shadow.seed(state);
  }

  #endShadow(): void {
    const shadow = this.#shadow;
    this.#shadow = undefined;
    shadow?.end();
    this.#release();
  }

  /** The host never gives a second batch before the first is answered: so the object waits. */
  #report(event: Event): void {
    if (this.#held.length > 0 || this.#shadow?.lags === true) this.#held.push(event);
    else this.#parts.inbox.push(event);
  }

  #release(): void {
    for (const event of this.#held.splice(0)) this.#parts.inbox.push(event);
  }
}
