import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ConCoordError, MalformedBytes } from '../base/index.ts';
import type { Command } from '../paxos/index.ts';
import { TestInbox, unexpected } from '../platform/test-kit.ts';
import { KILLED } from '../realm/index.ts';
import { WorldExecutor } from './world-executor.ts';
import { HEAVY_MS } from './limits.ts';
import { TooSlow } from './world.ts';
import type { Applied, Pace, World } from './world.ts';

/** A sum behind bytes. Commands are numbers below, or one of these. */
const KILL = 200;
const LOSE = 201;
const SPOIL = 202;
/** Takes long. */
const SLOW = 203;
/** Moves the clock. */
const TAKES_TIME = 204;
const LARGE = 10;

/** How many worlds were made and ended, and what failed in them. */
class Worlds {
  made = 0;
  ended = 0;
  applied = 0;
  failing = false;
  /** Shadows fail in what they execute. */
  losing = false;
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

  async apply(commands: readonly Command[], pace: Pace): Promise<Applied> {
    await turn();
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

  async read(commands: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    await turn();
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

class Bench {
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

/** One that may end. */
function mortal(): { readonly bench: Bench; readonly failed: Promise<Error> } {
  let fail: (error: Error) => void = unexpected;
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  return { bench: new Bench((error) => fail(error)), failed };
}

test('batches, reads and captures happen in the order in which they are asked for', async () => {
  const bench = await new Bench().begun();
  const first = bench.run(1, 2);
  const read = bench.sum();
  const captured = bench.capture();

  deepEqual(await first, [1, 3]);
  equal(await read, 3);
  deepEqual(await captured, Uint8Array.of(3));
});

test('a call that is killed leaves no effect, and those after it happen', async () => {
  const bench = await new Bench().begun();
  await bench.run(1);

  deepEqual(await bench.run(2, KILL, 3, KILL, 4), [3, KILL, 6, KILL, 10]);

  equal(await bench.sum(), 10);
  equal(bench.worlds.made, 3);
  equal(bench.worlds.ended, 2, 'no world is used in which a call was killed');
});

test('the way back does not get longer with every call that is killed', async () => {
  const bench = await new Bench().begun();
  await bench.run(...Array.from({ length: 100 }, () => 1));
  await bench.run(KILL);
  const before = bench.worlds.applied;

  for (let times = 0; times < 10; times++) await bench.run(KILL);
  equal(bench.worlds.applied - before, 10);
});

test('the journal has a length: a new base is captured before it gets too long', async () => {
  const bench = await new Bench().begun();
  for (let batch = 0; batch < 50; batch++) {
    await bench.run(...Array.from({ length: 100 }, () => 0));
  }
  const before = bench.worlds.applied;
  await bench.run(KILL);

  ok(bench.worlds.applied - before < 4200, `${bench.worlds.applied - before} commands again`);
});

test('a batch that is too slow to hold up the replica is done again, and as a whole', async () => {
  const bench = await new Bench().begun();
  await bench.run(1);

  deepEqual(await bench.run(2, SLOW, 3), [3, (3 + SLOW) % 256, (6 + SLOW) % 256]);

  equal(await bench.sum(), (6 + SLOW) % 256);
  equal(bench.worlds.ended, 1);
  await bench.run(SLOW);
  equal(bench.worlds.ended, 1, 'it is given time for a while');
});

test('a large state has a shadow, which is captured, and is the way back', async () => {
  const bench = await new Bench().begun();
  await bench.run(LARGE);
  equal((await bench.capture())?.length, LARGE);
  equal(bench.worlds.made, 2, 'the shadow begins with a large capture');
  await bench.run(5);

  deepEqual(await bench.capture(), new Uint8Array(LARGE).fill(15));
  deepEqual(await bench.run(1, KILL, 2), [16, KILL, 18]);

  equal(await bench.sum(), 18);
  deepEqual(await bench.capture(), new Uint8Array(LARGE).fill(18));
});

test('a state is taken up in the place of the own one, and goes on from there', async () => {
  const bench = await new Bench().begun();
  await bench.run(1);

  equal(await bench.restore(Uint8Array.of(50)), 'restored');
  deepEqual(await bench.run(1, KILL, 2), [51, KILL, 53]);
  equal(await bench.restore(new Uint8Array(0)), 'malformed');
  equal(await bench.sum(), 53);
});

test('a shadow that cannot be made fails a capture at most; the next is as good as ever', async () => {
  const bench = await new Bench().begun();
  bench.worlds.failing = true;
  await bench.run(LARGE);
  await bench.capture();
  await bench.capture();

  bench.worlds.failing = false;
  await bench.sum();
  deepEqual(await bench.capture(), new Uint8Array(LARGE).fill(10));
  deepEqual(await bench.run(1, KILL, 2), [11, KILL, 13]);
});

/** As many as are handed to a shadow in one piece. */
const PIECE: readonly number[] = Array.from({ length: 1100 }, () => 0);

test('a shadow that is lost is noticed when it executes, before a call is killed', async () => {
  const bench = await new Bench().withShadow();
  bench.worlds.losing = true;
  await bench.run(...PIECE);
  await bench.sum();
  bench.worlds.losing = false;
  deepEqual(await bench.run(1, KILL, 2), [11, KILL, 13]);
  deepEqual(await bench.capture(), new Uint8Array(LARGE).fill(13));
});

test('a large state that cannot be captured bears one killed call, and ends with the next', async () => {
  const { bench, failed } = mortal();
  await bench.withShadow();
  await bench.run(SPOIL);
  const after = (LARGE + SPOIL + 1) % 256;
  deepEqual(await bench.run(1, KILL), [after, KILL]);
  match(bench.warnings.join(), /the next call that is killed ends this replica/);
  for (let batch = 0; batch < 6; batch++) await bench.run(...PIECE);
  equal(await bench.sum(), after);
  bench.start(KILL);
  match(String(await failed), /no way back to a state that cannot be captured/);
});

test('a shadow that is lost while the state cannot be captured leaves the object as it is', async () => {
  const bench = await new Bench().withShadow();
  bench.worlds.losing = true;
  await bench.run(SPOIL, ...PIECE);
  await bench.sum();
  deepEqual(await bench.run(1), [(LARGE + SPOIL + 1) % 256]);
  match(bench.warnings.join(), /there is no way back/);
});

test('a state that cannot be captured is no end: the log stays, and the way back gets longer', async () => {
  const bench = await new Bench().begun();
  await bench.run(1, SPOIL, 2);

  equal(await bench.capture(), undefined);
  match(bench.warnings.join(), /no snapshot can be taken.* state\.odd is a function/);
  deepEqual(await bench.run(3, KILL, 4), [208, KILL, 212]);
  for (let batch = 0; batch < 100; batch++) {
    await bench.run(...Array.from({ length: 100 }, () => 0));
  }
  deepEqual(await bench.run(KILL, 1), [KILL, 213]);
});

test('nor is one of a shadow', async () => {
  const bench = await new Bench().withShadow();
  await bench.run(SPOIL);

  for (let times = 0; times < 2; times++) equal(await bench.capture(), undefined);
  equal(await bench.sum(), (LARGE + SPOIL) % 256);
  equal(bench.warnings.length, 2);
});

test('a call on which a watchdog bites leaves the state before it', async () => {
  const bench = await new Bench().begun();
  await bench.run(1);
  bench.start(2, LOSE, 4);

  const { slot, index, results } = await bench.inbox.take('stuck');

  deepEqual([slot, index, results], [2, 1, [Uint8Array.of(3)]]);
  equal(await bench.sum(), 3);
  equal(bench.warnings.length, 1, 'it is tried alone, with all the time there is');
  deepEqual(await bench.run([LOSE], 4), [KILLED[0], 7]);
});

test('a call that the log skips is not tried', async () => {
  const bench = await new Bench().begun();

  deepEqual(await bench.run(2, [LOSE], 4, [LOSE], [3]), [2, KILLED[0], 6, KILLED[0], KILLED[0]]);
  equal(bench.warnings.length, 0);
});

test('what took long is heavy', async () => {
  const bench = await new Bench().begun();

  equal(await bench.isHeavy(1), false);
  equal(await bench.isHeavy(TAKES_TIME), true);
  equal(await bench.isHeavy(1), false);
});

test('a read on which a watchdog bites fails alone', async () => {
  const bench = await new Bench().begun();
  await bench.run(5);
  bench.executor.read(1, [Uint8Array.of(0), Uint8Array.of(LOSE), Uint8Array.of(0)]);

  const { results } = await bench.inbox.take('readDone');
  deepEqual(results, [Uint8Array.of(5), KILLED, Uint8Array.of(5)]);
  deepEqual(await bench.run(1), [6]);
});

test('a world that is lost, and no other can be made, ends the replica', async () => {
  const { bench, failed } = mortal();
  await bench.begun();
  bench.worlds.failing = true;
  bench.start(LOSE);

  match(String(await failed), /no memory for another/);
  equal(bench.worlds.ended, bench.worlds.made);
});

test('whatever is killed, captured and restored: the object is what the others made of it', async () => {
  const step = fc.oneof(
    fc.array(fc.constantFrom(1, 2, 3, KILL, LARGE, SLOW), { minLength: 1, maxLength: 6 }),
    fc.constant('capture' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const bench = await new Bench().begun();
      let sum = 0;
      for (const each of steps) {
        if (each === 'capture') {
          equal((await bench.capture())?.[0], sum % 256);
          continue;
        }
        const expected = each.map((number) => {
          if (number === KILL) return KILL;
          sum += number;
          return sum % 256;
        });
        deepEqual(await bench.run(...each), expected);
      }
      equal(await bench.sum(), sum % 256);
      bench.executor.close();
    }),
    { numRuns: 60 },
  );
});
