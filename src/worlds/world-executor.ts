import { assert, ConCoordError, MalformedBytes, present } from '../base/index.ts';
import type { ExecutorPort, Inbox } from '../host/index.ts';
import type { Command, Slot } from '../paxos/index.ts';
import { KILLED } from '../realm/index.ts';
import { HEAVY_MS, JOURNAL_BYTES, JOURNAL_COMMANDS, SHADOW_FROM_BYTES } from './limits.ts';
import { noSnapshot } from './no-snapshot.ts';
import { ShadowWorld } from './shadow-world.ts';
import { TooSlow } from './world.ts';
import type { Applied, MakeWorld, World } from './world.ts';

/** So many batches are executed patiently after one that was too slow to be quick. */
const PATIENT_BATCHES = 256;
/** Commands that are executed patiently at once: the watchdog leaves each of them what is left. */
const PATIENT_COMMANDS = 64;
/** A shadow that was lost so often would be lost again. */
const SHADOWS_AT_MOST = 3;
const NO_WAY_BACK =
  'until the object lets go of it, the next call that is killed ends this replica: there is no way back';
const NO_BASE: Uint8Array = new Uint8Array(0);

export interface WorldExecutorParts {
  readonly make: MakeWorld;
  readonly inbox: Inbox;
  readonly logger: { warn(line: string): void };
  /** ms; for what takes long. */
  readonly now: () => number;
  /** The object cannot go on here: there is no world any more, and no way back. */
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
  /** How many times as long as usual the journal gets, while the state cannot be captured. */
  #stretch = 1;
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
      const begun = this.#parts.now();
      const results: Uint8Array[] = [];
      const stuck = await this.#execute(commands, results);
      if (stuck !== undefined) {
        const { slot, index } = stuck;
        this.#parts.inbox.push({ kind: 'stuck', slot, index, results });
        return;
      }
      const heavy = this.#parts.now() - begun > HEAVY_MS;
      this.#parts.inbox.push({ kind: 'executed', last, results, heavy });
      await this.#renew();
    });
  }

  read(batch: number, commands: readonly Uint8Array[]): void {
    this.#enqueue(async () => {
      const results = await this.#read(commands);
      this.#parts.inbox.push({ kind: 'readDone', batch, results });
    });
  }

  capture(done: (state: Uint8Array | undefined) => void): void {
    this.#enqueue(async () => {
      const shadow = this.#shadow;
      if (shadow === undefined) return done(await this.#rebased());
      // Not waited for: the object goes on while its shadow is captured.
      shadow.capture().then(
        (state) => {
          this.#leaveShadowWhenSmall(shadow, state);
          done(state);
        },
        (error: unknown) => {
          // A shadow that is lost has told so.
          if (error instanceof ConCoordError) this.#warn(error);
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

  /** Answers with the call on which a watchdog bit, if one did: then the state is that before it. */
  async #execute(
    commands: readonly Command[],
    results: Uint8Array[],
  ): Promise<Command | undefined> {
    let most = PATIENT_COMMANDS;
    while (results.length < commands.length) {
      const rest = commands.slice(results.length);
      const [next] = rest;
      assert(next !== undefined, 'a command is left');
      if (next.skipped === true) {
        results.push(KILLED);
        continue;
      }
      const until = rest.findIndex(({ skipped }) => skipped === true);
      const applied = await this.#apply(until < 0 ? rest : rest.slice(0, until), most);
      if (applied !== 'lost') {
        results.push(...applied.results);
        await this.#take(rest, applied);
      } else if (most > 1) {
        // One of them, or all together: alone, each has all the time and all the room.
        most = 1;
      } else {
        return next;
      }
    }
    return undefined;
  }

  /** A read on which a watchdog bites changes nothing: it alone fails. */
  async #read(commands: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    try {
      return await this.#current.read(commands);
    } catch (error) {
      await this.#comeBack(error);
    }
    if (commands.length === 1) return [KILLED];
    const results: Uint8Array[] = [];
    for (const command of commands) results.push(...(await this.#read([command])));
    return results;
  }

  async #take(commands: readonly Command[], { killed, results }: Applied): Promise<void> {
    const kept = killed ? results.length - 1 : results.length;
    assert(kept >= 0, 'a call that is killed has a result');
    this.#follow(commands.slice(0, kept));
    if (killed) await this.#goBack();
  }

  /** Executes some of the commands, from the first on; after `lost` the state is that before them. */
  async #apply(commands: readonly Command[], most: number): Promise<Applied | 'lost'> {
    if (this.#patient === 0) {
      try {
        return await this.#current.apply(commands, 'quick');
      } catch (error) {
        // Also the next ones: an object that is slow once is slow again.
        this.#patient = PATIENT_BATCHES;
        await this.#goBack();
        if (!(error instanceof TooSlow)) return 'lost';
      }
    }
    this.#patient--;
    try {
      return await this.#current.apply(commands.slice(0, most), 'patient');
    } catch (error) {
      await this.#comeBack(error);
      return 'lost';
    }
  }

  /** After something that took too long or too much. */
  async #comeBack(error: unknown): Promise<void> {
    if (this.#ended) throw error;
    this.#parts.logger.warn(`the object is set up again after: ${String(error)}`);
    await this.#goBack();
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
      if (this.#base === NO_BASE)
        throw new Error('there is no way back to a state that cannot be captured');
      const world = await this.#parts.make(this.#base);
      this.#world = world;
      const { killed } = await world.apply(this.#journal, 'patient');
      assert(!killed, 'what went well goes well again');
    } else {
      this.#world = await shadow.becomeObject();
      this.#shadow = undefined;
    }
    // Or a series of calls that are killed would have all that came before done again for each.
    const state = await this.#rebased();
    if (shadow !== undefined && state === undefined) this.#parts.logger.warn(NO_WAY_BACK);
  }

  /** Captures the state, and begins anew from it; the warning is given when it cannot be captured. */
  async #rebased(): Promise<Uint8Array | undefined> {
    try {
      const state = await this.#current.capture();
      this.#rebase(state);
      return state;
    } catch (error) {
      if (!(error instanceof ConCoordError)) throw error;
      this.#warn(error);
      return undefined;
    }
  }

  /** The log stays, and leads to the same state again: nothing is lost as long as there is room for it. */
  #warn(error: ConCoordError): void {
    this.#parts.logger.warn(noSnapshot(error.message));
  }

  /** Begins a new journal, or a new shadow, at this state, which is the present one. */
  #rebase(state: Uint8Array): void {
    this.#forget();
    this.#stretch = 1;
    this.#shadow?.end();
    const large = state.length >= this.#shadowFrom && this.#shadowsLost < SHADOWS_AT_MOST;
    this.#shadow = large ? this.#makeShadow(state) : undefined;
    // A shadow is the way back itself.
    this.#base = large ? NO_BASE : state;
  }

  /** Before the journal gets so long that the way back takes its time; and the shadow must keep up. */
  async #renew(): Promise<void> {
    if (this.#shadow !== undefined) {
      // A shadow that is lost has told so.
      await this.#shadow.keepUp().catch(() => undefined);
      return;
    }
    // A larger state is captured more rarely: about as many bytes as commands brought.
    const commands = Math.max(JOURNAL_COMMANDS, this.#base.length >>> 4);
    const { length } = this.#journal;
    if (length < commands * this.#stretch && this.#journalBytes < JOURNAL_BYTES * this.#stretch) {
      return;
    }
    if ((await this.#rebased()) !== undefined) return;
    this.#stretch *= 2;
    if (this.#base === NO_BASE) this.#forget();
  }

  /** What came after a base that is not there is of no use. */
  #forget(): void {
    this.#journal = [];
    this.#journalBytes = 0;
  }

  #makeShadow(state: Uint8Array): ShadowWorld {
    const shadow = new ShadowWorld(this.#parts.make(state, 'shadow'), () =>
      this.#onShadowLost(shadow),
    );
    return shadow;
  }

  #leaveShadowWhenSmall(shadow: ShadowWorld, state: Uint8Array): void {
    if (state.length >= this.#shadowFrom / 2) return;
    this.#enqueue(async () => {
      if (shadow === this.#shadow) await this.#rebased();
    });
  }

  /** Then there is another shadow, or another base; or no way back, while the state cannot be captured. */
  #onShadowLost(shadow: ShadowWorld): void {
    this.#enqueue(async () => {
      if (shadow !== this.#shadow) return;
      this.#shadowsLost++;
      if ((await this.#rebased()) !== undefined) return;
      shadow.end();
      this.#shadow = undefined;
      this.#parts.logger.warn(NO_WAY_BACK);
    });
  }
}
