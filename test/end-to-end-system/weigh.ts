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
  const { heapUsed, rss } = process.memoryUsage();
  // Without buffers: those of frames and of the log come and go, and are bounded.
  const weight = { heap: heapUsed, rss, cpuMs: { before, after: cpuMs() } };
  writeSync(2, `weight ${++times} ${JSON.stringify(weight)}\n`);
});
