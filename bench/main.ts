/**
 * `npm run bench`: three replicas with disks on this machine, load from one client process, as a table.
 *
 *     npm run bench -- --seconds=4 --rounds=3 --plan=increment:1x1,64x8,256x8,1024x1;read:64x8
 *     npm run bench -- --peer='zk=./peers.sh zk {workload} {callers} {seconds}'
 *     npm run bench -- --peer='before=npm run -s --prefix ../before bench -- --json --rounds=1
 *       --seconds={seconds} --plan={workload}:{callers}x{connections}'
 *
 *     npm run bench -- --memory --object=counter.Counter    # a class of a user: bench/counter.ts
 *
 * `64x8` is 64 callers over 8 connections. A peer is any command that measures another system in the same
 * way and prints a line of JSON with `ops_s`, `p50_ms` and `p99_ms`, as we do with `--json`; it takes turns
 * with us, round by round, because machines are noisy and only figures of one run can be compared. Ratios are
 * ours to the peer's.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

interface Figures {
  readonly ops_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Of all replicas, for one call, µs; where the system says it (Linux). */
  readonly cpu_us?: number;
}

interface Cell {
  readonly workload: string;
  readonly callers: number;
  readonly connections: number;
}

const EXECUTABLE = fileURLToPath(new URL('../bin/concoord.js', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url));
const OBJECT = 'concoord.object.counter.Counter';
const run = promisify(execFile);

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    plan: { type: 'string', default: 'increment:1x1,8x8,64x8,256x8,1024x1;read:1x1,64x8' },
    memory: { type: 'boolean', default: false },
    object: { type: 'string', default: OBJECT },
    peer: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
});

function readPlan(text: string): Cell[] {
  return text.split(';').flatMap((part) => {
    const [workload = '', cells = ''] = part.split(':');
    return cells.split(',').map((cell) => {
      const [callers = 1, connections] = cell.split('x').map(Number);
      return { workload, callers, connections: connections ?? Math.min(8, callers) };
    });
  });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Starts a replica and waits until it is ready. */
async function startReplica(
  folder: string,
  port: number,
  flags: readonly string[],
): Promise<ChildProcess> {
  const args = [EXECUTABLE, 'replica', '-p', String(port), ...flags];
  if (!values.memory) args.push('-w');
  const env = { ...process.env, CONCOORD_PATH: HERE };
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const chunk of child.stdout) {
    if (String(chunk).includes('ready')) return child;
  }
  throw new Error(`the replica at ${port} did not start`);
}

async function measureOurs(
  bootstrap: string,
  { workload, callers, connections }: Cell,
): Promise<Figures> {
  const args = [LOAD, bootstrap, workload, String(callers), String(connections), values.seconds];
  const before = processorTime();
  const { stdout } = await run(process.execPath, args);
  const figures = JSON.parse(stdout) as Figures;
  const calls = figures.ops_s * Number(values.seconds);
  // With the time before the measurement begins: a little too much.
  return { ...figures, cpu_us: (processorTime() - before) / calls };
}

/** What all replicas have used of the processors, µs. */
function processorTime(): number {
  const ticks = replicas.map(({ pid }) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return Number(fields[11]) + Number(fields[12]);
    } catch {
      return Number.NaN;
    }
  });
  return ticks.reduce((sum, one) => sum + one, 0) * 10_000;
}

async function measurePeer(command: string, cell: Cell): Promise<Figures> {
  const filled = command
    .replaceAll('{workload}', cell.workload)
    .replaceAll('{callers}', String(cell.callers))
    .replaceAll('{connections}', String(cell.connections))
    .replaceAll('{seconds}', values.seconds);
  const { stdout } = await run('sh', ['-c', filled], { maxBuffer: 1 << 24 });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  return JSON.parse(line) as Figures;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function medians(figures: readonly Figures[]): Figures {
  return {
    ops_s: median(figures.map((figure) => figure.ops_s)),
    p50_ms: median(figures.map((figure) => figure.p50_ms)),
    p99_ms: median(figures.map((figure) => figure.p99_ms)),
    cpu_us: median(figures.map((figure) => figure.cpu_us ?? Number.NaN)),
  };
}

function row(
  cell: Cell,
  name: string,
  figures: readonly Figures[],
  ours: readonly Figures[],
): string {
  const { cpu_us = Number.NaN, ops_s, p50_ms, p99_ms } = medians(figures);
  const ratios = figures.map((figure, index) => (ours[index]?.ops_s ?? Number.NaN) / figure.ops_s);
  const ratio = figures === ours ? '' : `${median(ratios).toFixed(2)}×`;
  const where = `${cell.workload} ${cell.callers}x${cell.connections}`;
  const columns = [where.padEnd(18), name.padEnd(10), String(ops_s).padStart(9)];
  columns.push(p50_ms.toFixed(2).padStart(9), p99_ms.toFixed(2).padStart(9));
  columns.push(
    Number.isNaN(cpu_us) ? ' '.repeat(9) : cpu_us.toFixed(1).padStart(9),
    ratio.padStart(8),
  );
  return columns.join(' ');
}

async function bench(bootstrap: string): Promise<void> {
  const peers = values.peer.map((text) => {
    const at = text.indexOf('=');
    return { name: text.slice(0, at), command: text.slice(at + 1) };
  });
  const say = values.json ? (): void => undefined : console.log;
  say(
    `${'workload'.padEnd(18)} ${'system'.padEnd(10)}     ops/s    p50 ms    p99 ms    cpu us     ours`,
  );
  for (const cell of readPlan(values.plan)) {
    const ours: Figures[] = [];
    const theirs = peers.map(() => [] as Figures[]);
    for (let round = 0; round < Number(values.rounds); round++) {
      ours.push(await measureOurs(bootstrap, cell));
      for (const [index, { command }] of peers.entries()) {
        theirs[index]?.push(await measurePeer(command, cell));
      }
    }
    say(row(cell, 'concoord', ours, ours));
    for (const [index, { name }] of peers.entries())
      say(row(cell, name, theirs[index] ?? [], ours));
    if (values.json) console.log(JSON.stringify(medians(ours)));
  }
}

const folder = mkdtempSync(join(tmpdir(), 'concoord-bench-'));
const replicas: ChildProcess[] = [];
try {
  const [first = 0, ...others] = await freePorts(3);
  replicas.push(await startReplica(folder, first, ['-o', values.object]));
  for (const port of others) {
    replicas.push(await startReplica(folder, port, ['-b', `127.0.0.1:${first}`]));
  }
  await bench([first, ...others].map((port) => `127.0.0.1:${port}`).join(','));
} finally {
  for (const replica of replicas) replica.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
