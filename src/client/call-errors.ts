import { ConCoordError, ConnectionError } from '../base/index.ts';
import type { ErrorCode } from '../base/index.ts';
import type { Failure } from '../session/index.ts';
import { encodeCommand } from '../wire/index.ts';
import { AbortError } from './errors.ts';

/** For calls that had no effect: there is nothing to ask `outcome()` about. */
const NO_EFFECT: Partial<Record<ErrorCode, string>> & { readonly ABORTED: string } = {
  ABORTED: 'The caller aborted the call before it had any effect.',
  TIMEOUT: 'The call had no effect and never will: repeat it, or raise timeoutMs.',
};

/** For calls that waited when they were given up, and had done something before. */
const BEGUN =
  'What the call did before it waited stands: Condition.wait has given the lock back, the barrier is broken.';

/** Why a call failed, for whoever made it. */
export function errorOf(
  { what, signal }: { readonly what: string; readonly signal: AbortSignal | undefined },
  failure: Failure,
  ofProxy: AbortSignal | undefined,
): ConCoordError {
  const { code, message, outcome, requestId } = failure;
  const remedy = failure.remedy ?? remedyOf(failure);
  const details = {
    outcome,
    ...(requestId === undefined ? {} : { requestId }),
    ...(remedy === undefined ? {} : { remedy }),
    // A call that never happens can be made again as it is; of any other, only outcome() can tell.
    ...(code === 'TIMEOUT' || code === 'LEASE_EXPIRED'
      ? { retryable: outcome === 'not-applied' }
      : {}),
  };
  if (code === 'CONNECTION') return new ConnectionError(`${what}: ${message}`, details);
  if (code !== 'ABORTED') return new ConCoordError(code, `${what}: ${message}`, details);
  const fired = [signal, ofProxy].find((one) => one?.aborted === true);
  return abortError(`${what}: ${message}`, fired?.reason, failure);
}

/** What can be said of an outcome that is known; of others, the catalog speaks. */
function remedyOf({ code, outcome }: Failure): string | undefined {
  if (outcome === 'not-applied') return NO_EFFECT[code];
  return outcome === 'applied' && NO_EFFECT[code] !== undefined ? BEGUN : undefined;
}

/** Only the caller knows which call had the value that cannot be sent. */
export function encode(what: string, method: string, args: readonly unknown[]): Uint8Array {
  try {
    return encodeCommand(method, args);
  } catch (error) {
    if (!(error instanceof ConCoordError)) throw error;
    const { code, message, remedy } = error;
    const details = { cause: error, outcome: 'not-applied', remedy } as const;
    throw new ConCoordError(code, `${what}: ${message}`, details);
  }
}

/**
 * What an object threw, with the call in the place of our own frames: where in the program it was made is
 * known to nobody, because a trace for every call would cost more than the call.
 */
export function located(thrown: unknown, what: string): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { message, name } = thrown;
  const stack = `${message === '' ? name : `${name}: ${message}`}\n    at ${what}, called by a proxy`;
  Reflect.defineProperty(thrown, 'stack', { value: stack, configurable: true, writable: true });
  return thrown;
}

export function abortError(
  message: string,
  reason: unknown,
  failure: Failure | undefined,
): AbortError {
  const requestId = failure?.requestId;
  const remedy = failure === undefined ? NO_EFFECT.ABORTED : remedyOf(failure);
  return new AbortError(message, {
    cause: reason,
    outcome: failure?.outcome ?? 'not-applied',
    ...(remedy === undefined ? {} : { remedy }),
    ...(requestId === undefined ? {} : { requestId }),
  });
}
