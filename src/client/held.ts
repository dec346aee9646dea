import { ConCoordError } from '../base/index.ts';
import type { Engine } from './engine.ts';
import type { CallSettings } from './options.ts';
import type { Ownership } from './holds.ts';

/** How `hold` acquires. */
export interface HoldOptions {
  /** ms to wait for it; without, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
  /** Gives up waiting when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Names one of several flows of this program, which are to exclude each other. */
  readonly owner?: string | undefined;
}

/**
 * Something that this program owns, a lock for one. `await using held = await lock.hold()` gives it back at
 * the end of the block.
 */
export interface Held extends Ownership, AsyncDisposable {
  /** Gives it back. Does nothing when it was given back or lost before. */
  release(): Promise<void>;
}

/**
 * Acquires, and keeps watch.
 *
 * @throws ConCoordError `TIMEOUT` when it was not to be had in time, AbortError when the signal was aborted.
 */
export async function holdWith(
  engine: Engine,
  settings: CallSettings,
  options: HoldOptions = {},
): Promise<Held> {
  const { owner, signal = settings.signal, timeoutMs } = options;
  const whose = owner === undefined ? {} : { owner };
  const within = timeoutMs === undefined ? {} : { timeoutMs };
  const asked = { ...whose, ...within };
  const args = Object.keys(asked).length === 0 ? [] : [asked];
  const { ownership, value } = await engine.acquire('acquire', args, { ...settings, signal });
  if (ownership === undefined) {
    const message =
      value === false
        ? `hold(): not to be had within ${timeoutMs} ms`
        : 'hold(): acquire() gave nothing that a session can own';
    const code = value === false ? 'TIMEOUT' : 'INVALID_ARGUMENT';
    throw new ConCoordError(code, message, { outcome: 'not-applied' });
  }
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => {
    released ??= giveBack(engine, ownership, settings, whose);
    return released;
  };
  const { fence, signal: lost } = ownership;
  return { fence, signal: lost, release, [Symbol.asyncDispose]: release };
}

async function giveBack(
  engine: Engine,
  ownership: Ownership,
  settings: CallSettings,
  whose: { readonly owner?: string },
): Promise<void> {
  if (ownership.signal.aborted) return;
  engine.forget(ownership);
  const args = Object.keys(whose).length === 0 ? [] : [whose];
  await engine.call('release', args, { ...settings, signal: undefined });
}
