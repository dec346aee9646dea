import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';

/** Listens, and is never there again to take what comes. */
const SOURCE = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;
/** More than a system queues for a backlog of 1. */
const QUEUED = 4;

/** A port at which connections are neither made nor refused, as at a machine without power. */
export class BlackHole implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #fillers: readonly Socket[];

  private constructor(child: ChildProcess, port: number) {
    this.port = port;
    this.#child = child;
    this.#fillers = Array.from({ length: QUEUED }, () =>
      createConnection({ host: '127.0.0.1', port }).on('error', () => undefined),
    );
  }

  /** Returns once the queue of the system is full. */
  static async start(): Promise<BlackHole> {
    const child = spawn(process.execPath, ['-e', SOURCE], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    const hole = new BlackHole(child, Number(port.toString()));
    await Promise.race(hole.#fillers.map((filler) => once(filler, 'connect')));
    return hole;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const filler of this.#fillers) filler.destroy();
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }
}
