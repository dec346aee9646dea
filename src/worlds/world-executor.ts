import { assert, ConCoordError, MalformedBytes, present } from '../base/index.ts';
import type { ExecutorPort, Inbox } from '../host/index.ts';
import type { Command, Slot } from '../paxos/index.ts';
import { JOURNAL_BYTES, JOURNAL_COMMANDS, SHADOW_FROM_BYTES } from './limits.ts';
import { ShadowWorld } from './shadow-world.ts';
import { TooSlow } from './world.ts';
import type { Applied, MakeWorld, World } from './world.ts';

/** So many batches are executed patiently after one that was too slow to be quick. */
const PATIENT_BATCHES = 256;
/** A shadow that was lost so often would be lost again. */
const SHADOWS_AT_MOST = 3;
const NO_BASE: Uint8Array = new Uint8Array(0);

export interface WorldExecutorParts {
  readonly make: MakeWorld;
  readonly inbox: Inbox;
  /** The object cannot go on here: its state cannot be kept, or its world is lost. */
  readonly fatal: (error: Error) => void;
  /** For tests: what counts as a large state. */
  readonly shadowFromBytes?: number;
}

/**
 * Runs an object of a class that somebody else wrote. What is asked for is done in order, one after the
 * other; the replica goes on meanwhile.
 *
 * A call that is killed must leave no effect, and no world can be trusted in which one was. So there is
 * always a way back: for a small state, a base (captured bytes) and the journal of the commands since; for
 * a large one a shadow, a second world that executes the same a little later, and that snapshots are
 * captured from.
 */
