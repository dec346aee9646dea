import { setFlagsFromString } from 'node:v8';

/**
 * V8 compiles a function when it has run this often, the second time with all it has learned. Its defaults
 * are 400, 500 and 3,000, made for pages that run a function millions of times or never; a replica under light
 * load runs the same few hundred functions some hundred times a second, so that it would take ten seconds and
 * more until it is as quick as it can be.
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
