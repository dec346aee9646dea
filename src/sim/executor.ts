import { MalformedBytes } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import type { ExecutorPort, Inbox } from '../host/index.ts';
import { Machine } from '../object/index.ts';
import type { ObjectType } from '../object/index.ts';
import type { Command, Slot } from '../paxos/index.ts';
import { KILLED } from '../realm/index.ts';
import type { Demands } from './demands.ts';
import type { VirtualProcess } from './process.ts';
import { MS } from './world.ts';

/** A capture takes as long as so many jobs, at most. */
const CAPTURE_JOBS = 16;
const CAPTURES_PER_FAILURE = 16;
/** Virtual µs of what is heavy, at least. */
const HEAVY_US = 100 * MS;

/** How busy a machine is at present. */
export interface Load {
  /** µs for one job of the object, at most. */
  jobUs: number;
  /** Worlds of a class are lost now and then: for a replica that can be started again. */
  losesWorlds: boolean;
}

export interface ExecutorParts {
  readonly process: VirtualProcess;
  readonly inbox: Inbox;
  readonly random: Random;
  readonly load: Load;
  readonly demands: Demands;
  /** Its address. */
  readonly machine: string;
  /** Told of every command before it is executed, and again when it has a result. */
  readonly executed: (command: Command, result: Uint8Array) => void;
}

/** What the processes of a run execute objects with. */
export interface ObjectExecutor extends ExecutorPort {
  /** Before the replica starts: a new object, or one in a captured state. */
  begin(state: Uint8Array | undefined): void;
  close(): void;
}

/** The production object behind a queue with delays, as if it ran in an isolate of its own. */
export class VirtualExecutor implements ObjectExecutor {
  readonly #parts: ExecutorParts;
  readonly #machine: Machine;
  readonly #jobs: (() => void)[] = [];
  #running = false;
  /** Something takes long. */
  #waits = false;

  constructor(parts: ExecutorParts, type: ObjectType) {
    this.#parts = parts;
    this.#machine = new Machine(type);
  }

  execute(last: Slot, commands: readonly Command[]): void {
    this.#enqueue(() => this.#execute(last, commands));
  }

  #execute(last: Slot, commands: readonly Command[]): void {
    const { demands, inbox, machine, process, random } = this.#parts;
    const results: Uint8Array[] = [];
    let heavy = false;
    for (const command of commands) {
      const { bytes, ...context } = command;
      const demand = command.skipped === true ? 'skipped' : demands.of(command, machine);
      if (demand === 'stuck') {
        const { slot, index } = command;
        return inbox.push({ kind: 'stuck', slot, index, results });
      }
      heavy ||= demand === 'heavy';
      const result = demand === 'skipped' ? KILLED : this.#machine.apply(bytes, context);
      this.#parts.executed(command, result);
      results.push(result);
    }
    if (!heavy) return inbox.push({ kind: 'executed', last, results });
    this.#waits = true;
    process.after(random.between(HEAVY_US, 4 * HEAVY_US), 'executor', () => {
      this.#waits = false;
      inbox.push({ kind: 'executed', last, results, heavy });
      this.#goOn();
    });
  }

  read(batch: number, commands: readonly Uint8Array[]): void {
    this.#enqueue(() => {
      const results = commands.map((command) => this.#machine.read(command));
      this.#parts.inbox.push({ kind: 'readDone', batch, results });
    });
  }

  /** As if it were done by a copy of the object: it takes a while, work goes on, and it may fail. */
  capture(done: (state: Uint8Array | undefined) => void): void {
    this.#enqueue(() => {
      const { load, process, random } = this.#parts;
      const state = random.chance(1, CAPTURES_PER_FAILURE) ? undefined : this.#machine.capture();
      process.after(random.between(0, CAPTURE_JOBS * load.jobUs), 'executor', () => done(state));
    });
  }

  restore(state: Uint8Array, done: (outcome: 'restored' | 'malformed') => void): void {
    this.#enqueue(() => done(this.#load(state)));
  }

  begin(state: Uint8Array | undefined): void {
    if (state !== undefined) this.#load(state);
  }

  /** Nothing happens any more in a process that has ended. */
  close(): void {}

  #load(state: Uint8Array): 'restored' | 'malformed' {
    try {
      this.#machine.restore(state);
      return 'restored';
    } catch (error) {
      if (error instanceof MalformedBytes) return 'malformed';
      throw error;
    }
  }

  #enqueue(job: () => void): void {
    this.#jobs.push(job);
    if (!this.#running) this.#next();
  }

  #next(): void {
    const { load, process, random } = this.#parts;
    this.#running = true;
    process.after(random.between(1, load.jobUs), 'executor', () => {
      const job = this.#jobs.shift();
      job?.();
      this.#goOn();
    });
  }

  #goOn(): void {
    if (this.#waits) return;
    if (this.#jobs.length > 0) this.#next();
    else this.#running = false;
  }
}
