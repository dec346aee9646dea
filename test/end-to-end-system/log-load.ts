/**
 * A process that logs as a replica does, so many lines a second. Arguments: port of the daemon, name of the
 * replica, lines a second, seconds, bytes that may wait. Prints `second N`, and at the end what became of its
 * lines.
 */
import { LogShipper } from '../../src/logging/index.ts';

const PATIENCE_MS = 60_000;
const TICKS = 50;

// The test that started us holds the other end: however it ends, we are gone with it.
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
process.stdin.on('error', () => process.kill(process.pid, 'SIGKILL'));
(process.stdin as unknown as { unref: () => void }).unref();

const [port, replica = '', rate, seconds, mostBytes] = process.argv.slice(2);
const total = Number(rate) * Number(seconds);
const nothing = (): void => undefined;
const shipper = new LogShipper({
  host: '127.0.0.1',
  port: Number(port),
  replica,
  reporter: { info: nothing, warn: nothing },
  mostBytes: Number(mostBytes),
});

const begun = performance.now();
let said = 0;
let most = 0;
let longest = 0;
await new Promise<void>((resolve) => {
  let count = 0;
  const timer = setInterval(() => {
    const elapsed = performance.now() - begun;
    const due = Math.min(total, Math.floor((elapsed / 1000) * Number(rate)));
    const before = performance.now();
    for (; count < due; count++) {
      const time = new Date().toISOString();
      shipper.ship({ time, level: 'info', replica, message: `m${count + 1} of a replica` });
    }
    longest = Math.max(longest, performance.now() - before);
    for (; said < Math.floor(elapsed / 1000); said++) {
      process.stdout.write(`second ${said + 1}\n`);
      most = Math.max(most, process.memoryUsage().rss);
    }
    if (count < total) return;
    clearInterval(timer);
    resolve();
  }, 1000 / TICKS);
});
const report = await shipper.close(PATIENCE_MS);
process.stdout.write(`report ${JSON.stringify({ ...report, most, longest })}\n`);
