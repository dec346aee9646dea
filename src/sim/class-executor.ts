import type { Inbox } from '../host/index.ts';
import type { CallPlace, Command, Slot } from '../paxos/index.ts';
import { HEAVY_MS, TooSlow, WorldExecutor } from '../worlds/index.ts';
import type { Applied, ContextWorld, MakeContextWorld, Pace, World } from '../worlds/index.ts';
import type { ExecutorParts, ObjectExecutor } from './executor.ts';
import { MS } from './world.ts';

/** A capture takes as long as so many jobs, at most. */
const CAPTURE_JOBS = 16;
const CAPTURES_PER_FAILURE = 16;
/** A shadow that is captured is lost once in so many times. */
const CAPTURES_PER_LOSS = 40;
const BATCHES_PER_LOSS = 1000;
/** What is asked for quickly takes too long once in so many times. */
const BATCHES_PER_TOO_SLOW = 400;

/** What executors of classes did in a run. */
export interface WorldCounts {
  worlds: number;
  shadows: number;
  killed: number;
  lost: number;
  tooSlow: number;
}

export interface ClassExecutorParts extends ExecutorParts {
  readonly make: MakeContextWorld;
  readonly counts: WorldCounts;
  /** From this size on, a state has a shadow. */
  readonly shadowFromBytes: number;
  /** The process cannot go on. */
  readonly lost: (words: string) => void;
}

class LostWorld extends Error {
  override readonly name = 'LostWorld';

  constructor() {
    super('the world of the object is lost');
  }
}

/**
 * The production executor of classes, over worlds that are synchronous in themselves and take virtual time.
 * What goes on in promises goes on to its end before the next event: so a run is decided by its seed.
 */
export class ClassExecutor implements ObjectExecutor {
  readonly #parts: ClassExecutorParts;
  readonly #executor: WorldExecutor;
  /** What was asked for before there is an object. */
  #early: (() => void)[] | undefined = [];
  /** Given to the executor, whose results have not come. */
  readonly #batches: (readonly Command[])[] = [];
  /** The last call that one of its worlds has finished. */
  #finished: CallPlace = { slot: 0, index: 0 };

  constructor(parts: ClassExecutorParts) {
    this.#parts = parts;
    const { inbox, shadowFromBytes } = parts;
    this.#executor = new WorldExecutor({
      make: (state, role) => this.#take(1, () => this.#make(state, role)),
      inbox: { push: (event) => this.#push(event), durable: (to) => inbox.durable(to) },
      logger: { warn: (line) => this.#warn(line) },
      now: () => parts.process.world.now / MS,
      fatal: (error) => {
        if (error instanceof LostWorld) parts.lost(error.message);
        else parts.process.world.fail(error);
      },
      shadowFromBytes,
    });
  }