export class WorldExecutor implements ExecutorPort {
  readonly #parts: WorldExecutorParts;
  readonly #shadowFrom: number;
  #world: World | undefined;
  #base = NO_BASE;
  #journal: Command[] = [];
  #journalBytes = 0;
  #shadow: ShadowWorld | undefined;
  #shadowsLost = 0;
  /** How many batches more are executed patiently. */
  #patient = 0;
  /** The end of what was asked for so far. */
  #last: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(parts: WorldExecutorParts) {
    this.#parts = parts;
    this.#shadowFrom = parts.shadowFromBytes ?? SHADOW_FROM_BYTES;
  }

  /** Makes the object, before anything is served. Rejects when it cannot be made, or not captured. */
  async begin(state: Uint8Array | undefined): Promise<void> {
    this.#world = await this.#parts.make(state);
    this.#rebase(state ?? (await this.#world.capture()));
  }

  execute(last: Slot, commands: readonly Command[]): void {
    this.#enqueue(async () => {
      const results = await this.#execute(commands);
      this.#parts.inbox.push({ kind: 'executed', last, results });
      await this.#renew();
    });
  }

  read(batch: number, commands: readonly Uint8Array[]): void {
    this.#enqueue(async () => {
      const results = await this.#current.read(commands);
      this.#parts.inbox.push({ kind: 'readDone', batch, results });
    });
  }

  capture(done: (state: Uint8Array | undefined) => void): void {
    this.#enqueue(async () => {
      const shadow = this.#shadow;
      if (shadow === undefined) {
        const state = await this.#current.capture();
        this.#rebase(state);
        return done(state);
      }
      // Not waited for: the object goes on while its shadow is captured.
      shadow.capture().then(
        (state) => {
          this.#leaveShadowWhenSmall(shadow, state);
          done(state);
        },
        (error: unknown) => {
          this.#onShadowLost(shadow, error);
          done(undefined);
        },
      );
    });
  }

  restore(state: Uint8Array, done: (outcome: 'restored' | 'malformed') => void): void {
    this.#enqueue(async () => {
      let world: World;
      try {
        world = await this.#parts.make(state);
      } catch (error) {
        if (!(error instanceof MalformedBytes)) throw error;
        return done('malformed');
      }
      this.#world?.end();
      this.#world = world;
      this.#rebase(state);
      done('restored');
    });
  }

  close(): void {
    this.#ended = true;
    this.#world?.end();
    this.#shadow?.end();
  }

  get #current(): World {
    return present(this.#world, 'an object that was made');
  }

  #enqueue(job: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.#ended) return;
      try {
        await job();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #fail(error: unknown): void {
    // A world that is ended loses what is under way in it.
    if (this.#ended) return;
    this.close();
    this.#parts.fatal(error instanceof Error ? error : new Error(String(error)));
  }

  async #execute(commands: readonly Command[]): Promise<readonly Uint8Array[]> {
    const results: Uint8Array[] = [];
    while (results.length < commands.length) {
      const rest = commands.slice(results.length);
      const { killed, results: some } = await this.#apply(rest);
      const kept = killed ? some.length - 1 : some.length;
      assert(
        killed ? kept >= 0 : kept === rest.length,
        'a batch ends only at a call that is killed',
      );
      results.push(...some);
      this.#follow(rest.slice(0, kept));
      if (killed) await this.#goBack();
    }
    return results;
  }

  async #apply(commands: readonly Command[]): Promise<Applied> {
    if (this.#patient > 0) {
      this.#patient--;
      return this.#current.apply(commands, 'patient');
    }
    try {
      return await this.#current.apply(commands, 'quick');
    } catch (error) {
      if (!(error instanceof TooSlow)) throw error;
      // Also the next ones: an object that is slow once is slow again.
      this.#patient = PATIENT_BATCHES;
      await this.#goBack();
      return this.#current.apply(commands, 'patient');
    }
  }

  /** Remembers what was executed, for the way back. */
  #follow(commands: readonly Command[]): void {
    if (this.#shadow !== undefined) return this.#shadow.follow(commands);
    for (const command of commands) {
      this.#journal.push(command);
      this.#journalBytes += command.bytes.length;
    }
  }

  /** To the state after what was followed, in another world. */
  async #goBack(): Promise<void> {
    this.#current.end();
    const shadow = this.#shadow;
    if (shadow === undefined) {
      const world = await this.#parts.make(this.#base);
      this.#world = world;
      const { killed } = await world.apply(this.#journal, 'patient');
      assert(!killed, 'what went well goes well again');
    } else {
      this.#world = await shadow.becomeObject();
      this.#shadow = undefined;
    }
    // Or a series of calls that are killed would have all that came before done again for each.
    this.#rebase(await this.#current.capture());
  }

  /** Begins a new journal, or a new shadow, at this state, which is the present one. */
  #rebase(state: Uint8Array): void {
    this.#journal = [];
    this.#journalBytes = 0;
    this.#shadow?.end();
    const large = state.length >= this.#shadowFrom && this.#shadowsLost < SHADOWS_AT_MOST;
    this.#shadow = large ? new ShadowWorld(this.#parts.make(state, 'shadow')) : undefined;
    // A shadow is the way back itself.
    this.#base = large ? NO_BASE : state;
  }

  /** Before the journal gets so long that the way back takes its time; and the shadow must keep up. */
  async #renew(): Promise<void> {
    if (this.#shadow !== undefined) {
      const shadow = this.#shadow;
      try {
        await shadow.keepUp();
      } catch (error) {
        this.#onShadowLost(shadow, error);
      }
      return;
    }
    // A larger state is captured more rarely: about as many bytes as commands brought.
    const commands = Math.max(JOURNAL_COMMANDS, this.#base.length >>> 4);
    if (this.#journal.length < commands && this.#journalBytes < JOURNAL_BYTES) return;
    this.#rebase(await this.#current.capture());
  }

  #leaveShadowWhenSmall(shadow: ShadowWorld, state: Uint8Array): void {
    if (state.length < this.#shadowFrom / 2) this.#replace(shadow);
  }

  /** A state that cannot be captured is the end; else there is another shadow, or another base. */
  #onShadowLost(shadow: ShadowWorld, error: unknown): void {
    if (this.#ended) return;
    if (error instanceof ConCoordError) return this.#fail(error);
    if (shadow === this.#shadow) this.#shadowsLost++;
    this.#replace(shadow);
  }

  #replace(shadow: ShadowWorld): void {
    this.#enqueue(async () => {
      if (shadow === this.#shadow) this.#rebase(await this.#current.capture());
    });
  }
}
