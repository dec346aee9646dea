import type { ExecutorPort, Inbox } from '../../src/host/index.ts';
import type { Command, Slot } from '../../src/paxos/index.ts';
import { textOf } from './show.ts';

const encoder = new TextEncoder();

/** The object of the scenarios, a number, behind the host's port. Commands and results are text. */
export class Tally implements ExecutorPort {
  value = 0;
  /** While set, what is asked waits. */
  held: (() => void)[] | undefined;
  /** It never finishes a `labour`, which others finish late. */
  weak = false;
  #stuck: ((fate: 'skipped' | 'replaced') => void) | undefined;
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
    this.#do(() => this.#execute(last, commands, []));
  }

  #execute(last: Slot, commands: readonly Command[], results: readonly Uint8Array[]): void {
    const command = commands[results.length];
    if (command === undefined) {
      const heavy = commands.some(({ bytes, skipped }) => isLabour(bytes) && skipped !== true);
      this.#inbox.push({ kind: 'executed', last, results, heavy });
      return;
    }
    const finish = (result: string): void => {
      this.#executed(command, result);
      this.#execute(last, commands, [...results, encoder.encode(result)]);
    };
    if (command.skipped === true) return finish('skipped');
    if (!(this.weak && isLabour(command.bytes))) {
      return finish(this.#call(textOf(command.bytes), command.bytes.length));
    }
    const jobs: (() => void)[] = [];
    this.held = jobs;
    this.#stuck = (fate) => {
      this.#stuck = undefined;
      this.held = undefined;
      if (fate === 'skipped') finish('skipped');
      for (const job of jobs) this.#do(job);
    };
    this.#inbox.push({ kind: 'stuck', slot: command.slot, index: command.index });
  }

  skip(): void {
    this.#stuck?.('skipped');
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
    this.#do(() => done(encoder.encode(String(this.value))));
  }

  restore(state: Uint8Array, done: (outcome: 'restored' | 'malformed') => void): void {
    this.#stuck?.('replaced');
    this.#do(() => {
      this.load(state);
      done('restored');
    });
  }

  load(state: Uint8Array): void {
    this.value = Number(textOf(state));
  }
}

function isLabour(command: Uint8Array): boolean {
  return textOf(command) === 'labour';
}
