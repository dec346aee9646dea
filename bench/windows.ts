/**
 * Two versions of this project side by side, in windows of some hundred milliseconds that take turns:
 * machines are noisy for seconds and minutes, and a window is as noisy as its neighbour. Both are built
 * checkouts; each has three replicas with disks and its own client engine, all clients in this process.
 *
 *     npm run bench:windows -- ../before --plan='lock:1x1;lock-contended:8x8;increment:64x8'
 *     npm run bench:windows -- . --windows=100 --ms=300     # the same version twice: how much to believe
 *
 * `lock` and `lock-contended` count pairs of acquire and release of one lock, `increment` and `read` calls of
 * a counter. Ratios are ours to theirs: of all windows together, and the median of neighbours.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { Instance, median, readPlan } from './instance.ts';
import type { Cell } from './instance.ts';

const OURS = resolve(import.meta.dirname, '..');
const WARM_UP_MS = 3000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    windows: { type: 'string', default: '60' },
    ms: { type: 'string', default: '400' },
    plan: { type: 'string', default: 'lock:1x1;lock-contended:8x8' },
  },
});

/** One method, or acquire and release. */
type Call = () => Promise<unknown>;
type Proxy = { readonly [method in 'acquire' | 'release' | 'increment' | 'getvalue']: Call } & {
  close(): unknown;
};
type ProxyClass = new (bootstrap: string) => Proxy;

interface Side {
  readonly instance: Instance;
  readonly proxies: readonly Proxy[];
  /** Calls per second of each window. */
  readonly rates: number[];
}

async function open(root: string, { workload, connections }: Cell): Promise<Side> {
  const [file, name] = workload.startsWith('lock') ? ['lock', 'Lock'] : ['counter', 'Counter'];
  const instance = new Instance('disks', { root });
  await instance.start(`concoord.object.${file}.${name}`);
  const module: unknown = await import(pathToFileURL(`${root}/dist/proxy/${file}.js`).href);
  const ProxyOf = (module as Readonly<Record<string, ProxyClass>>)[name];
  if (ProxyOf === undefined) throw new Error(`${root} has no proxy ${name}: build it`);
  const proxies = Array.from({ length: connections }, () => new ProxyOf(instance.bootstrap));
  return { instance, proxies, rates: [] };
}

function callOf(proxy: Proxy, workload: string): Call {
  if (workload === 'increment') return () => proxy.increment();
  if (workload === 'read') return () => proxy.getvalue();
  return async () => {
    await proxy.acquire();
    await proxy.release();
  };
}

/** Calls per second of a window. */
async function load({ proxies }: Side, cell: Cell, ms: number): Promise<number> {
  const began = performance.now();
  let count = 0;
  const callers = Array.from({ length: cell.callers }, async (_, index) => {
    const call = callOf(proxies[index % proxies.length] as Proxy, cell.workload);
    while (performance.now() < began + ms) {
      await call();
      count++;
    }
  });
  await Promise.all(callers);
  return (count / (performance.now() - began)) * 1000;
}

async function compare(cell: Cell, theirs: Side, ours: Side): Promise<void> {
  for (const side of [theirs, ours]) await load(side, cell, WARM_UP_MS);
  for (let window = 0; window < Number(values.windows); window++) {
    const order = window % 2 === 0 ? [theirs, ours] : [ours, theirs];
    for (const side of order) side.rates.push(await load(side, cell, Number(values.ms)));
  }
  const sum = (rates: readonly number[]): number => rates.reduce((all, one) => all + one, 0);
  const neighbours = median(ours.rates.map((rate, at) => rate / (theirs.rates[at] ?? Number.NaN)));
  const columns = [
    `${cell.workload} ${cell.callers}x${cell.connections}`.padEnd(20),
    ...[theirs, ours].map(({ rates }) => (sum(rates) / rates.length).toFixed(0).padStart(9)),
    (sum(ours.rates) / sum(theirs.rates)).toFixed(2).padStart(9),
    neighbours.toFixed(2).padStart(9),
  ];
  console.log(columns.join(''));
}

const [before] = positionals;
if (before === undefined) throw new Error('name the checkout to compare with');
console.log('load'.padEnd(20), '  theirs     ours    ratio   median');
for (const cell of readPlan(values.plan)) {
  const sides: Side[] = [];
  try {
    for (const root of [resolve(before), OURS]) sides.push(await open(root, cell));
    const [theirs, ours] = sides;
    if (theirs !== undefined && ours !== undefined) await compare(cell, theirs, ours);
  } finally {
    for (const { instance, proxies } of sides) {
      for (const proxy of proxies) await proxy.close();
      instance.stop();
    }
  }
}
