import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Logger } from '../platform/index.ts';
import { LogDaemon } from './daemon.ts';
import type { LogDaemonOptions } from './daemon.ts';
import { LogShipper } from './shipper.ts';
import type { ShipperOptions } from './shipper.ts';
import { LogNumbers } from './streams.ts';

/** Lines that come in, and whoever waits for one. */
export class Lines {
  readonly all: string[] = [];
  readonly #watchers = new Set<() => void>();

  add(line: string): void {
    this.all.push(line);
    for (const look of this.#watchers) look();
  }

  /** The first line that was or will be added and fits. */
  async found(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const line = this.all.find((one) => pattern.test(one));
        if (line === undefined) return;
        this.#watchers.delete(look);
        resolve(line);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Resolves when there are so many. */
  async count(number: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.all.length < number) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}

export function loggerTo(lines: Lines): Logger {
  const add = (line: string): void => lines.add(line);
  return { debug: add, info: add, warn: add };
}

export interface StartedDaemon {
  readonly daemon: LogDaemon;
  readonly port: number;
  /** Without their ends. */
  readonly records: Lines;
  /** What it says of itself. */
  readonly said: Lines;
}

/** A daemon in this process. */
export async function startDaemon(
  t: TestContext,
  options: Partial<LogDaemonOptions> = {},
): Promise<StartedDaemon> {
  const [records, said] = [new Lines(), new Lines()];
  const daemon = new LogDaemon({
    host: '127.0.0.1',
    port: 0,
    reporter: loggerTo(said),
    numbers: new LogNumbers(),
    write: async (written) => written.forEach((record) => records.add(record.replace(/\n$/, ''))),
    ...options,
  });
  const address = await daemon.listen();
  t.after(() => daemon.close());
  return { daemon, port: Number(address.split(':').at(-1)), records, said };
}

export interface StartedShipper {
  readonly shipper: LogShipper;
  readonly said: Lines;
  readonly ship: (message: string) => void;
}

export function startShipper(
  t: TestContext,
  port: number,
  options: Partial<ShipperOptions> = {},
): StartedShipper {
  const said = new Lines();
  const replica = '127.0.0.1:14000';
  const reporter = loggerTo(said);
  const shipper = new LogShipper({
    host: '127.0.0.1',
    port,
    replica,
    reporter,
    retryMs: 10,
    ...options,
  });
  t.after(() => shipper.close(0));
  const ship = (message: string): void => {
    shipper.ship({ time: new Date().toISOString(), level: 'info', replica, message });
  };
  return { shipper, said, ship };
}

/** A connection of somebody who is no replica. */
export async function dial(
  t: TestContext,
  port: number,
): Promise<{ socket: Socket; heard: Lines }> {
  const socket = connect({ port, host: '127.0.0.1' });
  const heard = new Lines();
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  readLines(socket, heard);
  await once(socket, 'connect');
  return { socket, heard };
}

/** Somebody who listens, and is no daemon of ours. */
export async function listen(
  t: TestContext,
  onConnection: (socket: Socket) => void,
): Promise<{ port: number; server: Server; heard: Lines }> {
  const heard = new Lines();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    readLines(socket, heard);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, server, heard };
}

function readLines(socket: Socket, heard: Lines): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) heard.add(line);
  });
}

/** The message of a record, or the record. */
export function messageOf(record: string): string {
  const line = record.slice(record.indexOf('{'));
  return record.includes('{') ? String(JSON.parse(line).message) : record;
}
