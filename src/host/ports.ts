import type { Random } from '../base/index.ts';
import type {
  ClientResponse,
  Command,
  ConnectionId,
  Event,
  LogRecord,
  Member,
  Message,
  Notice,
  ReplicaId,
  Slot,
  SnapshotName,
} from '../paxos/index.ts';

/**
 * The world as the host sees it. Two worlds implement these ports: Node.js (platform/) and the simulator
 * (sim/). Nothing here returns a promise: a completion comes back through `Inbox`, as an event.
 */
export interface Ports {
  readonly log: LogPort;
  readonly snapshots: SnapshotPort;
  readonly peers: PeerPort;
  readonly clients: ClientPort;
  readonly executor: ExecutorPort;
  readonly clock: ClockPort;
  readonly random: Random;
  readonly notices: NoticePort;
}

/** What ports call when something has happened. */
export interface Inbox {
  /** Queues an event for the next turn. */
  push(event: Event): void;
  /** Every record up to this position of the log is durable. */
  durable(position: number): void;
}

/** The write-ahead log. A memory-only replica has one that is durable at once and forgets at the end. */
export interface LogPort {
  /**
   * Queues records for one write and one sync, together with whatever else waits. `position` is that of
   * the last record. Reports by `Inbox.durable`. A failed sync must end the process.
   */
  append(records: readonly LogRecord[], position: number): void;
  /** Records of slots up to `through` may be deleted; promises and commit records must survive. */
  truncate(through: Slot): void;
}

/** Snapshots kept and received. */
export interface SnapshotPort {
  /** Keeps `header` followed by the executor's `state`; reports `snapshotTaken`. Older ones may go. */
  save(slot: Slot, header: Uint8Array, state: Uint8Array): void;
  /**
   * Calls back with the bytes from `offset`, at most `length`, or with undefined when the snapshot is not
   * here any more.
   */
  readChunk(
    snapshot: SnapshotName,
    offset: number,
    length: number,
    done: (chunk: Uint8Array | undefined) => void,
  ): void;
  /** Keeps a received part; reports `chunkStored` with how much is there without a gap. */
  storeChunk(snapshot: SnapshotName, offset: number, chunk: Uint8Array): void;
  /** Verifies the hash of a complete received snapshot and makes it durable; undefined when it is bad. */
  complete(
    snapshot: SnapshotName,
    done: (
      content: { readonly header: Uint8Array; readonly state: Uint8Array } | undefined,
    ) => void,
  ): void;
}

/** Connections to other replicas, kept alive with jittered back-off. */
export interface PeerPort {
  /** Keep connections to exactly these. */
  connect(peers: readonly Member[]): void;
  /** Sends, or drops when there is no connection or its queue is full: the protocol repeats. */
  send(to: ReplicaId, message: Message): void;
  /** The same, within milliseconds: in front of whatever is sent meanwhile. */
  sendLater(to: ReplicaId, message: Message): void;
}

/** Connections from clients. */
export interface ClientPort {
  /** Sends, or drops when the connection is gone. */
  respond(connection: ConnectionId, response: ClientResponse): void;
}

/** Runs the object, somewhere else: a batch out, an event back. */
export interface ExecutorPort {
  /** Reports `executed`, or `stuck`. The host never has two batches under way. */
  execute(last: Slot, commands: readonly Command[]): void;
  /** Reports `readDone`; runs after every `execute` made before it, and before any made after. */
  read(batch: number, commands: readonly Uint8Array[]): void;
  /**
   * The object's state after every `execute` and `restore` made before this call, and before any made
   * after; undefined when it cannot be had now, and another time may be better.
   */
  capture(done: (state: Uint8Array | undefined) => void): void;
  /** Replaces the object by a captured one. */
  restore(state: Uint8Array, done: (outcome: 'restored' | 'malformed') => void): void;
}

export interface ClockPort {
  /** Monotonic milliseconds. */
  now(): number;
  /** ms since 1970. */
  wall(): number;
  /** Calls once, after everything that has already arrived in this turn of the event loop. */
  soon(callback: () => void): void;
  /** Calls once, when the running callback is done: sooner, and with less gathered. */
  next(callback: () => void): void;
}

/** What people and logs should know. */
export interface NoticePort {
  notice(notice: Notice): void;
  ordered(token: number, refusal: string | undefined): void;
}
