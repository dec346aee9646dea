import { assert, MalformedBytes } from '../base/index.ts';
import { Machine } from '../object/index.ts';
import type { ObjectMethod } from '../object/index.ts';
import { encodeResult } from '../wire/index.ts';
import type { BatchResults, Call } from './batch.ts';
import { captureState, CodeRegistry, restoreState } from './keep-state.ts';
import type { Scope } from './keep-state.ts';
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

const KILLED = encodeResult({
  kind: 'refused',
  code: 'BUDGET_EXCEEDED',
  message: 'the call took more turns, depth or memory than a call may; it had no effect',
});
/** What an end of the engine's stack looks like that no `catch` of the object has met. */
const STACK_RESULT = encodeResult({ kind: 'thrown', name: 'RangeError', message: STACK_ENDED });

/** A class of users as a state machine, with the meter around every call. */
export class Dispatcher {
  readonly #meter: Meter;
  readonly #moment: Moment;
  readonly #machine: Machine;
  readonly #scopes: readonly Scope[];
  readonly #code: CodeRegistry;
  #killed = false;

  /** Evaluates the module and makes an object; throws what that throws, or when it spends too much. */
  constructor(evaluate: Evaluate, manifest: Manifest, meter: Meter, moment: Moment) {
    this.#meter = meter;
    this.#moment = moment;
    const scopes = new Set<Scope>();
    meter.scopes = scopes;
    const exported = this.#founding(() => evaluate(meter));
    meter.scopes = undefined;
    this.#scopes = [...scopes];
    const construct = Reflect.get(exported as object, manifest.exported) as new () => object;
    if (typeof construct !== 'function') throw new TypeError(`no class ${manifest.exported}`);
    this.#code = CodeRegistry.of({ object: construct, scopes: this.#scopes });
    const { name, methods } = manifest;
    this.#machine = this.#founding(() => new Machine({ name, construct, methods, version: 1 }));
  }

  #founding<T>(step: () => T): T {
    this.#meter.begin();
    this.#moment.begin(FOUNDING);
    try {
      return step();
    } catch (error) {
      if (!this.#meter.dead) throw error;
      throw new RangeError('the class takes more turns, depth or memory than it may');
    } finally {
      this.#meter.end();
    }
  }

  /** Executes commands of the log in order, up to one that is killed. */
  apply(calls: readonly Call[]): BatchResults {
    assert(!this.#killed, 'a world in which a call was killed is taken away');
    const results: Uint8Array[] = [];
    for (const call of calls) {
      const result = this.#metered(call, () => this.#machine.apply(call.bytes, call));
      if (result === undefined) {
        this.#killed = true;
        results.push(KILLED);
        break;
      }
      results.push(result);
    }
    return { results, killed: this.#killed };
  }

  /** A killed read leaves nothing behind, since reads are proven to write nothing. */
  read(commands: readonly Uint8Array[]): BatchResults {
    assert(!this.#killed, 'a world in which a call was killed is taken away');
    const results = commands.map(
      (bytes) => this.#metered(undefined, () => this.#machine.read(bytes)) ?? KILLED,
    );
    return { results, killed: false };
  }

  capture(): Uint8Array {
    assert(!this.#killed, 'a world in which a call was killed is taken away');
    return captureState({ object: this.#machine.object, scopes: this.#scopes }, this.#code);
  }

  /** A state that is malformed leaves nothing of use. */
  restore(state: Uint8Array): 'restored' | 'malformed' {
    try {
      this.#machine.object = restoreState(state, this.#scopes, this.#code);
    } catch (error) {
      if (error instanceof MalformedBytes) return 'malformed';
      throw error;
    }
    return 'restored';
  }

  /** Undefined for a call that was killed. */
  #metered(call: Call | undefined, run: () => Uint8Array): Uint8Array | undefined {
    this.#meter.begin();
    this.#moment.begin(call);
    try {
      const result = run();
      return this.#meter.dead || equal(result, STACK_RESULT) ? undefined : result;
    } catch (error) {
      // Thrown while a command was read or a result written; without a kill, it is a defect of ours.
      if (this.#meter.dead) return undefined;
      throw error;
    } finally {
      this.#meter.end();
    }
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
