import { assert, ConCoordError, MalformedBytes, present } from '../base/index.ts';
import type { ExecutorPort } from '../host/index.ts';
import type { Command, Slot } from '../paxos/index.ts';
import { KILLED } from '../realm/index.ts';
import { attempt } from './attempt.ts';
import type { Attempt, Begun } from './attempt.ts';
import { Journal } from './journal.ts';
import { HEAVY_MS, SHADOW_FROM_BYTES } from './limits.ts';
import { noSnapshot } from './no-snapshot.ts';
import { Patience } from './patience.ts';
import { isSkipped, PATIENT_COMMANDS, quickPiece } from './pieces.ts';
import { ShadowWorld } from './shadow-world.ts';
import { TooSlow } from './world.ts';
import type { Applied, World } from './world.ts';
import type { WorldExecutorParts } from './world-executor-parts.ts';

/** A shadow that was lost so often would be lost again. */
const SHADOWS_AT_MOST = 3;
const NO_WAY_BACK =
  'until the object lets go of it, the next call that is killed ends this replica: there is no way back';

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
  readonly #journal = new Journal();
  #shadow: ShadowWorld | undefined;
  #shadowsLost = 0;
  readonly #patience = new Patience();
  /** Of what was asked for, how much is not done. */
  #waiting = 0;
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
    const asked = this.#parts.now();
    const results: Uint8Array[] = [];
    const begun = commands.some(isSkipped) ? undefined : this.#begin(commands, results, asked);
    if (results.length === commands.length) {
      this.#executed(last, results, asked);
      if (this.#renewalDue) this.#enqueue(() => this.#renew());
      return;
    }
    this.#enqueue(async () => {
      const since = results.length > 0 || begun !== undefined ? asked : this.#parts.now();
      const stuck = await this.#execute(commands, results, begun);
      if (stuck !== undefined) {
        const { slot, index } = stuck;
        this.#parts.inbox.push({ kind: 'stuck', slot, index, results });
        return;
      }
      this.#executed(last, results, since);
      await this.#renew();
    });
  }

  /** Does what can be done in this very turn; returns what was begun beside it. */
  #begin(
    commands: readonly Command[],
    results: Uint8Array[],
    asked: number,
  ): Begun<Applied> | undefined {
    while (results.length < commands.length) {
      const piece = quickPiece(commands, results.length);
      const first = this.#attempt((world) => world.apply(piece, 'quick'));
      if (first?.done === undefined || first.done.killed) return first?.again;
      for (const result of first.done.results) results.push(result);
      this.#follow(piece);
      this.#patience.wasQuick(this.#parts.now() - asked);
    }
    return undefined;
  }

  #executed(last: Slot, results: readonly Uint8Array[], begun: number): void {
    const heavy = this.#parts.now() - begun > HEAVY_MS;
    this.#parts.inbox.push({ kind: 'executed', last, results, heavy });
  }

  read(batch: number, commands: readonly Uint8Array[]): void {
    // With a shadow, the way back costs more than a read that turns out to be slow is worth.
    const first =
      this.#shadow === undefined
        ? this.#attempt((world) => world.read(commands, 'quick'))
        : undefined;
    if (first?.done !== undefined) {
      this.#parts.inbox.push({ kind: 'readDone', batch, results: first.done });
      return;
    }
    this.#enqueue(async () => {
      const results = await this.#read(commands, first?.again);
      this.#parts.inbox.push({ kind: 'readDone', batch, results });
    });
  }

  /**
   * Begins in this very turn what is quick, when nothing is before it: as a rule it is done then, and the
   * replica goes on with the results as with those of a built-in object.
   */
  #attempt<T extends object>(run: (world: World) => T | Promise<T>): Attempt<T> | undefined {
    const world = this.#world;
    if (world === undefined || this.#waiting > 0 || this.#patience.isNeeded || this.#ended) {
      return undefined;
    }
    // What is too slow must not cost the object.
    return this.#hasWayBack ? attempt(() => run(world)) : undefined;
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

  get #hasWayBack(): boolean {
    return this.#shadow !== undefined || this.#journal.base !== undefined;
  }

  get #current(): World {
    return present(this.#world, 'an object that was made');
  }

  #enqueue(job: () => Promise<void>): void {
    this.#waiting++;
    this.#last = this.#last.then(async () => {
      if (this.#ended) return;
      try {
        await job();
      } catch (error) {
        this.#fail(error);
      }
      this.#waiting--;
    });
  }

  #fail(error: unknown): void {
    // A world that is ended loses what is under way in it.
    if (this.#ended) return;
    this.close();
    this.#parts.fatal(error instanceof Error ? error : new Error(String(error)));
  }

  /**
   * Answers with the call on which a watchdog bit, if one did: then the state is that before it.
   *
   * @param begun What became of them already.
   */
  async #execute(
    commands: readonly Command[],
    results: Uint8Array[],
    begun: Begun<Applied> | undefined,
  ): Promise<Command | undefined> {
    let most = PATIENT_COMMANDS;
    let first = begun;
    while (results.length < commands.length) {
      const rest = commands.slice(results.length);
      const [next] = rest;
      assert(next !== undefined, 'a command is left');
      if (next.skipped === true) {
        results.push(KILLED);
        continue;
      }
      const until = rest.findIndex(isSkipped);
      const applied = await this.#apply(until < 0 ? rest : rest.slice(0, until), most, first);
      first = undefined;
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
  async #read(
    commands: readonly Uint8Array[],
    begun?: Begun<readonly Uint8Array[]>,
  ): Promise<readonly Uint8Array[]> {
    try {
      if (begun !== undefined) return await begun();
    } catch (error) {
      // As with commands; alone or together, it is given time now.
      await this.#beginPatience(error);
    }
    try {
      return await this.#current.read(commands, 'patient');
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
  async #apply(
    commands: readonly Command[],
    most: number,
    begun: Begun<Applied> | undefined,
  ): Promise<Applied | 'lost'> {
    const asked = this.#parts.now();
    // What is looked for one by one is not hurried: it would be lost among others that are innocent.
    if (most > 1 && !this.#patience.isNeeded && this.#hasWayBack) {
      try {
        const quick = begun ?? (() => this.#current.apply(quickPiece(commands, 0), 'quick'));
        const applied = await quick();
        this.#patience.wasQuick(this.#parts.now() - asked);
        return applied;
      } catch (error) {
        await this.#beginPatience(error);
        if (!(error instanceof TooSlow)) return 'lost';
      }
    }
    const since = this.#parts.now();
    try {
      const applied = await this.#current.apply(commands.slice(0, most), 'patient');
      this.#patience.wasPatient(this.#parts.now() - since);
      return applied;
    } catch (error) {
      await this.#comeBack(error);
      return 'lost';
    }
  }

  /** After something quick that was too slow. */
  async #beginPatience(error: unknown): Promise<void> {
    if (this.#ended) throw error;
    this.#patience.begin();
    await this.#goBack();
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
    this.#journal.follow(commands);
  }

  /** To the state after what was followed, in another world. */
  async #goBack(): Promise<void> {
    this.#current.end();
    const shadow = this.#shadow;
    if (shadow === undefined) {
      const { base } = this.#journal;
      if (base === undefined) {
        throw new Error('there is no way back to a state that cannot be captured');
      }
      this.#world = await this.#parts.make(base);
      await this.#journal.replay(this.#world);
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
    this.#shadow?.end();
    const large = state.length >= this.#shadowFrom && this.#shadowsLost < SHADOWS_AT_MOST;
    this.#shadow = large ? this.#makeShadow(state) : undefined;
    // A shadow is the way back itself.
    this.#journal.begin(large ? undefined : state);
  }

  get #renewalDue(): boolean {
    return this.#shadow === undefined ? this.#journal.isLong : this.#shadow.lags;
  }

  /** Before the journal gets so long that the way back takes its time; and the shadow must keep up. */
  async #renew(): Promise<void> {
    if (!this.#renewalDue) return;
    if (this.#shadow !== undefined) {
      // A shadow that is lost has told so.
      await this.#shadow.keepUp().catch(() => undefined);
      return;
    }
    if ((await this.#rebased()) === undefined) this.#journal.lengthen();
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
