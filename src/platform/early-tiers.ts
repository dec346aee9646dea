import { setFlagsFromString } from 'node:v8';

/**
 * How often a function has run when V8 compiles it, first in haste and then with all that it has learned. V8
 * has 400, 500 and 3,000: a replica under light load runs the same few hundred functions some hundred times
 * a second, and it would take ten seconds and more until it is as quick as it can be.
 */
export const EARLY_TIERS = {
  'invocation-count-for-maglev': 100,
  /** After an operation of the function has met a new shape of object. */
  'minimum-invocations-after-ic-update': 100,
  'invocation-count-for-turbofan': 1000,
} as const;

/** For the whole process, from now on: belongs at its beginning. */
export function compileEarly(): void {
  for (const [flag, count] of Object.entries(EARLY_TIERS)) setFlagsFromString(`--${flag}=${count}`);
}
