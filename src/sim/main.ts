/**
 * `npm run sim`: runs the simulator.
 *
 * - `--seed=N [--verbose[=wire]]` one run, again, with a trace.
 * - `--seeds=N --events=N --workers=N --budget=SECONDS [--first=N]` many runs, and a table.
 * - `--operations=N` seed after seed until clients have made so many calls, with a line now and then; for
 *   each of the objects whose callers wait, unless `--object` names one.
 * - `--dense` many callers in a short time, instead of some as the seed draws it; most runs of `--operations`
 *   are so.
 * - `--object=Counter|Ledger|Lock|Semaphore|Condition|Barrier` what instances run, instead of what the seed
 *   draws: the ledger is a class of users, and callers of the others wait.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runShare } from './share.ts';
import type { Result, Share } from './share.ts';
import { DEFAULT_EVENTS, simulate } from './simulate.ts';
import type { SimulationOptions, SimulationReport } from './simulate.ts';
import { OBJECT_NAMES, WAITING_NAMES } from './subject.ts';
import type { ObjectName } from './subject.ts';
import { count, emptyTally, rareFaults, showTally } from './tally.ts';
import type { Tally } from './tally.ts';
import { MS } from './world.ts';

/** Below so many runs, the share of a fault is a matter of luck. */
const ENOUGH_RUNS = 1000;
/** More failures of one share tell nothing more. */
const MOST_FAILURES = 10;

/** In so many calls something must have gone wrong, where calls are counted. */
const CALLS_PER_FAULT = 1000;
/** ms between two lines of progress. */
const PROGRESS_MS = 30_000;

interface WorkerTask extends Share {
  readonly until: number;
  /** Not 0 when it is enough. */
  readonly enough: Int32Array;
}

function readNumber(text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`sim: not a number: ${text}`);
  process.exit(2);
}

function readObject(name: string | undefined): ObjectName | undefined {
  if (name === undefined) return undefined;
  const known = OBJECT_NAMES.find((one) => one === name);
  if (known !== undefined) return known;
  console.error(`sim: no object is called ${name}: there are ${OBJECT_NAMES.join(', ')}`);
  process.exit(2);
}

function readArguments() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: process.argv.slice(2).map((arg) => (arg === '--verbose' ? '--verbose=events' : arg)),
    options: {
      seed: text,
      seeds: text,
      first: text,
      events: text,
      workers: text,
      budget: text,
      seconds: text,
      operations: text,
      verbose: text,
      object: text,
      dense: { type: 'boolean', default: false },
    },
  });
  return values;
}

/** One run, for a person to read. */
async function runOne(
  asked: Required<Pick<SimulationOptions, 'seed' | 'events' | 'dense'>>,
  verbose: string | undefined,
  object: ObjectName | undefined,
): Promise<number> {
  const trace = (at: number, line: string): void => {
    console.log(`${(at / MS).toFixed(1).padStart(10)}  ${line}`);
  };
  const wiretap = verbose === 'wire';
  const report = await simulate({
    ...asked,
    wiretap,
    ...(object === undefined ? {} : { object }),
    ...(verbose === undefined ? {} : { trace }),
  });
  const tally = emptyTally();
  count(tally, report);
  console.log(`seed ${asked.seed}, hash ${report.hash}, ${report.events} events`);
  if (report.failure === undefined) {
    console.log('every judge agrees');
    return 0;
  }
  console.log(`${report.failure.judge}: ${report.failure.words}\n${report.failure.stack}`);
  return 1;
}

interface Extent {
  readonly workers: number;
  /** Seconds. */
  readonly budget: number;
  /** Calls after which it is enough. */
  readonly operations: number;
}

