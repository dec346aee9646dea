/** Preloaded into a replica: at SIGUSR2 it collects its garbage, and says what is left and what it did. */
import { writeSync } from 'node:fs';

const collect = (globalThis as { gc?: () => void }).gc;
let times = 0;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

process.on('SIGUSR2', () => {
  const before = cpuMs();
  // What is freed in one pass lets go of more.
  collect?.();
  collect?.();
  const { external, heapUsed, rss } = process.memoryUsage();
  // `external` has the array buffers in it.
  const weight = { heap: heapUsed + external, rss, cpuMs: { before, after: cpuMs() } };
  writeSync(2, `weight ${++times} ${JSON.stringify(weight)}\n`);
});
