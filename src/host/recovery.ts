import { ZERO_BALLOT, compareBallots } from '../paxos/index.ts';
import type {
  Ballot,
  Entry,
  LogRecord,
  PValue,
  Recovered,
  Slot,
  SnapshotName,
} from '../paxos/index.ts';

/** What a directory holds, as its readers found it. */
export interface DiskContents {
  /** In the order in which they were written. */
  readonly records: Iterable<LogRecord>;
  /** Records persisted in this replica's life, also those that are deleted by now. */
  readonly position: number;
  readonly snapshot:
    | { readonly name: SnapshotName; readonly header: Uint8Array; readonly slot: Slot }
    | undefined;
}

interface SlotRecord {
  readonly entry: Entry;
  /** Undefined when the entry is known to be decided. */
  readonly ballot: Ballot | undefined;
}

/**
 * Rebuilds a replica's memory from its disk. For each slot the last record counts: once a slot is decided
 * here, nothing is recorded for it any more, so for slots up to the commit record the last one is what was
 * decided (docs/protocol.md, Safety 3).
 */
export function recover(contents: DiskContents): Recovered {
  const base = contents.snapshot?.slot ?? 0;
  const slots = new Map<Slot, SlotRecord>();
  let promised = ZERO_BALLOT;
  let commit = base;
  for (const record of contents.records) {
    switch (record.kind) {
      case 'promised':
        promised = higher(promised, record.ballot);
        break;
      case 'accepted':
        promised = higher(promised, record.ballot);
        if (record.slot > base)
          slots.set(record.slot, { entry: record.entry, ballot: record.ballot });
        break;
      case 'decided':
        // Slots are recorded as decided in their order: when this was written, so were all below.
        commit = Math.max(commit, record.slot);
        if (record.slot > base) slots.set(record.slot, { entry: record.entry, ballot: undefined });
        break;
      case 'commit':
        commit = Math.max(commit, record.slot);
        break;
    }
  }
  const decided = decidedPrefix(slots, base, commit);
  const accepted = openVotes(slots, base + decided.length);
  const { position, snapshot } = contents;
  return {
    position,
    promised,
    snapshot: snapshot === undefined ? undefined : { name: snapshot.name, header: snapshot.header },
    decided,
    accepted,
    commit: Math.min(commit, base + decided.length),
  };
}

function higher(a: Ballot, b: Ballot): Ballot {
  return compareBallots(a, b) >= 0 ? a : b;
}

function decidedPrefix(slots: ReadonlyMap<Slot, SlotRecord>, base: Slot, commit: Slot): Entry[] {
  const decided: Entry[] = [];
  for (let slot = base + 1; ; slot++) {
    const record = slots.get(slot);
    if (record === undefined || (record.ballot !== undefined && slot > commit)) return decided;
    decided.push(record.entry);
  }
}

/** Votes that are still open. A decided entry behind a gap is fetched again. */
function openVotes(slots: ReadonlyMap<Slot, SlotRecord>, commit: Slot): PValue[] {
  const votes: PValue[] = [];
  for (const [slot, { entry, ballot }] of slots) {
    if (slot > commit && ballot !== undefined) votes.push({ slot, ballot, entry });
  }
  return votes.sort((a, b) => a.slot - b.slot);
}
