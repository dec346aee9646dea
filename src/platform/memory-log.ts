import type { Inbox, LogPort } from '../host/index.ts';
import type { LogRecord } from '../paxos/index.ts';

/** The log of a replica without a disk: as durable as the process, at once, and never read. */
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
