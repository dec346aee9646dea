/**
 * `npm run bench`: three replicas with disks on this machine, load from one client process, as a table.
 *
 *     npm run bench -- --seconds=4 --rounds=3 --plan=increment:1x1,64x8,256x8,1024x1;read:64x8
 *     npm run bench -- --peer='zk=./peers.sh zk {workload} {callers} {seconds}'
 *     npm run bench -- --peer='before=npm run -s --prefix ../before bench -- --json --rounds=1
 *       --seconds={seconds} --plan={workload}:{callers}x{connections}'
 *
 *     npm run bench -- --memory --object=counter.Counter    # a class of a user: bench/counter.ts
 *     npm run bench -- --locks                              # locks in place of counters: bench/locks.ts
 *
 * `64x8` is 64 callers over 8 connections. A peer is any command that measures another system in the same
 * way and prints a line of JSON with `ops_s`, `p50_ms` and `p99_ms`, as we do with `--json`; it takes turns
 * with us, round by round, because machines are noisy and only figures of one run can be compared. Ratios are
 * ours to the peer's.
 */
import { parseArgs } from 'node:util';
import { Instance, median, readPlan } from './instance.ts';
import type { Cell, Figures } from './instance.ts';
import { benchLocks } from './locks.ts';
import { measurePeer, readPeer } from './peer.ts';

const OBJECT = 'concoord.object.counter.Counter';
const PLAN = 'increment:1x1,8x8,64x8,256x8,1024x1;read:1x1,64x8';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    plan: { type: 'string' },
    locks: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    object: { type: 'string' },
    peer: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
});

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

async function bench(instance: Instance): Promise<void> {
  const peers = values.peer.map(readPeer);
  const say = values.json ? (): void => undefined : console.log;
  say(
    `${'workload'.padEnd(18)} ${'system'.padEnd(10)}     ops/s    p50 ms    p99 ms    cpu us     ours`,
  );
  for (const cell of readPlan(values.plan ?? PLAN)) {
    const ours: Figures[] = [];
    const theirs = peers.map(() => [] as Figures[]);
    for (let round = 0; round < Number(values.rounds); round++) {
      ours.push(await instance.measure(cell, values.seconds));
      for (const [index, peer] of peers.entries()) {
        theirs[index]?.push(await measurePeer(peer, cell, values.seconds));
      }
    }
    say(row(cell, 'concoord', ours, ours));
    for (const [index, { name }] of peers.entries())
      say(row(cell, name, theirs[index] ?? [], ours));
    if (values.json) console.log(JSON.stringify(medians(ours)));
  }
}

async function benchCounter(): Promise<void> {
  const instance = new Instance(values.memory ? 'memory' : 'disks');
  try {
    await instance.start(values.object ?? OBJECT);
    await bench(instance);
  } finally {
    instance.stop();
  }
}

if (values.locks) await benchLocks({ ...values, rounds: Number(values.rounds) });
else await benchCounter();
