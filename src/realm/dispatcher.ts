import { assert, MalformedBytes, present } from '../base/index.ts';
import { Machine, readCommand } from '../object/index.ts';
import type { Blocking, ObjectMethod, ObjectType } from '../object/index.ts';
import { decodeCommand, encodeResult } from '../wire/index.ts';
import { BLOCKING_EXPORT, KILLED, killedBy } from './batch.ts';
import type { BatchResults, Call } from './batch.ts';
import { captureState, CodeRegistry, findUnkeepable, restoreState } from '../state/index.ts';
import type { Scope } from '../state/index.ts';
import { CHECKED_BYTES, CHECKED_DOUBLINGS } from './costs.ts';
import { STACK_ENDED } from './meter.ts';
import type { Meter } from './meter.ts';
import type { Moment } from './moment.ts';
import { FOUNDING } from './moment.ts';

/** What the realm has to know of a bundle beside its code; `src/loading/` finds it out. */
export interface Manifest {
  /** As users name the class: `tencounter.TenCounter`. */
  readonly name: string;
  /** Under which name the module exports it. */
  readonly exported: string;
  readonly methods: readonly ObjectMethod[];
}

/** Instrumented code, as a function of its meter; returns the exports. */
export type Evaluate = (meter: Meter) => unknown;

/** What an end of the engine's stack looks like that no `catch` of the object has met. */
const STACK_RESULT = encodeResult({ kind: 'thrown', name: 'RangeError', message: STACK_ENDED });

/**
 * A class of users as a state machine, with the meter around every call. The module is evaluated at once;
 * then either `begin` makes the first object, or `restore` puts a state into the world, still untouched.
 */
export class Dispatcher {
  readonly #meter: Meter;
  readonly #moment: Moment;
  readonly #type: ObjectType;
  readonly #scopes: readonly Scope[];
  readonly #code: CodeRegistry;
  #machine: Machine | undefined;
  #killed = false;

  /** Throws what the evaluation throws, or when it spends too much. */
  constructor(evaluate: Evaluate, manifest: Manifest, meter: Meter, moment: Moment) {
    this.#meter = meter;
    this.#moment = moment;
    const scopes = new Set<Scope>();
    meter.scopes = scopes;
    const exports = this.#founding(() => evaluate(meter)) as object;
    meter.scopes = undefined;
    this.#scopes = [...scopes];
    const { exported, methods, name } = manifest;
    const blocking = Reflect.get(exports, BLOCKING_EXPORT) as Blocking | undefined;
    const construct = Reflect.get(exports, exported) as ObjectType['construct'];
    if (typeof construct !== 'function') throw new TypeError(`no class ${exported}`);
    this.#code = CodeRegistry.of({ exports, scopes: this.#scopes });
    const type = { name, construct, methods, version: 1 };
    this.#type = blocking === undefined ? type : { ...type, blocking };
  }

  /** Makes the first object of an instance; throws what its constructor throws. */
  begin(): void {
    assert(this.#machine === undefined, 'a world begins once');
    this.#machine = this.#founding(() => new Machine(this.#type));
  }

  /** A state that is malformed leaves nothing of use. */
  restore(state: Uint8Array): 'restored' | 'malformed' {
    assert(this.#machine === undefined, 'a state is restored in a world that has not begun');
    try {
      const object = restoreState(state, this.#scopes, this.#code);
      this.#machine = new Machine(this.#type, undefined, object);
    } catch (error) {
      if (error instanceof MalformedBytes) return 'malformed';
      throw error;
    }
    return 'restored';
  }

  #founding<T>(step: () => T): T {
    this.#meter.begin();
    this.#moment.begin(FOUNDING);
    try {
      return step();
    } catch (error) {
      if (!this.#meter.dead) throw error;
      // This error is ours, and must not be charged to what has nothing left.
      this.#meter.end();
      throw new RangeError(`the class takes ${this.#meter.excess}`);
    } finally {
      this.#meter.end();
    }
  }

  /** Executes commands of the log in order, up to one that is killed. */
  apply(calls: readonly Call[]): BatchResults {
    const machine = this.#living();
    const results: Uint8Array[] = [];
    for (const call of calls) {
      const result = this.#metered(machine, call.bytes, call);
      const refusal = result === undefined ? this.#spent(call) : this.#refusal(call, machine);
      results.push(refusal ?? present(result, 'the result of a call that was not killed'));
      this.#killed = refusal !== undefined;
      if (this.#killed) break;
    }
    return { results, killed: this.#killed };
  }

  /** A killed read leaves nothing behind, since reads are proven to write nothing. */
  read(commands: readonly Uint8Array[]): BatchResults {
    const machine = this.#living();
    const results = commands.map(
      (bytes) => this.#metered(machine, bytes, undefined) ?? this.#spent({ bytes }),
    );
    return { results, killed: false };
  }

  capture(): Uint8Array {
    const machine = this.#living();
    return captureState({ object: machine.object, scopes: this.#scopes }, this.#code);
  }

  /** Says which method spent more than which budget. It ran, so that its command can be read. */
  #spent({ bytes, event }: Pick<Call, 'bytes' | 'event'>): Uint8Array {
    if (event !== undefined) return KILLED;
    return killedBy(`${decodeCommand(bytes).method}()`, this.#meter.excess);
  }

  /** A call that leaves in the state what cannot be captured is killed, like one that spends too much. */
  #refusal(call: Call, { object }: Machine): Uint8Array | undefined {
    if (!this.#meter.made) return undefined;
    const roots = { object, scopes: this.#scopes };
    const path = findUnkeepable(roots, this.#code, checkedBytes(call));
    if (path === undefined) return undefined;
    const message = `the call would leave what no state can hold: ${path}; it had no effect`;
    return encodeResult({ kind: 'refused', code: 'INVALID_STATE', message });
  }

  #living(): Machine {
    assert(!this.#killed, 'a world in which a call was killed is taken away');
    return present(this.#machine, 'an object: begin or restore comes first');
  }

  /** Executes a call, or a read, which has none; undefined when it was killed. */
  #metered(machine: Machine, bytes: Uint8Array, call: Call | undefined): Uint8Array | undefined {
    const meter = this.#meter;
    // For nothing: which names are known from calls before must not count.
    const command = readCommand(bytes);
    meter.begin();
    this.#moment.begin(call);
    try {
      const result = call === undefined ? machine.look(command) : machine.execute(command, call);
      if (!meter.dead && !equal(result, STACK_RESULT)) return result;
      meter.stackEnded();
      return undefined;
    } catch (error) {
      // Thrown while a result was written; without a kill, it is a defect of ours.
      if (meter.dead) return undefined;
      throw error;
    } finally {
      meter.end();
    }
  }
}

/** Mostly little, now and then much; the same on every replica, which have only the log in common. */
function checkedBytes({ slot, index }: Call): number {
  const mixed = Math.imul(Math.imul(slot, 0x85ebca6b) ^ index, 0x9e3779b1) >>> 0;
  return CHECKED_BYTES << Math.min(Math.clz32(mixed), CHECKED_DOUBLINGS);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
