import type { LogRecord } from '../paxos/index.ts';
import type { Pace } from './sync-pace.ts';
import { TestInbox, unexpected } from './test-kit.ts';
import { openWal } from './wal.ts';
import type { Wal, WalOptions } from './wal.ts';

/** Every other block is waited for in the event loop. */
export function mixedPace(): Pace {
  let blocks = 0;
  return {
    now: 0,
    get isQuick() {
      return ++blocks % 2 === 0;
    },
    took: () => undefined,
  };
}

/** All that may be waited for in the event loop is. */
export const QUICK: Pace = { now: 0, isQuick: true, took: () => undefined };

/** A segment that fills quickly. */
export const SMALL = 64 * 1024;

export interface Life {
  readonly wal: Wal;
  readonly inbox: TestInbox;
  /** Appends and waits until all of it is durable. */
  write(records: readonly LogRecord[]): Promise<void>;
}

export function open(directory: string, options: WalOptions = { segmentBytes: SMALL }): Life {
  const inbox = new TestInbox();
  const pace = options.disk === undefined ? { pace: mixedPace() } : {};
  const wal = openWal(directory, inbox, unexpected, { ...pace, ...options });
  let position = wal.recovered.position;
  return {
    wal,
    inbox,
    write(records) {
      position += records.length;
      wal.port.append(records, position);
      return inbox.untilDurable(position);
    },
  };
}

export function accepted(slot: number, bytes = 40): LogRecord {
  const ballot = { round: 2, leader: 7 };
  return { kind: 'accepted', ballot, slot, entry: new Uint8Array(bytes).fill(slot % 251) };
}
