import { assert, ByteReader, ByteWriter } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import type { Inbox, LogPort } from '../host/index.ts';
import { compareBallots, ZERO_BALLOT } from '../paxos/index.ts';
import type { Ballot, LogRecord, Member, ReplicaId, Slot, View } from '../paxos/index.ts';
import { readRecord, writeRecord } from '../wire/index.ts';
import type { VirtualProcess } from './process.ts';
import type { Fate } from './replica-process.ts';
import type { StoredSnapshot } from './snapshots.ts';
import { MS } from './world.ts';

/** One record as it lies on the disk. */
interface StoredRecord {
  readonly bytes: Uint8Array;
  readonly position: number;
  /** Of what it says; 0 when it is about no slot. */
  readonly slot: Slot;
}

/** What a directory holds: it survives the process, except for what was not synced. */
export class Directory {
  readonly instance: string;
  readonly id: ReplicaId;
  readonly genesis: View;
  /** Members that were known when the replica came to the instance. */
  readonly contacts: readonly Member[];
  /** Grows with each process that uses the directory. */
  incarnation = 0;
  /** Synced, in the order of their positions. */
  records: StoredRecord[] = [];
  /** What truncation must not take away. */
  vows: { promised: Ballot; commit: Slot } = { promised: ZERO_BALLOT, commit: 0 };
  position = 0;
  snapshot: StoredSnapshot | undefined;

  constructor(identity: {
    readonly instance: string;
    readonly id: ReplicaId;
    readonly genesis: View;
    readonly contacts: readonly Member[];
  }) {
    this.instance = identity.instance;
    this.id = identity.id;
    this.genesis = identity.genesis;
    this.contacts = identity.contacts;
  }

  /** As a backup would: later changes of this directory do not reach it. */
  copy(): Directory {
    const copy = new Directory(this);
    copy.incarnation = this.incarnation;
    copy.records = [...this.records];
    copy.vows = { ...this.vows };
    copy.position = this.position;
    copy.snapshot = this.snapshot;
    return copy;
  }

  /** What a starting replica reads. */
  *read(): Iterable<LogRecord> {
    const { promised, commit } = this.vows;
    if (promised.round > 0) yield { kind: 'promised', ballot: promised };
    if (commit > 0) yield { kind: 'commit', slot: commit };
    for (const { bytes } of this.records) yield readRecord(new ByteReader(bytes));
  }
}

/** How quick and how reliable the disk of one machine is at present. */
export interface DiskHealth {
  syncUs: number;
  jitterUs: number;
  /** The next sync fails, and the process must end. */
  fails: boolean;
  /** No space for entries; votes find reserved space. */
  full: boolean;
}

/** Told what becomes durable, independently of what the replica believes. */
export type SyncObserver = (directory: Directory, records: readonly LogRecord[]) => void;

/** Told that records of slots up to this one are deleted, before they are. */
export type CutObserver = (directory: Directory, highest: Slot) => void;

export interface DiskLogParts {
  readonly process: VirtualProcess;
  readonly directory: Directory;
  readonly health: DiskHealth;
  readonly inbox: Inbox;
  readonly random: Random;
  readonly synced: SyncObserver;
  readonly cut: CutObserver;
  /** A sync failed: the process must end. */
  readonly fatal: (fate: Fate) => void;
}

interface Queued extends StoredRecord {
  readonly record: LogRecord;
}

/** A write-ahead log on a virtual disk: one write and one sync at a time, for all that waits. */
export class DiskLog implements LogPort {
  readonly #parts: DiskLogParts;
  #queue: Queued[] = [];
  #writing: Queued[] = [];
  #appended: number;
  #through: Slot = 0;
  readonly #writer = new ByteWriter(256);

  constructor(parts: DiskLogParts) {
    this.#parts = parts;
    this.#appended = parts.directory.position;
    parts.process.onEnd(() => this.#crash());
  }

  append(records: readonly LogRecord[], position: number): void {
    for (const record of records) {
      this.#writer.clear();
      writeRecord(this.#writer, record);
      const slot = 'slot' in record && record.kind !== 'commit' ? record.slot : 0;
      this.#appended++;
      const bytes = this.#writer.copy();
      this.#queue.push({ record, bytes, slot, position: this.#appended });
    }
    assert(position === this.#appended, 'positions count records');
    this.#write();
  }

  #write(): void {
    if (this.#writing.length > 0 || this.#queue.length === 0) return;
    const { health, process, random } = this.#parts;
    this.#writing = this.#queue;
    this.#queue = [];
    // A quick disk may be waited for on the spot.
    if (!health.fails && random.chance(1, 3)) {
      this.#synced();
      return;
    }
    const delay = health.syncUs + random.between(0, health.jitterUs);
    process.after(delay, 'disk', () => this.#synced());
  }

  #synced(): void {
    const { directory, fatal, health, inbox, synced } = this.#parts;
    if (health.fails) {
      health.fails = false;
      fatal({ code: 'DISK', words: 'a sync failed' });
      return;
    }
    const written = this.#writing;
    this.#writing = [];
    keep(directory, written);
    synced(
      directory,
      written.map(({ record }) => record),
    );
    this.#cut();
    inbox.durable(directory.position);
    this.#write();
  }

  truncate(through: Slot): void {
    this.#through = Math.max(this.#through, through);
    this.#parts.process.after(this.#parts.random.between(0, 50 * MS), 'disk', () => this.#cut());
  }

  /** As files of the log are deleted: whole ones, from the old end, when nothing in them is needed. */
  #cut(): void {
    const { cut, directory, random } = this.#parts;
    const through = this.#through;
    if (through === 0) return;
    this.#through = 0;
    const covered = directory.records.findIndex(({ slot }) => slot > through);
    const end = covered < 0 ? directory.records.length : covered;
    const count = random.chance(1, 2) ? end : random.between(0, end);
    const deleted = directory.records.slice(0, count);
    cut(
      directory,
      deleted.reduce((highest, { slot }) => Math.max(highest, slot), 0),
    );
    directory.records = directory.records.slice(count);
  }

  /** What was synced is kept. Of what was being written, a prefix may have reached the disk. */
  #crash(): void {
    const { directory, random } = this.#parts;
    const count = random.between(0, this.#writing.length);
    keep(directory, this.#writing.slice(0, count));
    this.#writing = [];
    this.#queue = [];
  }
}

function keep(directory: Directory, written: readonly Queued[]): void {
  for (const { record, bytes, slot, position } of written) {
    assert(position === directory.position + 1, 'the disk has no gaps');
    directory.position = position;
    directory.records.push({ bytes, slot, position });
    if ('ballot' in record && compareBallots(record.ballot, directory.vows.promised) > 0) {
      directory.vows.promised = record.ballot;
    }
    if (record.kind === 'commit') {
      directory.vows.commit = Math.max(directory.vows.commit, record.slot);
    }
  }
}

/** The log of a process without a disk. */
export class MemoryLog implements LogPort {
  readonly #inbox: Inbox;

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  append(_records: readonly LogRecord[], position: number): void {
    this.#inbox.durable(position);
  }

  truncate(): void {
    // Nothing is kept.
  }
}
