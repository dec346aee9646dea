/**
 * `npm run sim`: runs the simulator.
 *
 * - `--seed=N [--verbose[=wire]]` one run, again, with a trace.
 * - `--seeds=N --events=N --workers=N --budget=SECONDS [--first=N]` many runs, and a table.
 * - `--object=Counter|Ledger|Lock|Semaphore|Condition|Barrier` what instances run, instead of what the seed
 *   draws: the ledger is a class of users, and callers of the others wait.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runShare } from './share.ts';
import type { Result, Share } from './share.ts';
import { DEFAULT_EVENTS, simulate } from './simulate.ts';
import type { SimulationReport } from './simulate.ts';
import { OBJECT_NAMES } from './subject.ts';
import type { ObjectName } from './subject.ts';
import { count, emptyTally, rareFaults, showTally } from './tally.ts';
import { MS } from './world.ts';

/** Below so many runs, the share of a fault is a matter of luck. */
const ENOUGH_RUNS = 1000;
/** More failures of one share tell nothing more. */
const MOST_FAILURES = 10;

interface WorkerTask extends Share {
  readonly until: number;
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
      verbose: text,
      object: text,
    },
  });
  return values;
}

/** One run, for a person to read. */
async function runOne(
  seed: number,
  events: number,
  verbose: string | undefined,
  object: ObjectName | undefined,
): Promise<number> {
  const trace = (at: number, line: string): void => {
    console.log(`${(at / MS).toFixed(1).padStart(10)}  ${line}`);
  };
  const wiretap = verbose === 'wire';
  const report = await simulate({
    seed,
    events,
    wiretap,
    ...(object === undefined ? {} : { object }),
    ...(verbose === undefined ? {} : { trace }),
  });
  const tally = emptyTally();
  count(tally, report);
  console.log(`seed ${seed}, hash ${report.hash}, ${report.events} events`);
  if (report.failure === undefined) {
    console.log('every judge agrees');
    return 0;
  }
  console.log(`${report.failure.judge}: ${report.failure.words}\n${report.failure.stack}`);
  return 1;
}

/** Many runs, shared among worker threads. */
async function runMany(
  share: Omit<Share, 'step'>,
  workers: number,
  budget: number,
): Promise<number> {
  console.log(`seeds from ${share.first} on, ${share.events} events each`);
  const started = performance.now();
  const until = Date.now() + budget * 1000;
  const tally = emptyTally();
  const failed: SimulationReport[] = [];
  const take = ({ repeated, report }: Result): void => {
    count(tally, report);
    if (repeated) tally.repeated++;
    if (report.failure === undefined) return;
    failed.push(report);
    if (failed.length <= MOST_FAILURES) showFailure(report, share);
  };
  const tasks = Array.from({ length: workers }, (_, index): WorkerTask => {
    const mine = Math.floor((share.count + workers - 1 - index) / workers);
    return { ...share, first: share.first + index, step: workers, count: mine, until };
  });
  await Promise.all(tasks.map((task) => work(task, take)));
  console.log(showTally(tally, (performance.now() - started) / 1000));
  const rare = tally.runs >= ENOUGH_RUNS ? rareFaults(tally) : [];
  if (rare.length > 0) console.log(`\nin fewer than 10 % of the runs: ${rare.join(', ')}`);
  const unproven = tally.runs >= ENOUGH_RUNS && tally.proven * 2 < tally.runs;
  if (unproven) console.log('\nfewer than half of the histories were proven to be linearizable');
  console.log(`\n${failed.length} of ${tally.runs} runs failed`);
  return failed.length + rare.length === 0 && !unproven && tally.runs > 0 ? 0 : 1;
}

function showFailure(
  { events, failure, seed }: SimulationReport,
  asked: Pick<Share, 'events' | 'object'>,
): void {
  const object = asked.object === undefined ? '' : ` --object=${asked.object}`;
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
    return runOne(readNumber(options.seed, 0), events, options.verbose, object);
  }
  const first = readNumber(options.first, randomInt(1, 2 ** 40));
  const budget = readNumber(options.budget ?? options.seconds, 3600);
  const seeds = readNumber(options.seeds, 2000);
  const share = { first, events, object, count: seeds };
  return runMany(share, readNumber(options.workers, 2), budget);
}

if (isMainThread) process.exitCode = await main();
else {
  const task = workerData as WorkerTask;
  const mayGoOn = (): boolean => Date.now() < task.until;
  await runShare(task, mayGoOn, (result) => parentPort?.postMessage(result));
}
