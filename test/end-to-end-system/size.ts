/**
 * How large the suites of this folder are. `CONCOORD_SOAK=full` gives every suite its full size, and
 * `CONCOORD_SOAK=hour` also runs the load of memory.test.ts for an hour.
 */
const SOAK = process.env['CONCOORD_SOAK'] ?? '';

export function sized<T>(short: T, full: T): T {
  return SOAK === '' ? short : full;
}

export const LOAD_SECONDS = SOAK === 'hour' ? 3600 : sized(20, 60);

/** Callers that never rest. */
export const FULL_LOAD = { paceMs: 0 } as const;
