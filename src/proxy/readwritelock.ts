import { hold, invoke, ObjectProxy } from '../client/index.ts';
import type { Held, HoldOptions } from '../client/index.ts';
import type { AcquireOptions, ReleaseOptions } from './lock.ts';

/**
 * A replicated lock (`concoord.object.readwritelock.ReadWriteLock`) that many have at a time to read, or one
 * to write. Whoever wants to read waits behind a writer who waits. Nobody has it twice: a flow that reads,
 * and wants to write, releases first. It is free again when its session ends.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class ReadWriteLock extends ObjectProxy {
  /**
   * Waits until nobody writes, and nobody has come before to write.
   *
   * @returns True; false where it must not wait, or its time is over.
   */
  acquireRead(options?: AcquireOptions): Promise<boolean> {
    return invoke(this, 'acquireRead', [options]);
  }

  /** Rejects with a `RuntimeError` when you do not read. */
  releaseRead(options?: ReleaseOptions): Promise<void> {
    return invoke(this, 'releaseRead', [options]);
  }

  /**
   * Waits until nobody reads or writes.
   *
   * @returns True; false where it must not wait, or its time is over.
   */
  acquireWrite(options?: AcquireOptions): Promise<boolean> {
    return invoke(this, 'acquireWrite', [options]);
  }

  /** Rejects with a `RuntimeError` when you do not write. */
  releaseWrite(options?: ReleaseOptions): Promise<void> {
    return invoke(this, 'releaseWrite', [options]);
  }

  /** How many have it to read. */
  readers(): Promise<number> {
    return invoke(this, 'readers', []);
  }

  /** Whether somebody has it to write. */
  written(): Promise<boolean> {
    return invoke(this, 'written', []);
  }

  /**
   * Waits until it is yours to read, and keeps it alive. `await using` gives it back at the end of the block.
   *
   * Rejects with `TIMEOUT` when it was not to be had in time, with an AbortError when the signal was aborted.
   */
  holdRead(options?: HoldOptions): Promise<Held> {
    return hold(this, options, { acquire: 'acquireRead', release: 'releaseRead', exact: true });
  }

  /** The same to write. */
  holdWrite(options?: HoldOptions): Promise<Held> {
    return hold(this, options, { acquire: 'acquireWrite', release: 'releaseWrite', exact: true });
  }

  /** Replaces the object by a fresh one on every replica; whoever waits gets an error. */
  __concoordinit__(): Promise<void> {
    return invoke(this, '__concoordinit__', []);
  }

  /** The object's `toString()`. */
  __str__(): Promise<string> {
    return invoke(this, '__str__', []);
  }

  /** The object's `__repr__()`. */
  __repr__(): Promise<string> {
    return invoke(this, '__repr__', []);
  }
}
