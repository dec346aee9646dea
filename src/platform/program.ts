import { ConCoordError } from '../base/index.ts';
import type { ExecutorPort, Inbox } from '../host/index.ts';
import { Machine } from '../object/index.ts';
import type { ObjectType } from '../object/index.ts';
import { LocalExecutor } from './local-executor.ts';
import type { Logger } from './logger.ts';
import { WorldExecutor } from '../worlds/index.ts';
import type { MakeWorld, World } from '../worlds/index.ts';

/** What a replica runs. */
export type Program =
  /** A class of ours, in the process; `shadow` is a module that runs `serveShadow` with it. */
  | { readonly kind: 'builtIn'; readonly type: ObjectType; readonly shadow: URL }
  /** A class of somebody else, in worlds of its own; `code` is what other replicas may ask for. */
  | BundleProgram;

export interface BundleProgram {
  readonly kind: 'bundle';
  readonly code: Uint8Array;
  readonly make: MakeWorld;
  /** Where the sources declare what a state's path begins with, for whoever has them. */
  readonly placeOf?: ((path: string) => string | undefined) | undefined;
}

export interface Executor extends ExecutorPort {
  close(): void;
}

export interface ExecutorSurroundings {
  readonly inbox: Inbox;
  readonly logger: Logger;
  /** The object cannot go on: the process must end. */
  readonly fatal: (error: Error) => void;
}

/** @param state A captured state to begin with; undefined for a new object. */
export async function startExecutor(
  program: Program,
  { fatal, inbox, logger }: ExecutorSurroundings,
  state: Uint8Array | undefined,
): Promise<Executor> {
  if (program.kind === 'bundle') {
    const executor = new WorldExecutor({
      make: program.make,
      inbox,
      logger,
      now: () => performance.now(),
      fatal,
    });
    try {
      await executor.begin(state);
    } catch (error) {
      throw state === undefined ? unfit(error, program) : error;
    }
    return executor;
  }
  const { shadow, type } = program;
  const machine = new Machine(type, state);
  const executor = new LocalExecutor({ machine, inbox, logger, type: type.name, shadow });
  executor.begin(state);
  return executor;
}

/**
 * Makes a new object and captures it, as whoever founds an instance does, and lets go of it.
 *
 * @throws ConCoordError `INVALID_CLASS` for a class with which no instance can be founded.
 */
export async function tryProgram(program: BundleProgram): Promise<void> {
  let world: World | undefined;
  try {
    world = await program.make(undefined);
    await world.capture();
  } catch (error) {
    throw unfit(error, program);
  } finally {
    world?.end();
  }
}

/** What is wrong with a new object: it is the class that has to change. */
function unfit(error: unknown, { placeOf }: BundleProgram): unknown {
  if (!(error instanceof ConCoordError)) return error;
  const { cause, code, message, remedy } = error;
  // The class cannot be made at all; what it throws does not say where.
  if (code === 'INVALID_CLASS') return invalid(placeOf?.('object'), message, { cause, remedy });
  if (code !== 'INVALID_VALUE') return error;
  const place = placeOf?.(message) ?? placeOf?.('object');
  return invalid(place, `a new object cannot be kept: ${message}`, {
    cause: error,
    remedy:
      'Make a method of an arrow function that is a field; docs/objects.md says what fields may hold.',
  });
}

function invalid(
  place: string | undefined,
  fact: string,
  { cause, remedy }: { readonly cause: unknown; readonly remedy: string },
): ConCoordError {
  const message = place === undefined ? fact : `${place}: ${fact}`;
  return new ConCoordError('INVALID_CLASS', message, { cause, remedy });
}
