import { AssertionError, ConCoordError } from '../base/index.ts';
import { encodeResult, errorText } from '../wire/index.ts';
import type { CallResult } from '../wire/index.ts';

/** How a method ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

export function encodeOutcome(outcome: Outcome): Uint8Array {
  return 'error' in outcome ? encodeThrown(outcome.error) : encodeValue(outcome.value);
}

/** What a method returned. */
export function encodeValue(value: unknown): Uint8Array {
  return encodeOrRefuse({ kind: 'returned', value });
}

/** What a method threw. */
export function encodeThrown(error: unknown): Uint8Array {
  if (!isError(error)) return thrownValue(error);
  const name = errorText(error, 'name') ?? 'Error';
  const message = errorText(error, 'message') ?? 'an error that cannot be read';
  return encodeResult({ kind: 'thrown', name, message });
}

/** A result that cannot be sent is replaced by the reason, which is the same on every replica. */
function encodeOrRefuse(result: CallResult): Uint8Array {
  try {
    return encodeResult(result);
  } catch (error) {
    if (error instanceof AssertionError) throw error;
    // Anything else was thrown by a trap of the value itself, while it was read.
    const known = error instanceof ConCoordError;
    const code = known ? error.code : 'INVALID_VALUE';
    const message = known ? error.message : 'result cannot be read';
    return encodeResult({ kind: 'refused', code, message });
  }
}

function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** Something else than an error: the client throws the same, or at least learns what it was. */
function thrownValue(value: unknown): Uint8Array {
  // Never by a toString of the value's own: it might change the state.
  const message = typeof value === 'string' ? value : `threw a value of type ${typeof value}`;
  return encodeOrRefuse({ kind: 'thrown', name: 'Error', message, value });
}
