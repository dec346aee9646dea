import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { ConCoordError, present } from '../base/index.ts';
import { joinAddress, SparingWarnings } from '../platform/index.ts';
import type { Logger } from '../platform/index.ts';
import { Intake } from './intake.ts';
import { DAEMON, recordOf } from './ledger.ts';
import { GREETING, haveOf, logOfHello, numberOf } from './line.ts';
import type { LogId } from './line.ts';
import type { LogNumbers } from './streams.ts';

export interface LogDaemonOptions {
  readonly host: string;
  readonly port: number;
  /** What happens to the daemon itself. */
  readonly reporter: Logger;
  /** Writes records in their order; resolves when they are written, and then so are those before. */
  readonly write: (records: readonly string[]) => Promise<void>;
  /** What is known of earlier lines. */
  readonly numbers: LogNumbers;
  readonly mostConnections?: number;
  /** For tests: how long a connection may say nothing whole. */
  readonly patienceMs?: number;
}

/** Each may hold a line of 64 KiB that does not end. */
const MOST_CONNECTIONS = 1024;
/** Whoever connects says something within this time; replicas do at once. */
const PATIENCE_MS = 60_000;
/** Records that wait to be written: beyond, nobody is listened to until half of them are. */
const MOST_WAITING = 8 * 1024 * 1024;
/** So much is written at once. */
const BATCH_BYTES = 1024 * 1024;
/** Who is not accepted yet; of more the system drops the end of the handshake, and they never hear of it. */
const ACCEPT_BACKLOG = 4096;
/** Confirmations that a connection has not read. */
const MOST_UNREAD = 64 * 1024;

interface Peer {
  readonly socket: Socket;
  readonly source: string;
  readonly intake: Intake;
  /** Its log, when it is a replica that wants to know what was written. */
  log: LogId | undefined;
  /** Whether something is to be confirmed to it. */
  isOwed: boolean;
}

/** Makes one stream of the lines that many send. */
export class LogDaemon {
  readonly #options: LogDaemonOptions;
  readonly #server: Server;
  readonly #warnings: SparingWarnings;
  readonly #peers = new Set<Peer>();
  readonly #byLog = new Map<LogId, Peer>();
  #waiting: string[] = [];
  #waitingBytes = 0;
  #isPaused = false;
  #writing: Promise<void> | undefined;
  #arrivedAt = 0;
  #arrived = '';

  constructor(options: LogDaemonOptions) {
    this.#options = options;
    this.#warnings = new SparingWarnings(options.reporter);
    this.#server = createServer((socket) => this.#onConnection(socket));
  }

