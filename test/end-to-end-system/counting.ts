/** Counts through a proxy, call after call, until its input ends; then says what it and the counter have. */
import { once } from 'node:events';
import { Counter } from '../../src/proxy/counter.ts';

const [bootstrap = ''] = process.argv.slice(2);
const counter = new Counter(bootstrap);
const told = new AbortController();
const ends = once(process.stdin.resume(), 'end').then(() => told.abort());
let calls = 0;
while (!told.signal.aborted) {
  await counter.increment();
  calls++;
  process.stdout.write(`counted ${calls}\n`);
}
await ends;
process.stdout.write(`in the end ${calls} ${await counter.getvalue()}\n`);
await counter.close();
