/**
 * `npm run mutants`: proves that the judges of the simulator can fail. Each mutation breaks one rule in a
 * copy of the production source; unguided seeds must find it, and the unbroken source must pass the very
 * same seeds.
 *
 *     npm run mutants -- --seeds=400 --budget=90 --base=1 --only='Safety 5' --workers=2
 *     npm run mutants -- --quick     # without those that take a hundred seeds
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { MUTATIONS } from './mutations.ts';
import type { Mutation } from './mutations.ts';
import { replaceOnce } from './replace-once.ts';

interface Hunt {
  readonly seeds: number;
  readonly seconds: number;
  readonly found?: { readonly seed: number; readonly judge: string; readonly words: string };
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HUNT = fileURLToPath(new URL('./hunt.ts', import.meta.url));
const run = promisify(execFile);

const { values } = parseArgs({
  options: {
    /** Seeds tried on each mutation. */
    seeds: { type: 'string', default: '400' },
    /** Seconds spent on each mutation at most. */
    budget: { type: 'string', default: '90' },
    base: { type: 'string' },
    only: { type: 'string', default: '' },
    workers: { type: 'string', default: '2' },
    /** Only what a few seeds find. */
    quick: { type: 'boolean', default: false },
  },
});

const budget = Number(values.budget) * 1000;
/** The unbroken source has to run all of its seeds, which a mutation has not. */
const AMPLE = 10;
const base = Number(values.base ?? Math.floor(Math.random() * 1e9));

/** A copy of the sources with one place replaced. */
function mutate(folder: string, mutation: Mutation | undefined): string {
  const copy = mkdtempSync(join(folder, 'copy-'));
  cpSync(`${ROOT}src`, `${copy}/src`, { recursive: true });
  for (const kit of ['scenarios', 'scenarios-kit', 'scenarios.test.ts']) {
    cpSync(`${ROOT}test/${kit}`, `${copy}/test/${kit}`, { recursive: true });
  }
  writeFileSync(`${copy}/package.json`, '{"type":"module"}');
  symlinkSync(`${ROOT}node_modules`, `${copy}/node_modules`);
  if (mutation === undefined) return copy;
  const file = `${copy}/src/${mutation.file}`;
  writeFileSync(file, replaceOnce(readFileSync(file, 'utf8'), mutation));
  return copy;
}

/** Runs seeds on a copy. A hang is not a find: it shows in the time. */
async function hunt(
  copy: string,
  seeds: number,
  budgetMs: number,
  object: Mutation['object'],
): Promise<Hunt> {
  const args = [HUNT, copy, String(base), String(seeds), String(budgetMs)];
  if (object !== undefined) args.push(object);
  try {
    const { stdout } = await run(process.execPath, args, { timeout: budgetMs + 60_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Hunt;
  } catch {
    // It hung, or ended without a word of any judge: that proves nothing about the judges.
    return { seeds: 0, seconds: budgetMs / 1000 };
  }
}

/** Whether a test fails on a copy. Where it passes the unbroken source, too, it proves what it should. */
async function failsOn(copy: string, proof: string): Promise<boolean> {
  try {
    await run(process.execPath, ['--test', proof], { cwd: copy, timeout: 120_000 });
    return false;
  } catch {
    return true;
  }
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, worker));
}

const folder = mkdtempSync(join(tmpdir(), 'concoord-mutants-'));
let passed = 0;
let failed = 0;
/** The most seeds that any mutation needed, by what they run: so many the unbroken source must pass. */
const needed = new Map<Mutation['object'], number>();
try {
  const mutations = MUTATIONS.filter(
    ({ name, rare }) => name.includes(values.only) && !(values.quick && rare === true),
  );
  console.log(`base seed ${base}, ${mutations.length} mutations`);
  // All copies first: a place that is not there any more should show at once.
  const copies = new Map(mutations.map((mutation) => [mutation, mutate(folder, mutation)]));
  const proofs = new Set(mutations.flatMap(({ proof }) => (proof === undefined ? [] : [proof])));
  await inParallel(mutations, async (mutation) => {
    const { name, proof } = mutation;
    if (proof !== undefined) {
      const found = await failsOn(copies.get(mutation) ?? '', proof);
      if (found) passed++;
      else failed++;
      console.log(`${found ? 'found ' : 'MISSED'}  ${name}: by ${proof}`);
      return;
    }
    const { seeds, seconds, found } = await hunt(
      copies.get(mutation) ?? '',
      Number(values.seeds),
      budget,
      mutation.object,
    );
    needed.set(mutation.object, Math.max(needed.get(mutation.object) ?? 1, seeds));
    if (found === undefined) {
      failed++;
      console.log(`MISSED  ${mutation.name}: ${seeds} seeds, ${seconds.toFixed(1)} s`);
    } else {
      passed++;
      const words = found.words.split('\n')[0]?.slice(0, 110) ?? '';
      const effort = `seed ${found.seed} (${seeds} tried, ${seconds.toFixed(1)} s)`;
      console.log(`found   ${mutation.name}: ${effort}, ${found.judge}: ${words}`);
    }
  });
  for (const proof of proofs) {
    const good = !(await failsOn(mutate(folder, undefined), proof));
    if (good) passed++;
    else failed++;
    console.log(`unbroken source: ${good ? 'passes' : 'FAILS'} ${proof}`);
  }
  for (const [object, seeds] of needed) {
    const whole = await hunt(mutate(folder, undefined), seeds, AMPLE * budget, object);
    const good = whole.found === undefined && whole.seeds === seeds;
    if (good) passed++;
    else failed++;
    const words = whole.found?.words ?? 'it does not end';
    const verdict = good
      ? 'passes'
      : `FAILS at seed ${whole.found?.seed ?? base + whole.seeds}: ${words}`;
    const what = object === undefined ? '' : ` with ${object}`;
    console.log(`unbroken source${what}: ${verdict} (${whole.seeds} of the same ${seeds} seeds)`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
