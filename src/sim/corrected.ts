import type { Notice, Slot, SnapshotName } from '../paxos/index.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';

/**
 * Replicas that finished a call which the log takes out later (docs/protocol.md, Safety 11), and those that
 * took up a state from them. They are wrong for a while, which nobody may see but who asks for stale reads.
 */
export class Corrected implements Observer {
  /** Since which slot. */
  readonly #wrong = new Map<ReplicaProcess, Slot>();
  #first = Number.POSITIVE_INFINITY;
  readonly #taken = new Map<ReplicaProcess, SnapshotName[]>();
  /** The snapshot that each goes on from. */
  readonly #base = new Map<ReplicaProcess, SnapshotName>();
  /** By hash, from which slot on: a snapshot also holds a digest of an earlier slot than its own. */
  readonly #wrongSnapshots = new Map<string, Slot>();
  readonly #told: ((replica: ReplicaProcess, from: Slot) => void)[] = [];

  /** @param told Hears of whoever has executed in vain what it executed from a slot on. */
  tell(told: (replica: ReplicaProcess, from: Slot) => void): void {
    this.#told.push(told);
  }

  started(replica: ReplicaProcess): void {
    const kept = replica.directory?.snapshot?.name;
    if (kept !== undefined) this.#goesOnFrom(replica, kept);
  }

  snapshotTaken(replica: ReplicaProcess, snapshot: SnapshotName): void {
    const taken = this.#taken.get(replica) ?? [];
    this.#taken.set(replica, [...taken, snapshot]);
    const from = this.#wrong.get(replica);
    if (from !== undefined && snapshot.slot >= from) {
      this.#isWrong(snapshot, from);
    }
  }

  #isWrong({ hash }: SnapshotName, from: Slot): void {
    this.#wrongSnapshots.set(hash, Math.min(from, this.#wrongSnapshots.get(hash) ?? from));
  }

  noticed(replica: ReplicaProcess, notice: Notice): void {
    const { held } = replica.replica.catchUp;
    if (notice.kind === 'snapshotInstalled' && held !== undefined) this.#goesOnFrom(replica, held);
  }

  #goesOnFrom(replica: ReplicaProcess, snapshot: SnapshotName): void {
    this.#wrong.delete(replica);
    this.#taken.delete(replica);
    this.#base.set(replica, snapshot);
    // What it executed behind that slot, if it goes back, is not in its state any more.
    for (const told of this.#told) told(replica, snapshot.slot + 1);
    const from = this.#wrongSnapshots.get(snapshot.hash);
    if (from !== undefined) this.goesWrong(replica, from);
  }

  /** It should not have executed a call of this slot; or it goes on from somebody who should not. */
  goesWrong(replica: ReplicaProcess, from: Slot): void {
    const known = this.#wrong.get(replica);
    if (known !== undefined && known <= from) return;
    this.#wrong.set(replica, from);
    this.#first = Math.min(this.#first, from);
    for (const told of this.#told) told(replica, from);
    const spoilt = (this.#taken.get(replica) ?? []).filter(({ slot }) => slot >= from);
    for (const snapshot of spoilt) this.#isWrong(snapshot, from);
    for (const [other, { hash }] of [...this.#base]) {
      const since = this.#wrongSnapshots.get(hash);
      if (since !== undefined) this.goesWrong(other, since);
    }
  }

  isWrong(replica: ReplicaProcess): boolean {
    return this.#wrong.has(replica);
  }

  /** Whether somebody may have been wrong at this slot: who is corrected may be so in a later one only. */
  mayBeWrong(slot: Slot): boolean {
    return slot >= this.#first;
  }
}
