/**
 * `npm run bench -- --locks`: how fast a lock is handed on, beside the least code that hands one on durably
 * (`lock-skeleton.ts`).
 *
 *     npm run bench -- --locks --memory
 *     npm run bench -- --locks --object=mutexes.Mutexes --plan='lock:1x1,8x8;lock-contended:8x8'
 *
 * `lock` are pairs of calls by clients that have a lock each, `lock-contended` by clients that want the same.
 * Columns: pairs per second, a pair with its waiting, a hand-over alone, processor time of all servers and of
 * the client process for a pair. Ratios are ours to theirs. `--peer` works as in main.ts.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, Instance, LOCK_LOAD, measureLoad, median, readPlan } from './instance.ts';
import type { Cell, Figures, System } from './instance.ts';
import { measurePeer, readPeer } from './peer.ts';

const OBJECT = 'concoord.object.lock.Lock';
const PLAN = 'lock:1x1;lock-contended:8x8';
/** Seconds of calls before the first round: servers that have been up for a while are measured. */
const WARM_UP = '6';
const SKELETON = fileURLToPath(new URL('./lock-skeleton.ts', import.meta.url));

export interface LockBench {
  readonly seconds: string;
  readonly rounds: number;
  readonly plan?: string | undefined;
  readonly memory: boolean;
  readonly object?: string | undefined;
  readonly peer: readonly string[];
  readonly json: boolean;
}

class Skeleton implements System {
  readonly #folder = mkdtempSync(join(tmpdir(), 'concoord-bench-'));
  readonly #mode: string;
  readonly #processes: ChildProcess[] = [];
  #port = 0;

  constructor(mode: 'disks' | 'memory') {
    this.#mode = mode;
  }

  async start(): Promise<void> {
    const [leader = 0, ...followers] = await freePorts(3);
    this.#port = leader;
    for (const port of followers) await this.#spawn('follower', port, []);
    await this.#spawn('leader', leader, followers);
  }

  async #spawn(role: string, port: number, followers: readonly number[]): Promise<void> {
    const file = join(this.#folder, String(port));
    const args = [SKELETON, role, port, file, this.#mode, ...followers].map(String);
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#processes.push(child);
    await once(child.stdout, 'data');
  }

  measure({ workload, callers }: Cell, seconds: string): Promise<Figures> {
    const args = ['--system=skeleton', `--bootstrap=${this.#port}`, `--workload=${workload}`];
    args.push(`--callers=${callers}`, `--seconds=${seconds}`);
    return measureLoad(LOCK_LOAD, args, this.#processes);
  }

  stop(): void {
    for (const child of this.#processes) child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const COLUMNS = {
  'pairs/s': ({ ops_s }: Figures) => ops_s,
  'p50 ms': ({ p50_ms }: Figures) => p50_ms,
  'p99 ms': ({ p99_ms }: Figures) => p99_ms,
  'hand-over': ({ handover_p50_ms = Number.NaN }: Figures) => handover_p50_ms,
  p99: ({ handover_p99_ms = Number.NaN }: Figures) => handover_p99_ms,
  'cpu us': ({ cpu_us = Number.NaN }: Figures) => cpu_us,
  'client us': ({ client_cpu_us = Number.NaN }: Figures) => client_cpu_us,
} as const;

function format(value: number): string {
  if (Number.isNaN(value)) return ' '.repeat(10);
  return value.toFixed(value >= 100 ? 0 : 2).padStart(10);
}

function row(
  where: string,
  name: string,
  figures: readonly Figures[],
  ours: typeof figures,
): string {
  const columns = Object.values(COLUMNS).map((of) => format(median(figures.map(of))));
  const ratios = figures.map(({ ops_s }, at) => (ours[at]?.ops_s ?? Number.NaN) / ops_s);
  const ratio = figures === ours ? '' : `${median(ratios).toFixed(2)}×`.padStart(10);
  return [where.padEnd(20), name.padEnd(12), ...columns, ratio].join('');
}

type Measured = (cell: Cell) => Promise<Figures>;

async function compare(systems: ReadonlyMap<string, Measured>, bench: LockBench): Promise<void> {
  const head = ['load'.padEnd(20), 'system'.padEnd(12), ...Object.keys(COLUMNS), 'ours'];
  if (!bench.json) console.log(head.map((name) => name.padStart(10)).join(''));
  for (const cell of readPlan(bench.plan ?? PLAN)) {
    const all = new Map([...systems.keys()].map((name) => [name, [] as Figures[]]));
    for (let round = 0; round < bench.rounds; round++) {
      for (const [name, measure] of systems) all.get(name)?.push(await measure(cell));
    }
    const ours = all.get('concoord') ?? [];
    const where = `${cell.workload} ${cell.callers}x${cell.connections}`;
    for (const [name, figures] of all) {
      console.log(bench.json ? JSON.stringify({ name, figures }) : row(where, name, figures, ours));
    }
  }
}

export async function benchLocks(bench: LockBench): Promise<void> {
  const { object = OBJECT, seconds } = bench;
  const mode = bench.memory ? 'memory' : 'disks';
  const instance = new Instance(mode, { load: LOCK_LOAD });
  const skeleton = new Skeleton(mode);
  const flags = object === OBJECT ? [] : [`--object=${object}`];
  const systems = new Map<string, Measured>([
    ['concoord', (cell) => instance.measure(cell, seconds, flags)],
    ['skeleton', (cell) => skeleton.measure(cell, seconds)],
  ]);
  for (const peer of bench.peer.map(readPeer)) {
    systems.set(peer.name, (cell) => measurePeer(peer, cell, seconds));
  }
  try {
    await instance.start(object);
    await skeleton.start();
    const [first] = readPlan(bench.plan ?? PLAN);
    if (first !== undefined) {
      await instance.measure(first, WARM_UP, flags);
      await skeleton.measure(first, WARM_UP);
    }
    await compare(systems, bench);
  } finally {
    instance.stop();
    skeleton.stop();
  }
}
