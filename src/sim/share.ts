import { simulate } from './simulate.ts';
import type { SimulationReport } from './simulate.ts';
import type { ObjectName } from './subject.ts';

/** Which seeds somebody runs, and for how long. */
export interface Share {
  readonly first: number;
  /** Every so many seeds is ours. */
  readonly step: number;
  readonly count: number;
  readonly events: number;
  /** What all of them run, instead of what is drawn. */
  readonly object: ObjectName | undefined;
  /** Which runs have many callers in a short time. */
  readonly dense: 'all' | 'most' | 'none';
}

/** Every so many runs is made twice: equal seeds must have equal hashes. */
const REPEAT_EVERY = 50;
/** Of runs that are counted by calls, so many have few callers and much time between their calls. */
const SPARSE_EVERY = 8;

export interface Result {
  readonly report: SimulationReport;
  readonly repeated: boolean;
}

/** Runs seed after seed; `mayGoOn` is asked between them. */
export async function runShare(
  { count, dense, events, first, object, step }: Share,
  mayGoOn: () => boolean,
  done: (result: Result) => void,
): Promise<void> {
  for (let at = 0; at < count && mayGoOn(); at++) {
    const seed = first + at * step;
    const isDense = dense === 'all' || (dense === 'most' && at % SPARSE_EVERY !== 0);
    const options = { seed, events, dense: isDense, ...(object === undefined ? {} : { object }) };
    const report = await simulate(options);
    const repeated = at % REPEAT_EVERY === 0;
    done({ report: repeated ? compare(report, await simulate(options)) : report, repeated });
  }
}

function compare(first: SimulationReport, second: SimulationReport): SimulationReport {
  if (first.hash === second.hash || first.failure !== undefined) return first;
  const words = `two runs differ: ${first.hash} and ${second.hash}`;
  return { ...first, failure: { judge: 'determinism', words, stack: '' } };
}
