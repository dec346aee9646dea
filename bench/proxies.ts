/**
 * `npm run bench:proxies`: the four types of proxies, as `concoord object -p N` writes them for `counter.ts`,
 * take turns on three replicas in memory that run this class of a user.
 *
 *     npm run bench:proxies -- --types=1,2 --plan='increment:1000x1,1000x8' --rounds=3 --seconds=4
 *
 * Columns: calls/s, p50, processor time of all processes for a call and of the client alone, frames sent and
 * received for a call (test/end-to-end/frames.ts says what a frame is); then calls/s, processor time and
 * frames as ratios to those of the first type. Each is the median of the rounds. `apart` and `together` are
 * explained in load.ts.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CLASSES, EXECUTABLE, Instance, median, readPlan } from './instance.ts';
import type { Cell, Figures } from './instance.ts';

const CLIENT = new URL('../dist/client/index.js', import.meta.url);
const OBJECT = 'counter.Counter';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    types: { type: 'string', default: '1,2,3,0' },
    plan: { type: 'string', default: 'increment:1000x1,1000x8' },
    callbacks: { type: 'string', default: 'apart,together' },
  },
});

/** The package as programs in this folder import it. */
function installClient(folder: string): void {
  const home = join(folder, 'node_modules/concoord');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(join(home, 'index.js'), `export * from '${CLIENT.href}';\n`);
}

function writeProxy(folder: string, type: string): string {
  const args = [EXECUTABLE, 'object', '-o', OBJECT, '-p', type, '--out', `proxy-${type}`];
  execFileSync(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, CONCOORD_PATH: CLASSES },
  });
  return join(folder, `proxy-${type}`, 'counterproxy.ts');
}

const FIGURES = {
  'calls/s': ({ ops_s }: Figures) => ops_s,
  'p50 ms': ({ p50_ms }: Figures) => p50_ms,
  'cpu us': ({ cpu_us = Number.NaN, client_cpu_us = Number.NaN }: Figures) =>
    cpu_us + client_cpu_us,
  'client us': ({ client_cpu_us = Number.NaN }: Figures) => client_cpu_us,
  sent: ({ sent = Number.NaN }: Figures) => sent,
  received: ({ received = Number.NaN }: Figures) => received,
  frames: ({ received = Number.NaN, sent = Number.NaN }: Figures) => sent + received,
} as const;
const RATIOS = ['calls/s', 'cpu us', 'frames'] as const;

function format(value: number): string {
  const digits = value >= 1000 ? 0 : value >= 1 ? 2 : 4;
  return value.toFixed(digits).padStart(10);
}

function row(name: string, figures: readonly Figures[], first: readonly Figures[]): string {
  const columns = Object.values(FIGURES).map((of) => format(median(figures.map(of))));
  const ratios = RATIOS.map((key) => {
    const of = FIGURES[key];
    return format(median(figures.map((one, at) => of(one) / of(first[at] ?? one))));
  });
  return [name.padEnd(32), ...columns, ...ratios].join('');
}

async function compare(instance: Instance, cell: Cell, callbacks: string): Promise<void> {
  const systems = values.types.split(',').map((type) => {
    const path = join(instance.folder, `proxy-${type}`, 'counterproxy.ts');
    return { type, path, figures: [] as Figures[] };
  });
  for (let round = 0; round < Number(values.rounds); round++) {
    // Who comes later finds warmer replicas.
    for (const { path, figures } of round % 2 === 0 ? systems : systems.toReversed()) {
      const flags = [`--proxy=${path}`, `--callbacks=${callbacks}`];
      figures.push(await instance.measure(cell, values.seconds, flags));
    }
  }
  const { workload, callers, connections } = cell;
  for (const { type, figures } of systems) {
    const name = `${workload} ${callers}x${connections} ${callbacks} type ${type}`;
    console.log(row(name, figures, systems[0]?.figures ?? []));
  }
}

const instance = new Instance('memory');
try {
  installClient(instance.folder);
  for (const type of values.types.split(',')) writeProxy(instance.folder, type);
  await instance.start(OBJECT);
  const names = [...Object.keys(FIGURES), ...RATIOS.map((key) => `${key} x`)];
  console.log(['load'.padEnd(32), ...names.map((name) => name.padStart(10))].join(''));
  for (const cell of readPlan(values.plan)) {
    for (const callbacks of values.callbacks.split(',')) await compare(instance, cell, callbacks);
  }
} finally {
  instance.stop();
}
