/**
 * `npm run bench:flood`: what a flood of queries to a name server costs those who call the object.
 *
 *     npm run bench:flood -- --rates=1000,10000,50000 --rounds=5 --seconds=4
 *
 * Three replicas in memory, all name servers, and eight callers that rest 5 ms between calls. Each round has
 * three stretches: quiet; a process that sends SRV queries over UDP to where nobody listens, since a sender
 * on this machine takes processor time that a real one takes elsewhere; and the same to the name server of
 * the leader. A line for each rate: p99 of the calls in each, the ratio of the last two (each the median of
 * the rounds), what was sent and what was answered in a second.
 */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encode } from 'dns-packet';
import { EXECUTABLE, median } from './instance.ts';
import { Counter } from '../src/proxy/counter.ts';

const DOMAIN = 'flood.test';
const CALLERS = 8;
const REST_MS = 5;
const HOST = '127.0.0.1';
const FIRST_PORT = 14_600;
const DNS_PORT = 15_600;
/** Nobody listens there. */
const NOWHERE = 9;

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '1000,10000,50000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    send: { type: 'string' },
    to: { type: 'string', default: '' },
  },
});
const stretchMs = 1000 * Number(values.seconds);

/** Sends as many queries in a second, and tells in the end how many went out and came back. */
async function send(rate: number): Promise<void> {
  const socket = createSocket({ type: 'udp4', sendBufferSize: 1 << 20 });
  let received = 0;
  socket.on('message', () => received++).on('error', () => undefined);
  const query = encode({
    id: 1,
    questions: [{ name: `_concoord._tcp.${DOMAIN}`, type: 'SRV' }],
  });
  const start = performance.now();
  let sent = 0;
  while (performance.now() - start < stretchMs) {
    const due = Math.floor(((performance.now() - start) / 1000) * rate);
    for (; sent < due; sent++) socket.send(query, Number(values.to), HOST);
    await pause(1);
  }
  process.send?.({ sent, received });
  socket.close();
  process.disconnect();
}

interface Sent {
  readonly sent: number;
  readonly received: number;
}

interface Round extends Sent {
  readonly quiet: number;
  readonly aside: number;
  readonly flooded: number;
}

async function flood(rate: number, port: number): Promise<Sent> {
  const words = [`--send=${rate}`, `--to=${port}`, `--seconds=${values.seconds}`];
  const sender = fork(fileURLToPath(import.meta.url), words);
  const [message] = (await once(sender, 'message')) as [Sent];
  return message;
}

/** The 99th percentile of the calls that begin while `work` is under way, ms. */
async function p99(counters: readonly Counter[], work: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  const took: number[] = [];
  const loops = counters.map(async (counter) => {
    while (!over.signal.aborted) {
      const start = performance.now();
      await counter.increment();
      took.push(performance.now() - start);
      await pause(REST_MS);
    }
  });
  await work;
  over.abort();
  await Promise.all(loops);
  return took.sort((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? Number.NaN;
}

async function startReplicas(): Promise<() => void> {
  const running: ChildProcess[] = [];
  for (const at of [0, 1, 2]) {
    const role =
      at === 0 ? ['-o', 'concoord.object.counter.Counter'] : ['-b', `${HOST}:${FIRST_PORT}`];
    const place = ['-p', String(FIRST_PORT + at), '--dns-port', String(DNS_PORT + at)];
    const flags = ['replica', '-n', DOMAIN, ...place, ...role];
    const replica = spawn(process.execPath, [EXECUTABLE, ...flags], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    running.push(replica);
    await once(replica.stdout, 'data');
  }
  return () => running.forEach((replica) => replica.kill('SIGKILL'));
}

async function main(): Promise<void> {
  const stop = await startReplicas();
  const counters = Array.from({ length: CALLERS }, () => new Counter(`${HOST}:${FIRST_PORT}`));
  await p99(counters, pause(stretchMs));
  console.log('rate/s  quiet p99 ms  aside p99 ms  flood p99 ms  ratio  sent/s  answered/s');
  for (const rate of values.rates.split(',').map(Number)) {
    const rounds: Round[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const quiet = await p99(counters, pause(stretchMs));
      const aside = await p99(counters, flood(rate, NOWHERE));
      const work = flood(rate, DNS_PORT);
      rounds.push({ quiet, aside, flooded: await p99(counters, work), ...(await work) });
    }
    const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
    const perSecond = 1000 / stretchMs;
    const cells = [
      of(({ quiet }) => quiet).toFixed(2),
      of(({ aside }) => aside).toFixed(2),
      of(({ flooded }) => flooded).toFixed(2),
      of(({ aside, flooded }) => flooded / aside).toFixed(2),
      (of(({ sent }) => sent) * perSecond).toFixed(0),
      (of(({ received }) => received) * perSecond).toFixed(0),
    ];
    console.log([String(rate), ...cells].join('  '));
  }
  for (const counter of counters) await counter.close();
  stop();
}

await (values.send === undefined ? main() : send(Number(values.send)));
