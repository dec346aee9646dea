import { invoke, ObjectProxy } from '../client/index.ts';

/**
 * A replicated object (`concoord.object.value.Value`). One value that many share. Its version grows with
 * every change.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Value extends ObjectProxy {
  /** The present value. */
  getvalue(): Promise<unknown> {
    return invoke(this, 'getvalue', []);
  }

  /** Sets the value. Returns the new version. */
  setvalue(value: unknown): Promise<number> {
    return invoke(this, 'setvalue', [value]);
  }

  /** 0 at first; each change adds 1. */
  getversion(): Promise<number> {
    return invoke(this, 'getversion', []);
  }

  /** Value and version of the same moment. */
  read(): Promise<[value: unknown, version: number]> {
    return invoke(this, 'read', []);
  }

  /** Sets the value if the present one equals what is expected, by content; false if not. */
  compareAndSet(expected: unknown, value: unknown): Promise<boolean> {
    return invoke(this, 'compareAndSet', [expected, value]);
  }

  /** Sets the value if the version is still this one: returns the new version. Undefined if not. */
  compareVersionAndSet(version: number, value: unknown): Promise<number | undefined> {
    return invoke(this, 'compareVersionAndSet', [version, value]);
  }

  /** Replaces the object by a fresh one on every replica. */
  __concoordinit__(value?: unknown): Promise<void> {
    return invoke(this, '__concoordinit__', [value]);
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
