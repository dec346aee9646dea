import { ConCoordError } from '../base/index.ts';
import type { Engine } from './engine.ts';
import type { Ownership } from './holds.ts';
import { readHoldOptions } from './options.ts';
import type { CallSettings, HoldOptions } from './options.ts';

/** By which methods an object gives something and takes it back. */
export interface HoldMethods {
  /** Default `acquire`. Its first argument is options, `{ owner, timeoutMs }`. */
  readonly acquire?: string | undefined;
  /** Default `release`. Its first argument is options, `{ owner }`. */
  readonly release?: string | undefined;
  /** Further options for the method that acquires. */
  readonly asked?: object | undefined;
  /** Whether `release` takes `{ call }`, as those of the D-classes do: then it gives back exactly this. */
  readonly exact?: boolean | undefined;
}

/** So much later than `timeoutMs` nobody waits for what replicas have to say, ms. */
const UNCOUNTED_MS = 1000;

/**
 * Something that this program owns, a lock for one. `await using held = await lock.hold()` gives it back at
 * the end of the block.
 */
export interface Held extends Ownership, AsyncDisposable {
  /** The call that acquired it, as `concoord locks` names it. */
  readonly call: string;
  /** What that call gave. */
  readonly value: unknown;
  /**
   * Gives it back. Does nothing when it was given back before, or is known to be lost; rejects with what the
   * object says when it turns out to be lost only now. When it rejects because no majority answered in time,
   * the proxy goes on to give it back, as soon as there is one.
   */
  release(): Promise<void>;
  /** Gives it up by another method of the object, which takes `{ call }`; also when it was lost before. */
  endBy(method: string): Promise<void>;
}

/**
 * Acquires, and keeps watch.
 *
 * @throws ConCoordError `TIMEOUT` when it was not to be had in time, AbortError when the signal was aborted.
 */
export async function holdWith(
  engine: Engine,
  settings: CallSettings,
  options: HoldOptions | undefined,
  methods: HoldMethods = {},
): Promise<Held> {
  const { owner, signal = settings.signal, timeoutMs } = readHoldOptions(options);
  const { acquire = 'acquire', asked, exact, release: releaseName = 'release' } = methods;
  const whose = owner === undefined ? {} : { owner };
  const within = timeoutMs === undefined ? {} : { timeoutMs };
  const args = someOf({ ...asked, ...whose, ...within });
  const { hold, value } = await engine.acquire(acquire, args, {
    ...settings,
    signal,
    ...bounded(settings, timeoutMs),
  });
  if (hold === undefined) {
    // A permit that no session owns: nobody else would give it back.
    if (value === true && exact === true) await engine.call(releaseName, someOf(whose), settings);
    throw notHeld(value, methods, timeoutMs);
  }
  const back = someOf({ ...whose, ...(exact === true ? { call: hold.key } : {}) });
  let isOver = false;
  const endBy = async (method: string): Promise<void> => {
    isOver = true;
    engine.forget(hold);
    try {
      await engine.call(method, back, { ...settings, signal: undefined, fence: undefined });
    } catch (error) {
      // Nobody would ask again: it would stay with this session for as long as that lives.
      if (error instanceof ConCoordError && error.outcome !== 'applied') engine.giveBack(hold);
      throw error;
    }
  };
  let released = Promise.resolve();
  const release = (): Promise<void> => {
    if (!isOver && !hold.signal.aborted) released = endBy(releaseName);
    return released;
  };
  const { fence, key: call, signal: lost } = hold;
  const disposal = { [Symbol.asyncDispose]: release };
  return { fence, signal: lost, call, value, release, endBy, ...disposal };
}

/** Replicas count `timeoutMs`; the program does so too, in case that no majority of them is there. */
function bounded(
  { timeoutMs, waitMs }: CallSettings,
  patienceMs = Infinity,
): Pick<CallSettings, 'timeoutMs' | 'waitMs'> {
  const ms = patienceMs + UNCOUNTED_MS;
  return { timeoutMs: Math.min(timeoutMs, ms), waitMs: Math.min(waitMs, ms) };
}

/** The argument, unless it says nothing: methods of others may have another one there. */
function someOf(options: object): readonly object[] {
  return Object.keys(options).length === 0 ? [] : [options];
}

function notHeld(
  value: unknown,
  { acquire = 'acquire', exact, release = 'release' }: HoldMethods,
  timeoutMs: number | undefined,
): ConCoordError {
  if (value === false) {
    const within = timeoutMs === undefined ? '' : ` within ${timeoutMs} ms`;
    return new ConCoordError('TIMEOUT', `hold(): ${acquire}() did not give it${within}`, {
      outcome: 'not-applied',
      retryable: true,
      remedy: 'Ask again, or give it more time by timeoutMs.',
    });
  }
  if (value !== true || exact !== true) {
    const message = `hold(): ${acquire}() gave nothing that a session can own`;
    return new ConCoordError('INVALID_ARGUMENT', message, {
      outcome: 'applied',
      remedy: `Hold what a D-class gives, by the methods that are named. What ${acquire}() did stands.`,
    });
  }
  const gave = `${acquire}() gave a permit that belongs to no session, so it cannot be held`;
  return new ConCoordError('INVALID_ARGUMENT', `hold(): ${gave}`, {
    outcome: 'not-applied',
    remedy: `Use ${acquire}() and ${release}(), or a semaphore whose permits are leased.`,
  });
}
