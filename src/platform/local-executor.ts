import type { ExecutorPort, Inbox } from '../host/index.ts';
import { MalformedBytes } from '../base/index.ts';
import type { Machine } from '../object/index.ts';
import type { Command, Slot } from '../paxos/index.ts';

/**
 * Runs a built-in object in this process. Answers come back in the same turn: our own objects are
 * quick, and cannot loop. What an object throws is a result; what the machine throws is an error of
 * ours, or a state that cannot be kept, and ends the replica.
 */
export class LocalExecutor implements ExecutorPort {
  readonly #machine: Machine;
  readonly #inbox: Inbox;
  readonly #fatal: (error: Error) => void;

  constructor(machine: Machine, inbox: Inbox, fatal: (error: Error) => void) {
    this.#machine = machine;
    this.#inbox = inbox;
    this.#fatal = fatal;
  }

  execute(last: Slot, commands: readonly Command[]): void {
    const results = commands.map((command) => this.#machine.apply(command.bytes, command));
    this.#inbox.push({ kind: 'executed', last, results });
  }

  read(batch: number, commands: readonly Uint8Array[]): void {
    const results = commands.map((command) => this.#machine.read(command));
    this.#inbox.push({ kind: 'readDone', batch, results });
  }

  capture(done: (state: Uint8Array) => void): void {
    let state: Uint8Array;
    try {
      state = this.#machine.capture();
    } catch (error) {
      this.#fatal(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    done(state);
  }

  restore(state: Uint8Array, done: (outcome: 'restored' | 'malformed') => void): void {
    try {
      this.#machine.restore(state);
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      done('malformed');
      return;
    }
    done('restored');
  }
}
