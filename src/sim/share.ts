import { simulate } from './simulate.ts';
import type { SimulationReport } from './simulate.ts';

/** Which seeds somebody runs, and for how long. */
export interface Share {
  readonly first: number;
  /** Every so many seeds is ours. */
  readonly step: number;
  readonly count: number;
  readonly events: number;
}

/** Every so many runs is made twice: equal seeds must have equal hashes. */
const REPEAT_EVERY = 50;

export interface Result {
  readonly report: SimulationReport;
  readonly repeated: boolean;
}

/** Runs seed after seed; `mayGoOn` is asked between them. */
export function runShare(
  { count, events, first, step }: Share,
  mayGoOn: () => boolean,
  done: (result: Result) => void,
): void {
  for (let at = 0; at < count && mayGoOn(); at++) {
    const seed = first + at * step;
    const report = simulate({ seed, events });
    const repeated = at % REPEAT_EVERY === 0;
    done({ report: repeated ? compare(report, simulate({ seed, events })) : report, repeated });
  }
}

function compare(first: SimulationReport, second: SimulationReport): SimulationReport {
  if (first.hash === second.hash || first.failure !== undefined) return first;
  const words = `two runs differ: ${first.hash} and ${second.hash}`;
  return { ...first, failure: { judge: 'determinism', words, stack: '' } };
}
