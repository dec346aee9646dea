import { invoke, ObjectProxy } from '../client/index.ts';

/** A replicated counter (`concoord.object.counter.Counter`). */
export class Counter extends ObjectProxy {
  increment(): Promise<void> {
    return invoke(this, 'increment', []);
  }

  decrement(): Promise<void> {
    return invoke(this, 'decrement', []);
  }

  getvalue(): Promise<number> {
    return invoke(this, 'getvalue', []);
  }

  /** Replaces the object by a fresh one on every replica. */
  __concoordinit__(value?: number): Promise<void> {
    return invoke(this, '__concoordinit__', value === undefined ? [] : [value]);
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