  /** Before the replica starts; what it asks for meanwhile waits. */
  begin(state: Uint8Array | undefined): void {
    const { world } = this.#parts.process;
    world.disturb();
    this.#executor.begin(state).then(
      () => {
        const early = this.#early ?? [];
        this.#early = undefined;
        for (const ask of early) ask();
      },
      (error: unknown) => world.fail(error),
    );
  }

  execute(last: Slot, commands: readonly Command[]): void {
    this.#ask(() => {
      this.#batches.push(commands);
      this.#executor.execute(last, commands);
    });
  }

  read(batch: number, commands: readonly Uint8Array[]): void {
    this.#ask(() => this.#executor.read(batch, commands));
  }

  /** May fail, as when a shadow is lost. */
  capture(done: (state: Uint8Array | undefined) => void): void {
    this.#ask(() => {
      this.#executor.capture((state) => {
        const fails = this.#parts.random.chance(1, CAPTURES_PER_FAILURE);
        this.#answer(() => done(fails ? undefined : state));
      });
    });
  }

  restore(state: Uint8Array, done: (outcome: 'restored' | 'malformed') => void): void {
    this.#ask(() => {
      this.#executor.restore(state, (outcome) => this.#answer(() => done(outcome)));
    });
  }

  close(): void {
    this.#executor.close();
  }

  #warn(line: string): void {
    const { name, world } = this.#parts.process;
    if (world.traced) world.say(`${name}: ${line}`);
  }

  #ask(ask: () => void): void {
    this.#parts.process.world.disturb();
    if (this.#early === undefined) ask();
    else this.#early.push(ask);
  }

  /** Nobody but the run itself hears of what the replica throws. */
  #answer(answer: () => void): void {
    const { world } = this.#parts.process;
    try {
      answer();
    } catch (error) {
      world.fail(error);
    }
  }

  #push(event: Parameters<Inbox['push']>[0]): void {
    if (event.kind === 'executed' || event.kind === 'stuck') {
      const commands = this.#batches.shift() ?? [];
      event.results.forEach((result, at) => {
        const command = commands[at];
        if (command !== undefined) this.#parts.executed(command, result);
      });
    }
    this.#parts.inbox.push(event);
  }

  #make(state: Uint8Array | undefined, role: 'shadow' | undefined): World {
    const { counts, demands, make, random } = this.#parts;
    counts.worlds++;
    if (role === 'shadow') counts.shadows++;
    const world = make(state);
    return {
      apply: (commands, pace) => {
        // A shadow repeats what was finished here before, until it becomes the object.
        const demanding = role === 'shadow' ? commands.filter((one) => this.#isNew(one)) : commands;
        const heavy = demanding.some((one) => demands.isHeavy(one));
        const run = (): Applied => {
          this.#bite(demanding);
          return this.#apply(world, commands, pace);
        };
        // What is too much for some machine is much for every other (docs/protocol.md, Safety 11).
        if (heavy) return this.#take(1, run, HEAVY_MS * MS + 1);
        return this.#isAtOnce(pace) ? run() : this.#take(1, run);
      },
      read: (commands, pace) => {
        const run = (): readonly Uint8Array[] => world.read(commands);
        return this.#isAtOnce(pace) ? run() : this.#take(1, run);
      },
      capture: () => {
        const lost = role === 'shadow' && this.#isLost(CAPTURES_PER_LOSS);
        return this.#take(random.pick([1, CAPTURE_JOBS]), () => {
          if (lost) throw new LostWorld();
          return world.capture();
        });
      },
      end: () => undefined,
    };
  }

  /** What is quick is done in the turn in which it is asked for, or takes its time: both must do. */
  #isAtOnce(pace: Pace): boolean {
    return pace === 'quick' && this.#parts.random.chance(1, 2);
  }

  /** A shadow is replaced; with the object, or a shadow that is just the way back, the process ends. */
  #isLost(once: number): boolean {
    const { counts, load, random } = this.#parts;
    const lost = load.losesWorlds && random.chance(1, once);
    if (lost) counts.lost++;
    return lost;
  }

  #isNew({ index, slot }: CallPlace): boolean {
    const { index: lastIndex, slot: lastSlot } = this.#finished;
    return slot > lastSlot || (slot === lastSlot && index > lastIndex);
  }

  #bite(commands: readonly Command[]): void {
    const { demands, machine } = this.#parts;
    if (commands.some((one) => demands.of(one, machine) === 'stuck')) throw new LostWorld();
  }

  #apply(world: ContextWorld, commands: readonly Command[], pace: Pace): Applied {
    const { counts, random } = this.#parts;
    // A call that is lost alone, and again, is one that cannot be finished: chance must not say so.
    const isLastTry = pace === 'patient' && commands.length === 1;
    if (!isLastTry && this.#isLost(BATCHES_PER_LOSS)) throw new LostWorld();
    if (pace === 'quick' && random.chance(1, BATCHES_PER_TOO_SLOW)) {
      counts.tooSlow++;
      // It was interrupted somewhere.
      world.apply(commands.slice(0, random.between(0, commands.length)));
      throw new TooSlow();
    }
    const applied = world.apply(commands);
    const last = commands.at(-1);
    if (last !== undefined && this.#isNew(last)) this.#finished = last;
    if (applied.killed) counts.killed++;
    return applied;
  }

  /** Done when virtual time has passed, unless the process has ended by then. */
  #take<T>(jobs: number, job: () => T, atLeastUs = 0): Promise<T> {
    const { load, process, random } = this.#parts;
    return new Promise((resolve, reject) => {
      process.after(atLeastUs + random.between(1, jobs * load.jobUs), 'executor', () => {
        process.world.disturb();
        try {
          resolve(job());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}
