import { hold, invoke, ObjectProxy } from '../client/index.ts';
import type { Held, HoldOptions } from '../client/index.ts';
import type { AcquireOptions, ReleaseOptions } from './lock.ts';

/** An item that was taken. Unless it is done at the end of its block, it goes back. */
export interface TakenItem extends Held {
  readonly item: unknown;
  /** It is dealt with. Rejects with a `RuntimeError` when somebody else has it meanwhile. */
  done(): Promise<void>;
}

/**
 * A replicated queue (`concoord.object.blockingqueue.BlockingQueue`). What was put first leaves first;
 * callers wait for items, and for room.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class BlockingQueue extends ObjectProxy {
  /** Adds an item at the end, and waits for room. Rejects with `RuntimeError` when there was none in time. */
  put(item: unknown, options?: AcquireOptions): Promise<void> {
    return invoke(this, 'put', [item, options]);
  }

  /**
   * Removes and returns the first item, and waits for one. Rejects with `IndexError` when there was none in
   * time. What a program was given that dies then is gone: see `take`.
   */
  get(options?: AcquireOptions): Promise<unknown> {
    return invoke(this, 'get', [options]);
  }

  /** The same, and the item is yours until `done` or `putBack`. It goes back when your session ends. */
  take(options?: AcquireOptions): Promise<unknown> {
    return invoke(this, 'take', [options]);
  }

  /** What you took, or the first of it, is dealt with. Rejects with a `RuntimeError` when it is not yours. */
  done(options?: ReleaseOptions): Promise<void> {
    return invoke(this, 'done', [options]);
  }

  /** What you took goes to the next one, before all that came later. */
  putBack(options?: ReleaseOptions): Promise<void> {
    return invoke(this, 'putBack', [options]);
  }

  /** How many items can be had. */
  qsize(): Promise<number> {
    return invoke(this, 'qsize', []);
  }

  /** Whether there is no item. */
  empty(): Promise<boolean> {
    return invoke(this, 'empty', []);
  }

  /** Whether `put` would wait. */
  full(): Promise<boolean> {
    return invoke(this, 'full', []);
  }

  /** How many items are taken, and neither done nor put back. */
  taken(): Promise<number> {
    return invoke(this, 'taken', []);
  }

  /**
   * Takes the first item, waits for one, and keeps it yours: `await using job = await queue.hold()`. At the
   * end of the block it goes back, unless `await job.done()` was there before.
   *
   * Rejects with `IndexError` when there was none in time.
   */
  async hold(options?: HoldOptions): Promise<TakenItem> {
    const methods = { acquire: 'take', release: 'putBack', exact: true };
    const held = await hold(this, options, methods);
    return { ...held, item: held.value, done: () => held.endBy('done') };
  }

  /** Replaces the object by a fresh one on every replica; whoever waits gets an error. */
  __concoordinit__(maxsize?: number): Promise<void> {
    return invoke(this, '__concoordinit__', [maxsize]);
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
