/**
 * A closed-loop load on a running instance: every caller waits for its answer, then calls again. Prints one
 * line of JSON. `--proxy` is a generated proxy of a class with `increment` and `getvalue`, else the shipped
 * one. With `--callbacks=apart` every caller goes on in a callback of its own, as programs do whose calls
 * serve different events; otherwise all that were answered together go on together.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { ObjectProxy } from '../src/client/index.ts';
import { Counter as Shipped } from '../src/proxy/counter.ts';
import { FrameCount } from '../test/end-to-end/frames.ts';

const WARM_UP_MS = 1200;

interface Counter extends ObjectProxy {
  increment(): Promise<unknown>;
  getvalue(): Promise<unknown>;
}

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '' },
    workload: { type: 'string', default: 'increment' },
    callers: { type: 'string', default: '1' },
    connections: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '4' },
    proxy: { type: 'string', default: '' },
    callbacks: { type: 'string', default: 'together' },
  },
});

async function proxyClass(): Promise<new (bootstrap: string) => Counter> {
  if (values.proxy === '') return Shipped;
  const module: unknown = await import(pathToFileURL(values.proxy).href);
  return (module as { readonly Counter: new (bootstrap: string) => Counter }).Counter;
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const frames = new FrameCount();
const Proxy = await proxyClass();
const proxies = Array.from(
  { length: Number(values.connections) },
  () => new Proxy(values.bootstrap),
);
const apart = values.callbacks === 'apart';
const reads = values.workload === 'read';
const latencies: number[] = [];
let measuring = false;
const state = { running: true };

async function caller(counter: Counter): Promise<void> {
  while (state.running) {
    const began = performance.now();
    await (reads ? counter.getvalue() : counter.increment());
    if (measuring) latencies.push(performance.now() - began);
    if (apart) await new Promise((resolve) => setImmediate(resolve));
  }
}

const loops = Array.from({ length: Number(values.callers) }, (_, index) =>
  caller(proxies[index % proxies.length] as Counter),
);
await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
const cpuBefore = process.cpuUsage();
const framesBefore = { sent: frames.sent, received: frames.received };
process.stdout.write('measuring\n');
measuring = true;
const began = performance.now();
await new Promise((resolve) => setTimeout(resolve, Number(values.seconds) * 1000));
measuring = false;
process.stdout.write('measured\n');
const elapsedMs = performance.now() - began;
const cpu = process.cpuUsage(cpuBefore);
const sent = frames.sent - framesBefore.sent;
const received = frames.received - framesBefore.received;
state.running = false;
await Promise.all(loops);
await Promise.all(proxies.map((proxy) => proxy.close()));

const calls = Math.max(1, latencies.length);
const sorted = Float64Array.from(latencies).sort();
const round = (value: number): number => Math.round(value * 1000) / 1000;
process.stdout.write(
  `${JSON.stringify({
    ops_s: Math.round(latencies.length / (elapsedMs / 1000)),
    p50_ms: round(percentile(sorted, 0.5)),
    p99_ms: round(percentile(sorted, 0.99)),
    max_ms: round(sorted.at(-1) ?? Number.NaN),
    calls: latencies.length,
    client_cpu_us: round((cpu.user + cpu.system) / calls),
    sent: sent / calls,
    received: received / calls,
  })}\n`,
);
