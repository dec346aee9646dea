/**
 * A closed-loop load on a running instance: every caller waits for its answer, then calls again. Prints one
 * line of JSON. Arguments: bootstrap, workload (increment or read), callers, connections, seconds.
 */
import { Counter } from '../src/proxy/counter.ts';

const WARM_UP_MS = 1200;

const [bootstrap = '', workload = 'increment', callers = '1', connections = '1', seconds = '4'] =
  process.argv.slice(2);

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const proxies = Array.from({ length: Number(connections) }, () => new Counter(bootstrap));
const latencies: number[] = [];
let measuring = false;
const state = { running: true };

async function caller(counter: Counter): Promise<void> {
  while (state.running) {
    const began = performance.now();
    if (workload === 'read') await counter.getvalue();
    else await counter.increment();
    if (measuring) latencies.push(performance.now() - began);
  }
}

const loops = Array.from({ length: Number(callers) }, (_, index) =>
  caller(proxies[index % proxies.length] as Counter),
);
await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
const cpuBefore = process.cpuUsage();
measuring = true;
const began = performance.now();
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
measuring = false;
const elapsedMs = performance.now() - began;
const cpu = process.cpuUsage(cpuBefore);
state.running = false;
await Promise.all(loops);
await Promise.all(proxies.map((proxy) => proxy.close()));

const sorted = Float64Array.from(latencies).sort();
const round = (value: number): number => Math.round(value * 1000) / 1000;
process.stdout.write(
  `${JSON.stringify({
    ops_s: Math.round(latencies.length / (elapsedMs / 1000)),
    p50_ms: round(percentile(sorted, 0.5)),
    p99_ms: round(percentile(sorted, 0.99)),
    max_ms: round(sorted.at(-1) ?? Number.NaN),
    client_cpu_us: round((cpu.user + cpu.system) / Math.max(1, latencies.length)),
  })}\n`,
);
