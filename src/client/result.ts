import { ConCoordError, MalformedBytes } from '../base/index.ts';
import { reviveByName } from '../object/index.ts';
import { decodeResult } from '../wire/index.ts';

/** Refusals of calls; all others are of what calls came to. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'BUDGET_EXCEEDED',
  'INVALID_STATE',
  'OBJECT_REPLACED',
  'NO_SUCH_METHOD',
  'PROTOCOL',
]);

export type Result =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown };

/** The executor's result as its caller sees it: what an object throws is of the class that it was there. */
export function readResult(bytes: Uint8Array): Result {
  let result;
  try {
    result = decodeResult(bytes, reviveByName);
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error;
    const message = `a result that this version cannot read: ${error.message}`;
    return { kind: 'threw', error: new ConCoordError('PROTOCOL', message) };
  }
  switch (result.kind) {
    case 'returned':
      return result;
    case 'thrown':
      if ('value' in result) return { kind: 'threw', error: result.value };
      return { kind: 'threw', error: reviveByName(result.name, result.message) };
    case 'refused': {
      const outcome = WITHOUT_EFFECT.has(result.code) ? 'not-applied' : 'applied';
      return { kind: 'threw', error: new ConCoordError(result.code, result.message, { outcome }) };
    }
    case 'notRead':
      return { kind: 'threw', error: new ConCoordError('PROTOCOL', 'a call answered as a read') };
  }
}
