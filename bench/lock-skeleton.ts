/**
 * The least code that hands a lock on durably: what a hand-over costs in Node.js on this machine, whatever is
 * built around it. No sessions, leases, elections, repetitions or checks: this is a measure, and no lock.
 *
 *     node lock-skeleton.ts leader PORT FILE disks|memory FOLLOWER_PORT FOLLOWER_PORT
 *     node lock-skeleton.ts follower PORT FILE disks|memory
 *
 * A client sends a byte, `ACQUIRE` or `RELEASE`, and receives one when it is done. What came in one turn of
 * the event loop is one record: the leader sends it to both followers, writes and syncs it, as they do, and
 * carries it out when two of the three have.
 */
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

export const ACQUIRE = 1;
export const RELEASE = 2;
const DONE = Buffer.from([1]);
/** Slot, length, and then two bytes for a request: who, what. */
const HEADER_BYTES = 8;
const FILE_BYTES = 4 << 20;

/** Writes in place, over bytes that are on the disk already. */
class LogFile {
  readonly #file: number;
  readonly #syncs: boolean;
  #at = 0;

  constructor(path: string, mode: string) {
    this.#file = openSync(path, 'w');
    this.#syncs = mode === 'disks';
    writeSync(this.#file, Buffer.alloc(FILE_BYTES));
    fdatasyncSync(this.#file);
  }

  append(bytes: Uint8Array): void {
    if (this.#at + bytes.length > FILE_BYTES) this.#at = 0;
    writeSync(this.#file, bytes, 0, bytes.length, this.#at);
    this.#at += bytes.length;
    if (this.#syncs) fdatasyncSync(this.#file);
  }
}

/** Gives whole records to `take`, however they arrive. */
function records(take: (slot: number, record: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length >= HEADER_BYTES) {
      const length = HEADER_BYTES + bytes.readUInt32LE(4);
      if (bytes.length < length) break;
      take(bytes.readUInt32LE(0), bytes.subarray(0, length));
      bytes = bytes.subarray(length);
    }
    rest = bytes;
  };
}

function follow(port: number, log: LogFile): void {
  const server = createServer({ noDelay: true }, (leader) => {
    const onRecord = (slot: number, record: Buffer): void => {
      log.append(record);
      const acknowledgement = Buffer.alloc(HEADER_BYTES);
      acknowledgement.writeUInt32LE(slot, 0);
      leader.write(acknowledgement);
    };
    leader.on('data', records(onRecord)).on('error', () => undefined);
  });
  server.listen(port, '127.0.0.1', () => process.stdout.write('ready\n'));
}

function lead(port: number, log: LogFile, followers: readonly Socket[]): void {
  const clients: Socket[] = [];
  const line: number[] = [];
  const slots = new Map<number, { readonly requests: readonly number[]; votes: number }>();
  let owner: number | undefined;
  let gathered: number[] = [];
  let last = 0;
  let next = 1;

  const execute = (who: number, what: number): void => {
    if (what === RELEASE) {
      clients[who]?.write(DONE);
      owner = line.shift();
    } else if (owner === undefined) owner = who;
    else return void line.push(who);
    if (owner !== undefined) clients[owner]?.write(DONE);
  };
  const vote = (slot: number): void => {
    const voted = slots.get(slot);
    if (voted !== undefined) voted.votes++;
    for (let ready = slots.get(next); ready !== undefined && ready.votes >= 2;) {
      slots.delete(next++);
      const { requests } = ready;
      for (let i = 0; i < requests.length; i += 2) execute(requests[i] ?? 0, requests[i + 1] ?? 0);
      ready = slots.get(next);
    }
  };
  const ship = (): void => {
    const slot = ++last;
    const record = Buffer.alloc(HEADER_BYTES + gathered.length);
    record.writeUInt32LE(slot, 0);
    record.writeUInt32LE(gathered.length, 4);
    record.set(gathered, HEADER_BYTES);
    slots.set(slot, { requests: gathered, votes: 0 });
    gathered = [];
    for (const follower of followers) follower.write(record);
    log.append(record);
    vote(slot);
  };
  for (const follower of followers) follower.on('data', records(vote));
  const server = createServer({ noDelay: true }, (client) => {
    const who = clients.push(client) - 1;
    client
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => {
        if (gathered.length === 0) setImmediate(ship);
        for (const what of bytes) gathered.push(who, what);
      });
  });
  server.listen(port, '127.0.0.1', () => process.stdout.write('ready\n'));
}

if (import.meta.main) {
  const [role, port, path = '', mode = 'disks', ...followers] = process.argv.slice(2);
  const log = new LogFile(path, mode);
  const toFollower = (at: string): Socket =>
    connect({ port: Number(at), host: '127.0.0.1', noDelay: true });
  if (role === 'follower') follow(Number(port), log);
  else lead(Number(port), log, followers.map(toFollower));
}
