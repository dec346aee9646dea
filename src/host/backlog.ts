import { limits } from '../base/index.ts';
import type { Event, LogRecord, ReplicaId } from '../paxos/index.ts';

/** What a record costs beside its entry: nobody may fill the memory with small ones. */
const RECORD_BYTES = 64;

/** Counts what is appended to the log and not durable yet. */
export class Backlog {
  /** Of each record that waits, in order. */
  #sizes: number[] = [];
  #bytes = 0;

  add(record: LogRecord): void {
    const size = RECORD_BYTES + ('entry' in record ? record.entry.length : 0);
    this.#sizes.push(size);
    this.#bytes += size;
  }

  /** The disk is so far behind that nothing more may be asked of it. */
  get over(): boolean {
    return this.#bytes > limits.UNDURABLE_BYTES;
  }

  /** So many more records have become durable. */
  release(count: number): void {
    for (const size of this.#sizes.splice(0, count)) this.#bytes -= size;
  }

  /**
   * Whether the event is an entry from another replica that the disk is too far behind to record. It may be
   * dropped: a lost message harms nothing, because the leader repeats an `accept`, and a late replica its
   * `fetch`, until the disk has caught up. What a replica tells itself is never lost on a network, so it is
   * not lost here.
   */
  refuses(event: Event, self: ReplicaId): boolean {
    if (!this.over) return false;
    if (event.kind !== 'message' || event.from === self) return false;
    return event.message.kind === 'accept' || event.message.kind === 'decided';
  }
}
