/** Real replicas as real processes, for tests from outside. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./concoord.ts', import.meta.url));
const READY_PATIENCE_MS = 30_000;

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** A process of ours, with everything that it printed. */
export class Process {
  readonly child: ChildProcess;
  readonly args: readonly string[];
  stdout = '';
  stderr = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #watchers = new Set<() => void>();

  constructor(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
    this.args = args;
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => this.#add('stdout', chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => this.#add('stderr', chunk));
    this.exited = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve({ code, signal });
        for (const watcher of this.#watchers) watcher();
      });
    });
  }

  #add(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this[stream] += chunk.toString();
    for (const watcher of this.#watchers) watcher();
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  /** Resolves with the first match in what was and will be printed; rejects when the process ends first. */
  async printed(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`${this.args.join(' ')}: no ${pattern} in\n${this.stdout}\n${this.stderr}`));
      }, READY_PATIENCE_MS);
      const look = (): void => {
        const match = pattern.exec(this[stream]);
        if (match === null && this.running) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        if (match !== null) resolve(match);
        else reject(new Error(`${this.args.join(' ')} ended:\n${this.stdout}\n${this.stderr}`));
      };
      this.#watchers.add(look);
      look();
    });
  }
}

/** A folder and the processes that a test starts in it; everything is gone at the end. */
export class Stage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'concoord-test-'));
  readonly processes: Process[] = [];

  run(...args: string[]): Process {
    const process = new Process(args, this.folder);
    this.processes.push(process);
    return process;
  }

  /** Starts a replica of the Counter and waits until it is ready. */
  async replica(port: number, ...flags: string[]): Promise<Process> {
    const process = this.run('replica', '-a', '127.0.0.1', '-p', String(port), ...flags);
    await process.printed('stdout', new RegExp(`^REPLICA-127\\.0\\.0\\.1:${port} ready`, 'm'));
    return process;
  }

  /** `count` replicas in one instance: the first founds, the others join. */
  async instance(count: number, ...flags: string[]): Promise<{ ports: number[]; replicas: Process[] }> {
    const ports = await freePorts(count);
    const replicas: Process[] = [];
    for (const [index, port] of ports.entries()) {
      const boot = index === 0 ? [] : ['-b', `127.0.0.1:${ports[0]}`];
      replicas.push(await this.replica(port, '-o', COUNTER, ...boot, ...flags));
    }
    return { ports, replicas };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.processes) {
      if (process.running) {
        process.kill('SIGCONT');
        process.kill('SIGKILL');
      }
    }
    await Promise.all(this.processes.map((process) => process.exited));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const COUNTER = 'concoord.object.counter.Counter';

export function bootstrapOf(ports: readonly number[]): string {
  return ports.map((port) => `127.0.0.1:${port}`).join(', ');
}
