/**
 * Assertions stay on in production: a broken invariant must stop a replica before it can vote.
 *
 * Input from outside (bytes, files, arguments) is checked and answered with a `ConCoordError`; our own
 * logic is asserted. An `AssertionError` therefore always means a defect of ours.
 */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Stops when `condition` is false. `invariant` states what must hold, in the words of docs/protocol.md. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new AssertionError(`invariant broken: ${invariant}`);
}

/** For the default arm of an exhaustive switch: a new variant then fails to compile. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable variant: ${JSON.stringify(value)}`);
}

/** The value, which our own logic guarantees to be present; `what` names it. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new AssertionError(`missing: ${what}`);
  return value;
}
