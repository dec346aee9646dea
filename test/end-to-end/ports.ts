import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range from which systems take the near end of outgoing connections: a replica that is killed
 * must find its port free again, and whoever dials the port of a dead one must not meet itself.
 */
const FIRST = 16_000;
const BEYOND = 32_000;

const taken = new Set<number>();

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen({ port, host, exclusive: true });
  try {
    await listening;
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** A port that nobody uses, and that this process has not given out before. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, BEYOND);
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port, host)) return port;
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