  /** @throws ConCoordError when it cannot listen there. Returns the address. */
  async listen(): Promise<string> {
    const { host, port } = this.#options;
    this.#server.listen({ host, port, backlog: ACCEPT_BACKLOG });
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      const text = `cannot listen at ${joinAddress(host, port)}: ${code}`;
      if (code === 'EADDRINUSE') throw new ConCoordError('ADDRESS_IN_USE', text);
      const remedy = 'Give an address of this machine with --addr, and a free port with --port.';
      throw new ConCoordError('CONNECTION', text, { cause: error, remedy });
    }
    this.#server.on('error', (error) =>
      this.#warnings.warn('accept', `cannot accept: ${error.message}`),
    );
    const address = this.#server.address() as AddressInfo;
    return joinAddress(host, address.port);
  }

  /** Writes what has arrived, and lets everybody go. */
  async close(): Promise<void> {
    this.#server.close();
    for (const peer of this.#peers) peer.socket.pause();
    while (this.#writing !== undefined) await this.#writing;
    for (const { socket } of this.#peers) socket.destroySoon();
  }

  #onConnection(socket: Socket): void {
    const source = joinAddress(
      (socket.remoteAddress ?? '?').replace(/^::ffff:/, ''),
      socket.remotePort ?? 0,
    );
    socket.on('error', () => undefined);
    const {
      mostConnections = MOST_CONNECTIONS,
      patienceMs = PATIENCE_MS,
      reporter,
    } = this.#options;
    if (this.#peers.size >= mostConnections) {
      this.#warnings.warn('many', `${mostConnections} connections are open: ${source} was refused`);
      socket.destroy();
      return;
    }
    const peer: Peer = { socket, source, intake: new Intake(), log: undefined, isOwed: false };
    this.#peers.add(peer);
    reporter.debug(`accepted a connection from ${source}`);
    socket.write(`${GREETING}\n`);
    socket.setKeepAlive(true, 10_000);
    const impatience = setTimeout(() => {
      this.#warnings.warn('idle', `${source} said nothing for ${patienceMs} ms, and was let go`);
      socket.destroy();
    }, patienceMs).unref();
    socket.on('data', (bytes: Buffer) => {
      const lines = peer.intake.take(bytes);
      if (lines.length > 0) clearTimeout(impatience);
      this.#onLines(peer, lines);
    });
    socket.on('close', () => {
      clearTimeout(impatience);
      this.#onClose(peer);
    });
    if (this.#isPaused) socket.pause();
  }

  #onLines(peer: Peer, lines: readonly string[]): void {
    for (const line of lines) {
      // Once: a connection is of one replica.
      const log = peer.log === undefined ? logOfHello(line) : undefined;
      if (log !== undefined) this.#onHello(peer, log);
      else this.#onLine(peer, line);
    }
    if (this.#waitingBytes > MOST_WAITING && !this.#isPaused) {
      this.#isPaused = true;
      for (const { socket } of this.#peers) socket.pause();
    }
    this.#writing ??= this.#writeAll();
  }

  #onHello(peer: Peer, log: LogId): void {
    // Its earlier connection is gone, though we have not heard of it yet.
    const before = this.#byLog.get(log);
    if (before !== undefined && before !== peer) before.socket.destroy();
    this.#byLog.set(log, peer);
    peer.log = log;
    peer.isOwed = true;
  }

  #onLine(peer: Peer, line: string): void {
    const number = numberOf(line);
    if (number !== undefined) {
      // A replica that connected again: what comes late on the old connection comes on the new one, too.
      if (peer.log !== undefined && this.#byLog.get(peer.log) !== peer) return;
      peer.isOwed = true;
      const verdict = this.#options.numbers.note(number);
      if (verdict.kind === 'known') return;
      if (verdict.kind === 'gap')
        this.#record(DAEMON, `${peer.source}: ${verdict.missing} lines missing`);
    }
    if (line !== '') this.#record(peer.source, line);
  }

  #record(source: string, line: string): void {
    const now = Date.now();
    if (now !== this.#arrivedAt) {
      this.#arrivedAt = now;
      this.#arrived = new Date(now).toISOString();
    }
    const record = recordOf(this.#arrived, source, line);
    this.#waiting.push(record);
    this.#waitingBytes += record.length;
  }

  async #writeAll(): Promise<void> {
    // What arrives in the same turn is written together.
    await new Promise((resolve) => setImmediate(resolve));
    do {
      const batch = this.#waiting;
      this.#waiting = [];
      // Everything that was heard up to now is in the batch.
      const owed = [...this.#peers].filter(({ isOwed }) => isOwed);
      const confirmed = owed.map((peer) => this.#options.numbers.last(peer.log ?? ''));
      for (const peer of owed) peer.isOwed = false;
      for (const part of inParts(batch)) await this.#options.write(part);
      this.#waitingBytes -= batch.reduce((bytes, { length }) => bytes + length, 0);
      for (const [index, peer] of owed.entries()) {
        this.#confirm(peer, present(confirmed[index], 'the number to confirm'));
      }
      if (this.#isPaused && this.#waitingBytes < MOST_WAITING / 2) {
        this.#isPaused = false;
        for (const { socket } of this.#peers) socket.resume();
      }
    } while (this.#waiting.length > 0 || [...this.#peers].some(({ isOwed }) => isOwed));
    this.#writing = undefined;
  }

  #confirm({ socket, log }: Peer, number: number): void {
    if (log === undefined || socket.destroyed) return;
    socket.write(`${haveOf(log, number)}\n`);
    if (socket.writableLength > MOST_UNREAD) socket.destroy();
  }

  #onClose(peer: Peer): void {
    this.#peers.delete(peer);
    // A line of a replica that has no end comes again; others will not repeat theirs.
    const rest = peer.intake.end();
    if (rest !== undefined && peer.log === undefined && numberOf(rest) === undefined)
      this.#onLines(peer, [rest]);
    if (peer.log !== undefined && this.#byLog.get(peer.log) === peer) this.#byLog.delete(peer.log);
  }
}

function* inParts(records: readonly string[]): Generator<readonly string[]> {
  let from = 0;
  let bytes = 0;
  for (const [index, record] of records.entries()) {
    bytes += record.length;
    if (bytes < BATCH_BYTES) continue;
    yield records.slice(from, index + 1);
    from = index + 1;
    bytes = 0;
  }
  if (from < records.length) yield records.slice(from);
}
