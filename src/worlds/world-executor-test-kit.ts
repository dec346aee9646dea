import { equal, ok } from 'node:assert/strict';
import { ConCoordError, MalformedBytes } from '../base/index.ts';
import type { Command } from '../paxos/index.ts';
import { TestInbox, unexpected } from '../platform/test-kit.ts';
import { WorldExecutor } from './world-executor.ts';
import { HEAVY_MS } from './limits.ts';
import { TooSlow } from './world.ts';
import type { Applied, Pace, World } from './world.ts';

/** A sum behind bytes. Commands are numbers below, or one of these. */
export const KILL = 200;
export const LOSE = 201;
export const SPOIL = 202;
/** Takes long. */
export const SLOW = 203;
/** Moves the clock. */
export const TAKES_TIME = 204;
export const LARGE = 10;

/** How many worlds were made and ended, and what failed in them. */
export class Worlds {
  made = 0;
  ended = 0;
  applied = 0;
  failing = false;
  /** Shadows fail in what they execute. */
  losing = false;
  /** They do at once what is quick. */
  quick = false;
  /** ms. */
  time = 0;

  readonly make = async (state: Uint8Array | undefined, role?: 'shadow'): Promise<World> => {
    if (state?.length === 0) throw new MalformedBytes('not a state');
    if (this.failing) throw new Error('no memory for another');
    this.made++;
    return new SumWorld(this, state?.[0] ?? 0, state?.length ?? 1, role === 'shadow');
  };
}

class SumWorld implements World {
  readonly #worlds: Worlds;
  readonly #isShadow: boolean;
  #sum: number;
  #size: number;
  #spoiled = false;
  #ended = false;

  constructor(worlds: Worlds, sum: number, size: number, isShadow: boolean) {
    this.#isShadow = isShadow;
    this.#worlds = worlds;
    this.#sum = sum;
    this.#size = size;
  }

  apply(commands: readonly Command[], pace: Pace): Applied | Promise<Applied> {
    const run = (): Applied => this.#apply(commands, pace);
    return this.#worlds.quick && pace === 'quick' ? run() : turn().then(run);
  }

  #apply(commands: readonly Command[], pace: Pace): Applied {
    if (this.#isShadow && this.#worlds.losing) throw new Error('the shadow is lost');
    const results: Uint8Array[] = [];
    for (const { bytes } of commands) {
      ok(!this.#ended, 'nobody asks a world that was ended');
      this.#worlds.applied++;
      const number = bytes[0] ?? 0;
      if (number === LOSE) throw new Error('the world is lost');
      if (number === SPOIL) this.#spoiled = true;
      if (number === TAKES_TIME) this.#worlds.time += HEAVY_MS + 1;
      // What a killed call leaves behind shows when it is not taken back.
      this.#sum += number;
      if (number === KILL) return { results: [...results, Uint8Array.of(KILL)], killed: true };
      if (number === SLOW && pace === 'quick') throw new TooSlow();
      if (number === LARGE) this.#size = LARGE;
      results.push(Uint8Array.of(this.#sum));
    }
    return { results, killed: false };
  }

  read(
    commands: readonly Uint8Array[],
    pace: Pace,
  ): readonly Uint8Array[] | Promise<readonly Uint8Array[]> {
    const run = (): readonly Uint8Array[] => this.#read(commands, pace);
    return this.#worlds.quick && pace === 'quick' ? run() : turn().then(run);
  }

  #read(commands: readonly Uint8Array[], pace: Pace): readonly Uint8Array[] {
    ok(!this.#ended, 'nobody asks a world that was ended');
    if (pace === 'quick' && commands.some(([number]) => number === SLOW)) throw new TooSlow();
    if (commands.some(([number]) => number === LOSE)) throw new Error('the world is lost');
    return commands.map(() => Uint8Array.of(this.#sum));
  }

  async capture(): Promise<Uint8Array> {
    await turn();
    if (this.#spoiled) throw new ConCoordError('INVALID_VALUE', 'state.odd is a function');
    return new Uint8Array(this.#size).fill(this.#sum);
  }

  end(): void {
    if (!this.#ended) this.#worlds.ended++;
    this.#ended = true;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export class Bench {
  readonly inbox = new TestInbox();
  readonly worlds = new Worlds();
  readonly executor: WorldExecutor;
  readonly warnings: string[] = [];
  #calls = 0;
  #slot = 0;

  constructor(fatal: (error: Error) => void = unexpected) {
    const { inbox } = this;
    const { make } = this.worlds;
    const logger = { warn: (line: string) => void this.warnings.push(line) };
    const now = (): number => this.worlds.time;
    this.executor = new WorldExecutor({ make, inbox, logger, now, fatal, shadowFromBytes: LARGE });
  }

  /** In worlds that do at once what is quick. */
  async begunQuick(): Promise<this> {
    this.worlds.quick = true;
    return this.begun();
  }

  async begun(): Promise<this> {
    await this.executor.begin(undefined);
    return this;
  }

  async withShadow(): Promise<this> {
    await this.begun();
    await this.run(LARGE);
    await this.capture();
    return this;
  }

  /** Executes one slot; a command in brackets is one that the log skips. */
  start(...numbers: readonly (number | readonly [number])[]): void {
    const slot = ++this.#slot;
    const commands = numbers.map((number, index): Command => {
      const sequence = ++this.#calls;
      const context = { slot, index, time: 0, seed: 0, session: 1, sequence };
      if (typeof number === 'number') return { ...context, bytes: Uint8Array.of(number) };
      return { ...context, bytes: Uint8Array.from(number), skipped: true };
    });
    this.executor.execute(slot, commands);
  }

  async run(...numbers: readonly (number | readonly [number])[]): Promise<readonly number[]> {
    this.start(...numbers);
    const { last, results } = await this.inbox.take('executed');
    equal(last, this.#slot);
    return results.map((result) => result[0] ?? -1);
  }

  async isHeavy(number: number): Promise<boolean | undefined> {
    this.start(number);
    const { heavy } = await this.inbox.take('executed');
    return heavy;
  }

  async sum(): Promise<number | undefined> {
    this.executor.read(1, [Uint8Array.of(0)]);
    const { results } = await this.inbox.take('readDone');
    return results[0]?.[0];
  }

  capture(): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => this.executor.capture(resolve));
  }

  restore(state: Uint8Array): Promise<string> {
    return new Promise((resolve) => this.executor.restore(state, resolve));
  }
}
