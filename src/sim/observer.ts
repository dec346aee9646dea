import type {
  Command,
  LogRecord,
  Message,
  Notice,
  ReplicaId,
  Slot,
  SnapshotName,
} from '../paxos/index.ts';
import type { Directory } from './disk.ts';
import type { ReplicaProcess } from './replica-process.ts';

/** What can be seen of a run from outside the code under test. Judges take what they need. */
export interface Observer {
  started?(replica: ReplicaProcess): void;
  ended?(replica: ReplicaProcess): void;
  /** A turn of the event loop is over. */
  turned?(replica: ReplicaProcess): void;
  /** A message left for the network, whether or not it arrives. */
  sent?(replica: ReplicaProcess, to: ReplicaId, message: Message): void;
  /** A message reached a replica, which will handle it in its next turn. */
  received?(replica: ReplicaProcess, from: ReplicaId, message: Message): void;
  /** These records are on the disk for good. */
  synced?(directory: Directory, records: readonly LogRecord[]): void;
  /** Records of slots up to `highest` are about to be deleted. */
  cut?(directory: Directory, highest: Slot): void;
  executed?(replica: ReplicaProcess, command: Command, result: Uint8Array): void;
  snapshotTaken?(replica: ReplicaProcess, snapshot: SnapshotName): void;
  noticed?(replica: ReplicaProcess, notice: Notice): void;
}

/** A judge says why a run is wrong by throwing this. */
export class Verdict extends Error {
  override readonly name = 'Verdict';
  readonly judge: string;

  constructor(judge: string, words: string) {
    super(words);
    this.judge = judge;
  }
}

/** Hands everything that is seen to everybody who watches. */
export class Observers {
  readonly #sent: Observer[] = [];
  readonly #received: Observer[] = [];
  readonly #turned: Observer[] = [];
  readonly #all: Observer[] = [];

  add(observer: Observer): void {
    this.#all.push(observer);
    if (observer.sent !== undefined) this.#sent.push(observer);
    if (observer.received !== undefined) this.#received.push(observer);
    if (observer.turned !== undefined) this.#turned.push(observer);
  }

  started(replica: ReplicaProcess): void {
    for (const observer of this.#all) observer.started?.(replica);
  }

  ended(replica: ReplicaProcess): void {
    for (const observer of this.#all) observer.ended?.(replica);
  }

  turned(replica: ReplicaProcess): void {
    for (const observer of this.#turned) observer.turned?.(replica);
  }

  sent(replica: ReplicaProcess, to: ReplicaId, message: Message): void {
    for (const observer of this.#sent) observer.sent?.(replica, to, message);
  }

  received(replica: ReplicaProcess, from: ReplicaId, message: Message): void {
    for (const observer of this.#received) observer.received?.(replica, from, message);
  }

  synced(directory: Directory, records: readonly LogRecord[]): void {
    for (const observer of this.#all) observer.synced?.(directory, records);
  }

  cut(directory: Directory, highest: Slot): void {
    for (const observer of this.#all) observer.cut?.(directory, highest);
  }

  executed(replica: ReplicaProcess, command: Command, result: Uint8Array): void {
    for (const observer of this.#all) observer.executed?.(replica, command, result);
  }

  snapshotTaken(replica: ReplicaProcess, snapshot: SnapshotName): void {
    for (const observer of this.#all) observer.snapshotTaken?.(replica, snapshot);
  }

  noticed(replica: ReplicaProcess, notice: Notice): void {
    for (const observer of this.#all) observer.noticed?.(replica, notice);
  }
}
