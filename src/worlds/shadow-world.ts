import { assert, ConCoordError } from '../base/index.ts';
import type { Command } from '../paxos/index.ts';
import { SHADOW_BATCH_BYTES, SHADOW_LAG_BYTES } from './limits.ts';
import type { World } from './world.ts';

/** Bytes that a command costs beside its own. */
const COMMAND_OVERHEAD_BYTES = 64;

/**
 * A second world in the same state, a little later: it executes the same commands in larger pieces. Whoever
 * asks a lost one for something is refused, and its owner is told at once.
 */
export class ShadowWorld {
  readonly #world: Promise<World>;
  readonly #lost: () => void;
  readonly #lagBytes: number;
  /** Ends when everything that was handed over so far is done. */
  #last: Promise<unknown>;
  #pending: Command[] = [];
  #pendingBytes = 0;
  /** Bytes that were handed over and are not executed yet. */
  #underWay = 0;
  #ended = false;

  /**
   * @param world In the state that everything that is followed comes after.
   * @param lost Told when it can go on no more; it may be told more than once.
   */
  constructor(world: Promise<World>, lost: () => void, lagBytes: number = SHADOW_LAG_BYTES) {
    this.#world = world;
    this.#lost = lost;
    this.#lagBytes = lagBytes;
    this.#last = world;
    this.#watch(world);
  }

  follow(commands: readonly Command[]): void {
    for (const command of commands) {
      this.#pending.push(command);
      this.#pendingBytes += command.bytes.length + COMMAND_OVERHEAD_BYTES;
    }
    if (this.#pendingBytes >= SHADOW_BATCH_BYTES) void this.#handOver();
  }

  /** It is so far behind that its queue would become too long: wait for it by `keepUp`. */
  get lags(): boolean {
    return this.#pendingBytes + this.#underWay > this.#lagBytes;
  }

  async keepUp(): Promise<void> {
    if (this.lags) await this.#handOver();
  }

  /** The state after everything that was followed before. */
  capture(): Promise<Uint8Array> {
    void this.#handOver().catch(() => undefined);
    const captured = this.#last.then(async () => (await this.#world).capture());
    // A state that cannot be captured is still the state.
    this.#last = captured.then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof ConCoordError)) throw error;
      },
    );
    this.#watch(this.#last);
    return captured;
  }

  /** Itself, in the state after everything that was followed; nobody else has it then. */
  async becomeObject(): Promise<World> {
    await this.#handOver();
    return this.#world;
  }

  end(): void {
    this.#ended = true;
    this.#world.then(
      (world) => world.end(),
      () => undefined,
    );
  }

  #handOver(): Promise<void> {
    const commands = this.#pending;
    const bytes = this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (commands.length === 0) return this.#last.then(() => undefined);
    this.#underWay += bytes;
    return this.#next(async (world) => {
      if (this.#ended) return;
      const { killed } = await world.apply(commands, 'patient');
      assert(!killed, 'what went well for the object goes well for its shadow');
      this.#underWay -= bytes;
    });
  }

  #next<T>(job: (world: World) => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => job(await this.#world));
    this.#last = done;
    this.#watch(done);
    return done;
  }

  /** Before it is needed: as soon as it is too late, there is no other way back. */
  #watch(job: Promise<unknown>): void {
    job.catch(() => {
      if (!this.#ended) this.#lost();
    });
  }
}
