import { deepEqual, ok, throws } from 'node:assert/strict';
import { Machine, reviveByName } from '../object/index.ts';
import { readOutcome } from '../paxos/outcome.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import type { CallResult } from '../wire/index.ts';
import { findBuiltIn } from './registry.ts';

/** What a call gives whose caller waits. */
export const WAITS = Symbol('waits');

/** A ready-made object as clients see it: behind bytes, by the log's time. */
export class Replicated {
  readonly #machine: Machine;
  #slot = 0;
  /** ms since 1970. */
  time = 1_750_000_000_000;

  constructor(name: string) {
    const type = findBuiltIn(`concoord.object.${name}`);
    ok(type, `there is an object ${name}`);
    this.#machine = new Machine(type);
  }

  /** Through the log. Throws what the object throws. */
  call(method: string, ...args: readonly unknown[]): unknown {
    this.#slot += 1;
    const context = { seed: 0, session: 1, sequence: this.#slot, slot: this.#slot, index: 0 };
    const bytes = this.#machine.apply(encodeCommand(method, args), { ...context, time: this.time });
    const outcome = readOutcome(bytes);
    if (outcome?.waitsMs !== undefined) return WAITS;
    return valueOf(decodeResult(outcome?.result ?? bytes));
  }

  /** As clients ask: as a read, and through the log only if that is refused. Neither may change anything. */
  read(method: string, ...args: readonly unknown[]): unknown {
    const before = this.#machine.capture();
    const answer = decodeResult(this.#machine.read(encodeCommand(method, args)));
    deepEqual(this.#machine.capture(), before, `${method} reads`);
    return answer.kind === 'notRead' ? this.call(method, ...args) : valueOf(answer);
  }

  /** Whether it is answered without the log. */
  reads(method: string, ...args: readonly unknown[]): boolean {
    return decodeResult(this.#machine.read(encodeCommand(method, args))).kind !== 'notRead';
  }

  /** Goes on from its captured state, as a replica does that joins. */
  move(): void {
    const state = this.#machine.capture();
    this.#machine.restore(state);
    deepEqual(this.#machine.capture(), state, 'a state that is taken up is the same state');
  }

  /** The call throws, and leaves everything as it was. */
  refuses(error: new (...args: never[]) => Error, method: string, ...args: unknown[]): void {
    const before = this.#machine.capture();
    throws(() => this.call(method, ...args), error, `${method}(${args.map(String).join(', ')})`);
    deepEqual(this.#machine.capture(), before, `${method} refused, and changed nothing`);
  }

  /** What the object throws; undefined when it returns, or when the arguments cannot be sent. */
  attempt(method: string, args: readonly unknown[]): Error | undefined {
    try {
      encodeCommand(method, args);
    } catch {
      return undefined;
    }
    try {
      this.call(method, ...args);
      return undefined;
    } catch (error) {
      ok(error instanceof Error);
      return error;
    }
  }

  state(): Uint8Array {
    return this.#machine.capture();
  }

  get capturedBytes(): number {
    return this.state().length;
  }
}

function valueOf(result: CallResult): unknown {
  switch (result.kind) {
    case 'returned':
      return result.value;
    case 'thrown':
      throw reviveByName(result.name, result.message);
    default:
      throw new Error(`${result.kind}: ${JSON.stringify(result)}`);
  }
}

/** What nothing takes for a name, a number or a list. */
export const RUBBISH: readonly unknown[] = [NaN, {}, new Map(), new Date(0), true, undefined, null];
