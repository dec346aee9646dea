/**
 * A closed-loop load on locks, from one process: every client acquires, gives back as soon as it has the
 * lock, and begins again. With `--workload=lock` each has a lock to itself, with `lock-contended` all want
 * the same one. Prints one line of JSON; `ops_s` counts pairs of calls, p50 and p99 are of a pair with its
 * waiting, and a hand-over takes from the call that gives the lock back until its next owner goes on.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { invoke, ObjectProxy } from '../src/client/index.ts';
import { Lock as Shipped } from '../src/proxy/lock.ts';
import { ACQUIRE, RELEASE } from './lock-skeleton.ts';

const WARM_UP_MS = 2000;

interface Lock {
  acquire(): Promise<unknown>;
  release(): Promise<unknown>;
  close(): Promise<unknown> | void;
}

const { values } = parseArgs({
  options: {
    system: { type: 'string', default: 'concoord' },
    object: { type: 'string', default: '' },
    bootstrap: { type: 'string', default: '' },
    workload: { type: 'string', default: 'lock' },
    callers: { type: 'string', default: '1' },
    connections: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '4' },
  },
});

/** Of `Mutexes`. */
class Named extends ObjectProxy implements Lock {
  readonly #name: string;

  constructor(bootstrap: string, name: string) {
    super(bootstrap);
    this.#name = name;
  }

  acquire(): Promise<unknown> {
    return invoke(this, 'acquire', [this.#name]);
  }

  release(): Promise<unknown> {
    return invoke(this, 'release', [this.#name]);
  }
}

async function toSkeleton(port: number): Promise<Lock> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const waiting: (() => void)[] = [];
  socket.on('data', (done) => {
    for (let i = 0; i < done.length; i++) waiting.shift()?.();
  });
  await once(socket, 'connect');
  const call = (what: number): Promise<void> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      socket.write(Uint8Array.of(what));
    });
  const close = (): void => void socket.destroy();
  return { acquire: () => call(ACQUIRE), release: () => call(RELEASE), close };
}

async function open(index: number): Promise<Lock> {
  if (values.system === 'skeleton') return toSkeleton(Number(values.bootstrap));
  if (values.object === '') return new Shipped(values.bootstrap);
  return new Named(values.bootstrap, values.workload === 'lock' ? `lock ${index}` : 'lock');
}

/** Times in ms. */
class Times {
  readonly #all: number[] = [];

  get count(): number {
    return this.#all.length;
  }

  add(time: number): void {
    this.#all.push(time);
  }

  at(share: number): number {
    const sorted = Float64Array.from(this.#all).sort();
    const found = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    return Math.round((found ?? Number.NaN) * 1000) / 1000;
  }
}

const locks = await Promise.all(Array.from({ length: Number(values.callers) }, (_, i) => open(i)));
const contended = values.workload === 'lock-contended';
const pairs = new Times();
const handovers = new Times();
const state = { running: true, measuring: false, givenBackAt: 0, owners: 0 };

async function client(lock: Lock): Promise<void> {
  while (state.running) {
    const began = performance.now();
    await lock.acquire();
    if (contended && ++state.owners !== 1) throw new Error('two owners at once');
    if (state.measuring) handovers.add(performance.now() - state.givenBackAt);
    state.givenBackAt = performance.now();
    state.owners--;
    await lock.release();
    if (state.measuring) pairs.add(performance.now() - began);
  }
}

const clients = locks.map(client);
await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
const cpuBefore = process.cpuUsage();
process.stdout.write('measuring\n');
state.measuring = true;
const began = performance.now();
await new Promise((resolve) => setTimeout(resolve, Number(values.seconds) * 1000));
state.measuring = false;
process.stdout.write('measured\n');
const elapsedMs = performance.now() - began;
const cpu = process.cpuUsage(cpuBefore);
state.running = false;
await Promise.all(clients);
for (const lock of locks) await lock.close();

process.stdout.write(
  `${JSON.stringify({
    ops_s: Math.round(pairs.count / (elapsedMs / 1000)),
    p50_ms: pairs.at(0.5),
    p99_ms: pairs.at(0.99),
    ...(contended
      ? { handover_p50_ms: handovers.at(0.5), handover_p99_ms: handovers.at(0.99) }
      : {}),
    calls: pairs.count,
    client_cpu_us: (cpu.user + cpu.system) / Math.max(1, pairs.count),
  })}\n`,
);