/** Many runs, shared among worker threads. */
async function runMany(share: Omit<Share, 'step'>, extent: Extent): Promise<number> {
  const { budget, operations, workers } = extent;
  console.log(`seeds from ${share.first} on, ${share.events} events each${showObject(share)}`);
  const started = performance.now();
  const until = Date.now() + budget * 1000;
  const enough = new Int32Array(new SharedArrayBuffer(4));
  const tally = emptyTally();
  const failed: SimulationReport[] = [];
  let told = started;
  const take = ({ repeated, report }: Result): void => {
    count(tally, report);
    if (repeated) tally.repeated++;
    if (tally.calls >= operations) Atomics.store(enough, 0, 1);
    if (operations < Infinity && performance.now() - told > PROGRESS_MS) {
      told = performance.now();
      console.log(`${tally.calls} calls in ${tally.runs} runs, ${failed.length} failed`);
    }
    if (report.failure === undefined) return;
    failed.push(report);
    if (failed.length <= MOST_FAILURES) showFailure(report, share);
  };
  const tasks = Array.from({ length: workers }, (_, index): WorkerTask => {
    const mine = Math.ceil((share.count - index) / workers);
    return { ...share, first: share.first + index, step: workers, count: mine, until, enough };
  });
  await Promise.all(tasks.map((task) => work(task, take)));
  console.log(showTally(tally, (performance.now() - started) / 1000));
  const objections = operations < Infinity ? objectToCalls(tally, operations) : objectTo(tally);
  for (const words of objections) console.log(`\n${words}`);
  console.log(`\n${failed.length} of ${tally.runs} runs failed`);
  // Once more, where people look who have only the end of it.
  for (const report of failed.slice(0, MOST_FAILURES)) showFailure(report, share);
  return failed.length + objections.length === 0 && tally.runs > 0 ? 0 : 1;
}

/** What is wrong with many runs together. */
function objectTo(tally: Tally): string[] {
  if (tally.runs < ENOUGH_RUNS) return [];
  const rare = rareFaults(tally);
  const words = rare.length === 0 ? [] : [`in fewer than 10 % of the runs: ${rare.join(', ')}`];
  if (tally.proven * 2 >= tally.runs) return words;
  return [...words, 'fewer than half of the histories were proven to be linearizable'];
}

function objectToCalls({ calls, faultsInAll }: Tally, operations: number): string[] {
  const words = calls < operations ? [`${calls} calls only: time or seeds were over`] : [];
  if (faultsInAll * CALLS_PER_FAULT >= calls) return words;
  return [
    ...words,
    `${faultsInAll} faults in ${calls} calls: fewer than one in ${CALLS_PER_FAULT}`,
  ];
}

function showObject({ object }: Pick<Share, 'object'>): string {
  return object === undefined ? '' : `, of ${object}`;
}

function showFailure(
  { dense, events, failure, seed }: SimulationReport,
  asked: Pick<Share, 'events' | 'object'>,
): void {
  const object =
    (asked.object === undefined ? '' : ` --object=${asked.object}`) + (dense ? ' --dense' : '');
  const extent = (asked.events === DEFAULT_EVENTS ? '' : ` --events=${asked.events}`) + object;
  console.log(
    `seed ${seed} failed after ${events} events\n  ${failure?.judge}: ${failure?.words}\n` +
      `  replay: npm run sim -- --seed=${seed}${extent} --verbose\n`,
  );
}

/** Lets a thread work on its share. */
function work(task: WorkerTask, take: (result: Result) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    worker.on('message', take);
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
}

async function main(): Promise<number> {
  const options = readArguments();
  const events = readNumber(options.events, DEFAULT_EVENTS);
  const object = readObject(options.object);
  if (options.seed !== undefined) {
    const asked = { seed: readNumber(options.seed, 0), events, dense: options.dense };
    return runOne(asked, options.verbose, object);
  }
  const first = readNumber(options.first, randomInt(1, 2 ** 40));
  const counted = options.operations !== undefined;
  const operations = counted ? readNumber(options.operations, 0) : Infinity;
  const budget = readNumber(options.budget ?? options.seconds, counted ? 86_400 : 3600);
  const seeds = readNumber(options.seeds, counted ? Number.MAX_SAFE_INTEGER : 2000);
  const sparse = counted ? 'most' : 'none';
  const dense = options.dense ? 'all' : sparse;
  const share = { first, events, count: seeds, dense } as const;
  const extent = { workers: readNumber(options.workers, 2), budget, operations };
  const all = object === undefined && counted ? WAITING_NAMES : [object];
  let worst = 0;
  for (const one of all) worst = Math.max(worst, await runMany({ ...share, object: one }, extent));
  return worst;
}

if (isMainThread) process.exitCode = await main();
else {
  const task = workerData as WorkerTask;
  const mayGoOn = (): boolean => Date.now() < task.until && Atomics.load(task.enough, 0) === 0;
  await runShare(task, mayGoOn, (result) => parentPort?.postMessage(result));
}
