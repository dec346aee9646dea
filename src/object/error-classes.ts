/**
 * The errors that objects throw beside those of the language, named as in the original ConCoord.
 * They are real classes on both sides: what an object throws is an `instanceof` the same class at
 * the client.
 */

/** A key that is not there. */
export class KeyError extends Error {
  override readonly name: string = 'KeyError';
}

/** An argument of the right type with an impossible value. */
export class ValueError extends Error {
  override readonly name: string = 'ValueError';
}

/** What the object is asked to do is not possible in its present state. */
export class RuntimeError extends Error {
  override readonly name: string = 'RuntimeError';
}

/** A position that is not there, such as that of an element of an empty list. */
export class IndexError extends Error {
  override readonly name: string = 'IndexError';
}

/** The barrier at which the caller waits, or wants to, was reset or aborted. */
export class BrokenBarrierError extends RuntimeError {
  override readonly name: string = 'BrokenBarrierError';
}
