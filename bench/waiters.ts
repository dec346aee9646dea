/**
 * What callers cost that wait: `node bench/waiters.ts --waiters=10,10000 --seconds=5` starts a replica, lets so
 * many flows wait for one lock, and prints the heap of the replica for each of them, and the processor time of
 * the replica for a hand-over while all others go on waiting. The flows are those of 20 sessions.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Lock } from '../src/proxy/lock.ts';
import { EXECUTABLE, freePorts, processorTime } from './instance.ts';

const SESSIONS = 20;
const OBJECT = 'concoord.object.lock.Lock';

const { values } = parseArgs({
  options: {
    waiters: { type: 'string', default: '10,10000' },
    seconds: { type: 'string', default: '5' },
  },
});

/** Asks the replica by the protocol of its debugger. */
async function heapBytes(inspector: WebSocket): Promise<number> {
  const ask = async (method: string): Promise<{ readonly usedSize?: number }> => {
    const id = Math.floor(Math.random() * 2 ** 31);
    const answer = new Promise<string>((resolve) => {
      const listen = ({ data }: MessageEvent): void => {
        if ((JSON.parse(String(data)) as { id?: number }).id !== id) return;
        inspector.removeEventListener('message', listen);
        resolve(String(data));
      };
      inspector.addEventListener('message', listen);
    });
    inspector.send(JSON.stringify({ id, method }));
    return (JSON.parse(await answer) as { result: { usedSize?: number } }).result;
  };
  for (let i = 0; i < 3; i++) await ask('HeapProfiler.collectGarbage');
  return (await ask('Runtime.getHeapUsage')).usedSize ?? Number.NaN;
}

async function startReplica(port: number): Promise<{ child: ChildProcess; url: string }> {
  const args = ['--inspect=127.0.0.1:0', EXECUTABLE, 'replica', '-p', String(port), '-o', OBJECT];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [debuggerLine] = (await once(child.stderr, 'data')) as [Buffer];
  child.stderr.resume();
  const [, url = ''] = /(ws:\S+)/u.exec(String(debuggerLine)) ?? [];
  await once(child.stdout, 'data');
  child.stdout.resume();
  return { child, url };
}

async function measure(waiters: number): Promise<string> {
  const [port = 0] = await freePorts(1);
  const { child, url } = await startReplica(port);
  const inspector = new WebSocket(url);
  await once(inspector, 'open');
  const locks = Array.from({ length: SESSIONS }, () => new Lock(`127.0.0.1:${port}`));
  const first = new Lock(`127.0.0.1:${port}`);
  await first.acquire();
  await Promise.all(locks.map((lock) => lock.locked()));
  const before = await heapBytes(inspector);
  const state = { running: true, handovers: 0 };
  const flow = async (lock: Lock, owner: string): Promise<void> => {
    while (state.running) {
      await lock.acquire({ owner });
      state.handovers++;
      await lock.release({ owner });
    }
  };
  for (let i = 0; i < waiters; i++) {
    const lock = locks[i % SESSIONS] as Lock;
    flow(lock, `flow ${i}`).catch(() => undefined);
  }
  const last = await first.with({ timeoutMs: 60_000 }).acquire({ owner: 'x', timeoutMs: 2000 });
  if (last) throw new Error('nobody has given the lock back');
  const after = await heapBytes(inspector);
  await first.release();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const [cpu, count] = [processorTime([child]), state.handovers];
  await new Promise((resolve) => setTimeout(resolve, Number(values.seconds) * 1000));
  const perHandover = (processorTime([child]) - cpu) / (state.handovers - count);
  state.running = false;
  inspector.close();
  child.kill('SIGKILL');
  const bytes = Math.round((after - before) / waiters);
  return `${waiters} waiters: ${bytes} bytes of heap for each, ${perHandover.toFixed(1)} µs for a hand-over`;
}

for (const waiters of values.waiters.split(',')) console.log(await measure(Number(waiters)));
process.exit();
