/** Three replicas on this machine, and a client process that loads them. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What one measurement of one system says; times in ms, but for those of processors in µs for a call. */
export interface Figures {
  readonly ops_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Of all replicas; where the system says it (Linux). */
  readonly cpu_us?: number;
  readonly client_cpu_us?: number;
  /** Frames that the client sent and received for a call. */
  readonly sent?: number;
  readonly received?: number;
  /** From the call that gives a lock back until its next owner goes on. */
  readonly handover_p50_ms?: number;
  readonly handover_p99_ms?: number;
}

/** Three servers that a load can be put on. */
export interface System {
  measure(cell: Cell, seconds: string, flags?: readonly string[]): Promise<Figures>;
  stop(): void;
}

export interface Cell {
  readonly workload: string;
  readonly callers: number;
  readonly connections: number;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const EXECUTABLE = join(ROOT, 'bin', 'concoord.js');
/** Where `counter.ts` is: `counter.Counter` is a class of a user. */
export const CLASSES = fileURLToPath(new URL('.', import.meta.url));
const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url));
/** The load on locks. */
export const LOCK_LOAD = fileURLToPath(new URL('./lock-load.ts', import.meta.url));
const REPLICAS = 3;

/** `increment:1x1,64x8;read:64x8` is three cells; `64x8` is 64 callers over 8 connections. */
export function readPlan(text: string): Cell[] {
  return text.split(';').flatMap((part) => {
    const [workload = '', cells = ''] = part.split(':');
    return cells.split(',').map((cell) => {
      const [callers = 1, connections] = cell.split('x').map(Number);
      return { workload, callers, connections: connections ?? Math.min(8, callers) };
    });
  });
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** What processes have used of the processors, µs. */
export function processorTime(processes: readonly ChildProcess[]): number {
  const ticks = processes.map(({ pid }) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return Number(fields[11]) + Number(fields[12]);
    } catch {
      return Number.NaN;
    }
  });
  return ticks.reduce((sum, one) => sum + one, 0) * 10_000;
}

/** Runs a load in a process of its own, and adds what the servers have used meanwhile. */
export async function measureLoad(
  script: string,
  args: readonly string[],
  servers: readonly ChildProcess[],
): Promise<Figures> {
  const load = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let before = Number.NaN;
  let after = Number.NaN;
  let last = '';
  for await (const line of createInterface({ input: load.stdout })) {
    if (line === 'measuring') before = processorTime(servers);
    else if (line === 'measured') after = processorTime(servers);
    else last = line;
  }
  const figures = JSON.parse(last) as Figures & { readonly calls: number };
  return { ...figures, cpu_us: (after - before) / Math.max(1, figures.calls) };
}

export interface InstanceOptions {
  readonly load?: string;
  readonly root?: string;
}

export class Instance implements System {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'concoord-bench-'));
  readonly #load: string;
  readonly #executable: string;
  readonly #flags: readonly string[];
  readonly #replicas: ChildProcess[] = [];
  #ports: readonly number[] = [];

  /**
   * @param disks `-w`, or memory only.
   * @param load The script that puts load on it.
   * @param root The checkout that it runs; this one unless told.
   */
  constructor(disks: 'disks' | 'memory', { load = LOAD, root = ROOT }: InstanceOptions = {}) {
    this.#load = load;
    this.#executable = join(root, 'bin', 'concoord.js');
    this.#flags = disks === 'disks' ? ['-w'] : [];
  }

  /** Addresses of all replicas, as clients want them. */
  get bootstrap(): string {
    return this.#ports.map((port) => `127.0.0.1:${port}`).join(',');
  }

  async start(object: string): Promise<void> {
    this.#ports = await freePorts(REPLICAS);
    const [first = 0, ...others] = this.#ports;
    await this.#startReplica(first, ['-o', object]);
    for (const port of others) await this.#startReplica(port, ['-b', `127.0.0.1:${first}`]);
  }

  /** Starts a replica and waits until it is ready. */
  async #startReplica(port: number, flags: readonly string[]): Promise<void> {
    const args = [this.#executable, 'replica', '-p', String(port), ...flags, ...this.#flags];
    const child = spawn(process.execPath, args, {
      cwd: this.folder,
      env: { ...process.env, CONCOORD_PATH: CLASSES },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#replicas.push(child);
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      if (!String(chunk).includes('ready')) continue;
      child.stdout.resume();
      return;
    }
    throw new Error(`the replica at ${port} did not start`);
  }

  /** Loads the instance from a process of its own. */
  measure(cell: Cell, seconds: string, flags: readonly string[] = []): Promise<Figures> {
    const args = Object.entries({
      bootstrap: this.bootstrap,
      workload: cell.workload,
      callers: String(cell.callers),
      connections: String(cell.connections),
      seconds,
    }).map(([name, value]) => `--${name}=${value}`);
    return measureLoad(this.#load, [...args, ...flags], this.#replicas);
  }

  stop(): void {
    for (const replica of this.#replicas) replica.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
