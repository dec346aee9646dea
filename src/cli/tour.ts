/**
 * `npm start`: the main job, to be watched. Three replica processes with disks on loopback, a client that
 * counts, SIGKILL for the leader in the middle of it, and an exact count in the end.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Counter } from '../proxy/index.ts';
import { parseAddress } from './address.ts';
import { fetchStatus } from './status-command.ts';

const EXECUTABLE = join(fileURLToPath(new URL('../..', import.meta.url)), 'bin', 'concoord.js');
const OBJECT = 'concoord.object.counter.Counter';
const INCREMENTS = 5000;
const OUTSTANDING = 64;
const PATIENCE_MS = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'concoord-tour-'));
const processes = new Map<number, ChildProcess>();
const bold = (text: string): string => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
const dim = (text: string): string => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[0m` : text);

function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

function step(text: string): void {
  say();
  say(bold(text));
}

/** Starts a replica and waits for its line. */
async function startReplica(port: number, ...flags: string[]): Promise<void> {
  const args = ['replica', '-a', '127.0.0.1', '-p', String(port), '-w', ...flags];
  say(dim(`  $ concoord ${args.join(' ')}`));
  const child = spawn(process.execPath, [EXECUTABLE, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.set(port, child);
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
  await new Promise<void>((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(
      () => reject(new Error(`no replica at ${port}: ${errors}`)),
      PATIENCE_MS,
    );
    child.once('exit', () => reject(new Error(`the replica at ${port} ended: ${errors}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (!printed.includes(' ready')) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      child.stdout?.removeAllListeners('data').resume();
      say(`  ${printed.trim()}`);
      resolve();
    });
  });
}

async function freePorts(howMany: number): Promise<number[]> {
  const servers = Array.from({ length: howMany }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Increments with many calls outstanding; `onProgress` is told how many are acknowledged. */
async function count(
  counter: Counter,
  total: number,
  onProgress: (done: number) => void,
): Promise<void> {
  let started = 0;
  let done = 0;
  const caller = async (): Promise<void> => {
    while (started < total) {
      started++;
      await counter.increment();
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: OUTSTANDING }, caller));
}

async function tour(): Promise<void> {
  const ports = await freePorts(3);
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  const [first = 0, ...others] = ports;

  step('1. Three replicas of a Counter, each with its own disk');
  await startReplica(first, '-o', OBJECT);
  for (const port of others) await startReplica(port, '-b', `127.0.0.1:${first}`);

  step('2. A client calls it as if it were local');
  await using counter = new Counter(addresses.join(', '));
  say(dim(`  const c = new Counter('${addresses.join(', ')}');`));
  await counter.increment();
  await counter.increment();
  say(`  await c.getvalue()          → ${await counter.getvalue()}`);
  await counter.__concoordinit__();
  await counter.increment();
  say(`  after __concoordinit__ and one increment → ${await counter.getvalue()}`);
  await counter.__concoordinit__();

  step(
    `3. ${INCREMENTS} increments, ${OUTSTANDING} at a time; half-way the leader is killed with SIGKILL`,
  );
  const { leader } = await fetchStatus(addresses.map(parseAddress));
  const leaderPort = parseAddress(leader ?? '').port;
  const started = performance.now();
  let killedAt = 0;
  let longestGap = 0;
  let last = started;
  await count(counter, INCREMENTS, (done) => {
    const now = performance.now();
    longestGap = Math.max(longestGap, now - last);
    last = now;
    if (done !== INCREMENTS / 2) return;
    killedAt = now;
    processes.get(leaderPort)?.kill('SIGKILL');
    say(`  ${done} acknowledged, and the leader ${leader} is dead`);
  });
  const finished = performance.now();
  say(`  all ${INCREMENTS} acknowledged in ${Math.round(finished - started)} ms`);
  say(`  the longest time without an answer was ${Math.round(longestGap)} ms`);
  say(`  ${Math.round(finished - killedAt)} ms of it all came after the kill`);

  step('4. The count');
  const value = await counter.getvalue();
  say(`  await c.getvalue()          → ${value}`);
  if (value !== INCREMENTS) throw new Error(`expected ${INCREMENTS}: this must never happen`);
  say('  exact: nothing acknowledged was lost, nothing was done twice');

  step('5. The dead replica comes back with its disk and catches up');
  await startReplica(leaderPort);
  await waitUntilCaughtUp(addresses, `127.0.0.1:${leaderPort}`);
}

async function waitUntilCaughtUp(addresses: readonly string[], back: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const report = await fetchStatus(addresses.map(parseAddress));
    const member = report.members.find(({ addr }) => addr === back);
    const level = report.role === 'leader' && member?.alive === true;
    if (level && member.applied >= report.decided) {
      say(`  ${back} has applied slot ${member.applied} of ${report.decided}, as ${member.role}`);
      say(`  the instance tolerates ${report.tolerates} failure again`);
      return;
    }
    if (performance.now() > deadline) throw new Error(`${back} did not catch up`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Leaves no process and no file, however the tour ends. */
async function cleanUp(): Promise<void> {
  const running = [...processes.values()].filter(
    (child) => child.exitCode === null && child.signalCode === null,
  );
  const ends = running.map((child) => once(child, 'exit'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ends);
  rmSync(folder, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanUp().then(() => process.exit(1)));
}

try {
  await tour();
  say();
  say(bold('That is all: your own programs do the same with the README at hand.'));
} catch (error) {
  process.stderr.write(`the tour failed: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
