import { ConCoordError } from '../base/index.ts';
import type { Fate } from '../session/index.ts';
import { readResult } from './result.ts';

/** What became of a call whose caller stopped waiting: the answer of `outcome(proxy, requestId)`. */
export type CallOutcome<T = unknown> =
  /** It happened, and returned this. */
  | { readonly applied: true; readonly status: 'returned'; readonly value: T }
  /** It happened, and threw this. */
  | { readonly applied: true; readonly status: 'threw'; readonly error: unknown }
  /** It happened; its result was delivered, or took too much room, and is not kept any more. */
  | { readonly applied: true; readonly status: 'forgotten' }
  /** It did not happen, and never will. */
  | { readonly applied: false; readonly status: 'never' };

/** Throws `SESSION_EXPIRED` when no record of the call's session is left. */
export function outcomeOf(fate: Fate, requestId: string): CallOutcome {
  switch (fate.kind) {
    case 'applied': {
      const result = readResult(fate.result);
      return result.kind === 'returned'
        ? { applied: true, status: 'returned', value: result.value }
        : { applied: true, status: 'threw', error: result.error };
    }
    case 'never':
      return { applied: false, status: 'never' };
    case 'forgotten':
      return { applied: true, status: 'forgotten' };
    case 'unknown':
      throw new ConCoordError('SESSION_EXPIRED', `no record of request ${requestId} is left`, {
        outcome: 'unknown',
        requestId,
        remedy: 'Look at the state of the object to find out whether the call happened.',
      });
  }
}
