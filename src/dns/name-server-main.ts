/** The thread in which the name server runs: no packet that comes here can hold up the replica. */
import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../base/index.ts';
import { Listener } from './listener.ts';
import type { FromNameServer, NameServerData, ToNameServer } from './name-server-format.ts';
import { RateLimit } from './rate-limit.ts';
import { Zone } from './zone.ts';

/** Calls go first where there are fewer processors than threads that want one. */
const NICENESS = 10;

const port = present(parentPort ?? undefined, 'the thread that started this one');
const data = workerData as NameServerData;
let zone: Zone | undefined;

const tell = (message: FromNameServer): void => port.postMessage(message);

port.on('message', ({ number, roll }: ToNameServer) => {
  zone = new Zone(data.domain, roll, data.ttl);
  tell({ kind: 'serves', number });
});

giveWay();
await listen();

/** Linux gives each thread a priority of its own; elsewhere all have that of the process. */
function giveWay(): void {
  try {
    const [, thread] = /task\/(\d+)$/.exec(readlinkSync('/proc/thread-self')) ?? [];
    if (thread !== undefined) setPriority(Number(thread), NICENESS);
  } catch {
    // It is as fast as it was.
  }
}

async function listen(): Promise<void> {
  const limits = { udp: aLimit(), tcp: aLimit() };
  let { port: chosen } = data;
  for (const address of data.addresses) {
    try {
      const listener = await Listener.open({ address, port: chosen, limits, zone: () => zone });
      chosen = listener.port;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      return tell({ kind: 'failed', code, address });
    }
  }
  tell({ kind: 'listening', port: chosen });
}

function aLimit(): RateLimit {
  return new RateLimit(data.repliesPerSecond, randomBytes(4).readInt32BE());
}
