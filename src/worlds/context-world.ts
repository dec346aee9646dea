import { setFlagsFromString } from 'node:v8';
import { constants, createContext, Script } from 'node:vm';
import { ConCoordError, MalformedBytes } from '../base/index.ts';
import type { Command } from '../paxos/index.ts';
import { decodeResults, encodeCalls, encodeReads } from '../realm/index.ts';
import type { RealmFunctions } from '../realm/index.ts';
import { WORLD_PATIENCE_MS } from './limits.ts';
import { unmade } from './unmade.ts';
import type { Applied, MakeWorld, World, WorldParts } from './world.ts';

type StartRealm = (code: string, manifest: string) => RealmFunctions;

/**
 * Realms in contexts of this process (`node:vm`): the same world as in an isolate, with the same meter,
 * without another thread and without a wall. What gets hold of an object of ours has the whole process.
 *
 * @param realm The realm as a script: parsed once, for all that are made.
 */
export function contextRealms(realm: string): StartRealm {
  // As in isolates: patterns that would go back and forth for ever are matched by the engine that cannot.
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  const script = new Script(realm);
  return (code, manifest) => {
    const context = createContext(constants.DONT_CONTEXTIFY);
    const start = script.runInContext(context) as StartRealm;
    const functions = start(code, manifest);
    return {
      begin: () => functions.begin(),
      restore: (state) => functions.restore(state),
      // Copies: an array of that world is no array of this one.
      apply: (batch) => Uint8Array.from(functions.apply(batch)),
      read: (batch) => Uint8Array.from(functions.read(batch)),
      capture: () => Uint8Array.from(functions.capture()),
    };
  };
}

/** Makes a world at once: with a new object, or in a captured state; `MalformedBytes` when it is none. */
export type MakeContextWorld = (state: Uint8Array | undefined) => ContextWorld;

export function contextWorldsAtOnce({ code, manifest, realm }: WorldParts): MakeContextWorld {
  const start = contextRealms(realm);
  const text = JSON.stringify(manifest);
  return (state) => {
    const functions = outside(() => start(code, text));
    if (state === undefined) outside(() => functions.begin());
    else if (outside(() => functions.restore(state)) === 'malformed') {
      throw new MalformedBytes('not a state of this class');
    }
    return new ContextWorld(functions);
  };
}

/** A world that has done everything when it returns. */
export class ContextWorld {
  readonly #realm: RealmFunctions;

  constructor(realm: RealmFunctions) {
    this.#realm = realm;
  }

  apply(commands: readonly Command[]): Applied {
    return decodeResults(outside(() => this.#realm.apply(encodeCalls(commands))));
  }

  read(commands: readonly Uint8Array[]): readonly Uint8Array[] {
    return decodeResults(outside(() => this.#realm.read(encodeReads(commands)))).results;
  }

  /** @throws ConCoordError with the path to what cannot be captured. */
  capture(): Uint8Array {
    try {
      return this.#realm.capture();
    } catch (error) {
      throw new ConCoordError('INVALID_VALUE', messageOf(error));
    }
  }
}

/**
 * Worlds in the replica's own thread, for machines without isolates. Nothing goes on beside them.
 *
 * @param patienceMs How long anything may take.
 */
export function contextWorlds(
  parts: WorldParts,
  patienceMs: number = WORLD_PATIENCE_MS,
): MakeWorld {
  const makeAtOnce = contextWorldsAtOnce(parts);
  const watch = watchdog(patienceMs);
  return async (state) => {
    const world = made(parts.manifest.name, () => watch(() => makeAtOnce(state)));
    return {
      // There is no other thread to be patient on: in either pace, the replica waits.
      apply: (commands) => watch(() => world.apply(commands)),
      read: (commands) => watch(() => world.read(commands)),
      capture: async () => watch(() => world.capture()),
      end: () => undefined,
    } satisfies World;
  };
}

function made<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    // Not a state of this class: then it is not the class that is wrong.
    if (error instanceof MalformedBytes) throw error;
    throw unmade(name, messageOf(error), error);
  }
}

/** Ends what takes too long; only what a script of `node:vm` calls can be ended. */
function watchdog(timeout: number): <T>(job: () => T) => T {
  const script = new Script('job()');
  const caller = createContext({ job: undefined as unknown });
  return <T>(job: () => T): T => {
    caller['job'] = job;
    try {
      return script.runInContext(caller, { timeout }) as T;
    } finally {
      caller['job'] = undefined;
    }
  };
}

/** An error of that world is no `Error` here, and holds on to everything there. */
function outside<T>(job: () => T): T {
  try {
    return job();
  } catch (error) {
    if (error instanceof Error) throw error;
    // oxlint-disable-next-line eslint/preserve-caught-error -- that is what must not be kept
    throw new Error(messageOf(error));
  }
}

function messageOf(error: unknown): string {
  try {
    const message: unknown = Reflect.get(error as object, 'message');
    return typeof message === 'string' ? message : String(error);
  } catch {
    return 'an error that cannot be read';
  }
}
