import type { ExecutorPort, Inbox } from '../../src/host/index.ts';
import type { Command, Slot } from '../../src/paxos/index.ts';
import { Gate } from './gate.ts';
import { textOf } from './show.ts';

const encoder = new TextEncoder();

/**
 * The object of the scenarios, a number with a lock beside it, behind the host's port. Commands and results
 * are text.
 */
export class Tally implements ExecutorPort {
  value = 0;
  /** While set, what is asked waits. */
  held: (() => void)[] | undefined;
  /** It never finishes a `labour`, which others finish late. */
  weak = false;
  readonly #gate = new Gate();
  readonly #inbox: Inbox;
  readonly #executed: (command: Command, result: string) => void;

  constructor(inbox: Inbox, executed: (command: Command, result: string) => void) {
    this.#inbox = inbox;
    this.#executed = executed;
  }

  #do(job: () => void): void {
    if (this.held === undefined) job();
    else this.held.push(job);
  }

  release(): void {
    const jobs = this.held ?? [];
    this.held = undefined;
    for (const job of jobs) job();
  }

  execute(last: Slot, commands: readonly Command[]): void {
    this.#do(() => this.#execute(last, commands));
  }

  #execute(last: Slot, commands: readonly Command[]): void {
    const results: Uint8Array[] = [];
    for (const command of commands) {
      const labour = isLabour(command.bytes) && command.skipped !== true;
      if (labour && this.weak) {
        const { slot, index } = command;
        return this.#inbox.push({ kind: 'stuck', slot, index, results });
      }
      const skipped = command.skipped === true;
      const { bytes } = command;
      const passed = skipped ? undefined : this.#gate.execute(command, textOf(bytes));
      if (passed !== undefined) {
        if (passed.words !== '') this.#executed(command, passed.words);
        results.push(passed.result);
        continue;
      }
      const result = skipped ? 'skipped' : this.#call(textOf(bytes), bytes.length);
      this.#executed(command, result);
      results.push(encoder.encode(result));
    }
    const heavy = commands.some(({ bytes, skipped }) => isLabour(bytes) && skipped !== true);
    this.#inbox.push({ kind: 'executed', last, results, heavy });
  }

  #call(method: string, bytes: number): string {
    if (method === 'increment' || method === 'labour') this.value++;
    else if (method === 'decrement') this.value--;
    else if (method.startsWith('add ')) this.value += Number(method.slice(4));
    else if (method.startsWith('pad')) this.value += bytes;
    else return `no method ${method}`;
    return String(this.value);
  }

  read(batch: number, commands: readonly Uint8Array[]): void {
    this.#do(() => {
      const results = commands.map(() => encoder.encode(String(this.value)));
      this.#inbox.push({ kind: 'readDone', batch, results });
    });
  }

  capture(done: (state: Uint8Array) => void): void {
    this.#do(() => done(encoder.encode(`${this.value}${this.#gate.state}`)));
  }

  restore(state: Uint8Array, done: (outcome: 'restored' | 'malformed') => void): void {
    this.#do(() => {
      this.load(state);
      done('restored');
    });
  }

  load(state: Uint8Array): void {
    const [, value = '', gate = ''] = /^(-?\d+)(.*)$/.exec(new TextDecoder().decode(state)) ?? [];
    this.value = Number(value);
    this.#gate.state = gate;
  }
}

function isLabour(command: Uint8Array): boolean {
  return textOf(command) === 'labour';
}
