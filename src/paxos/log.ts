import { assert, limits, MalformedBytes } from '../base/index.ts';
import type { Slot } from './ballot.ts';
import { decodeEntry, isViewEntry } from './entry.ts';
import type { Entry } from './entry.ts';
import type { View } from './view.ts';

/**
 * How much of the log is kept, and how often it is replaced by a snapshot; how much of the replies. The same
 * on every replica.
 */
export interface Retention {
  /** A snapshot is due when the entries since the last one reach either of these. */
  readonly snapshotEveryBytes: number;
  readonly snapshotEverySlots: number;
  /** Decided entries kept behind the snapshot, for replicas that are a little late. */
  readonly tailBytes: number;
  readonly tailSlots: number;
  /** Bytes of replies that are kept for all sessions. */
  readonly replyBytes: number;
}

export const DEFAULT_RETENTION: Retention = {
  snapshotEveryBytes: limits.SNAPSHOT_EVERY_BYTES,
  snapshotEverySlots: limits.SNAPSHOT_EVERY_SLOTS,
  tailBytes: limits.LOG_TAIL_BYTES,
  tailSlots: limits.LOG_TAIL_SLOTS,
  replyBytes: limits.TABLE_REPLY_BYTES,
};

/**
 * The decided slots: a prefix without gaps, up to the commit index, of which the newest part is kept. It
 * also knows the view that governs the next slot, because a view is what a decided slot says it is.
 */
export class Log {
  #entries: Entry[] = [];
  #first: Slot;
  #bytes = 0;
  #view: View;
  readonly #retention: Retention;

  /** @param commit Every slot up to here is behind a snapshot (0: none is). @param view Governs commit+1. */
  constructor(commit: Slot, view: View, retention: Retention = DEFAULT_RETENTION) {
    this.#first = commit + 1;
    this.#view = view;
    this.#retention = retention;
  }

  /** The lowest slot whose entry is kept; commit + 1 when none is. */
  get first(): Slot {
    return this.#first;
  }

  /** Every slot up to here is decided. */
  get commit(): Slot {
    return this.#first + this.#entries.length - 1;
  }

  /** The view that governs slot commit + 1. */
  get view(): View {
    return this.#view;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The decided entry, or undefined when it is behind a snapshot or not yet decided. */
  at(slot: Slot): Entry | undefined {
    return this.#entries[slot - this.#first];
  }

  /** Whether more slots than so many, or more bytes, are decided behind `slot`. */
  exceeds(slot: Slot, slots: number, bytes: number): boolean {
    if (this.commit - slot > slots) return true;
    let sum = 0;
    for (let at = slot + 1; at <= this.commit; at++) {
      sum += this.at(at)?.length ?? 0;
      if (sum > bytes) return true;
    }
    return false;
  }

  /** Whether `entry` can be decided for slot commit + 1: a change of view must be the next one. */
  fits(entry: Entry): boolean {
    if (!isViewEntry(entry)) return true;
    const content = decodeEntry(entry);
    if (content.kind !== 'view') return false;
    return content.view.epoch === this.#view.epoch + 1 && content.view.start === this.commit + 2;
  }

  /** Records that `entry` is decided for slot commit + 1. Returns the view that it begins, if it does. */
  append(entry: Entry): View | undefined {
    this.#entries.push(entry);
    this.#bytes += entry.length;
    if (!isViewEntry(entry)) return undefined;
    const content = decodeEntry(entry);
    if (content.kind !== 'view') throw new MalformedBytes('a view entry without a view');
    assert(content.view.epoch === this.#view.epoch + 1, 'views change one at a time');
    assert(content.view.start === this.commit + 1, 'a view governs from the slot after its own');
    this.#view = content.view;
    return content.view;
  }

  /**
   * Forgets entries that a durable snapshot covers, but keeps a tail for replicas that are a little late.
   *
   * @param through Inclusive; at most the commit index.
   */
  truncate(through: Slot): void {
    assert(through <= this.commit, 'only decided slots are cut');
    let keepFrom = this.commit + 1;
    let bytes = 0;
    while (keepFrom > this.#first && this.commit - keepFrom < this.#retention.tailSlots) {
      bytes += (this.at(keepFrom - 1) as Entry).length;
      if (bytes > this.#retention.tailBytes) break;
      keepFrom--;
    }
    const cut = Math.min(through + 1, keepFrom) - this.#first;
    if (cut <= 0) return;
    for (let i = 0; i < cut; i++) this.#bytes -= (this.#entries[i] as Entry).length;
    this.#entries.splice(0, cut);
    this.#first += cut;
  }

  /** Continues behind an installed snapshot, which is beyond the commit index. */
  reset(commit: Slot, view: View): void {
    assert(commit >= this.commit, 'an installed snapshot does not go back');
    this.#entries = [];
    this.#bytes = 0;
    this.#first = commit + 1;
    this.#view = view;
  }
}
