import { showReplica } from '../paxos/index.ts';
import type { Message, ReplicaId, Slot, SnapshotName } from '../paxos/index.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';

/** Replicas that have applied the same slots have the same digest, and take the same snapshots. */
export class DigestJudge implements Observer {
  readonly #digests = new Map<Slot, string>();
  readonly #snapshots = new Map<Slot, string>();
  /** Replicas whose state was damaged on purpose. */
  readonly #excused = new Set<ReplicaProcess>();

  excuse(replica: ReplicaProcess): void {
    this.#excused.add(replica);
  }

  sent(replica: ReplicaProcess, _to: ReplicaId, message: Message): void {
    if (message.kind !== 'alive' || message.checkpoint === undefined) return;
    if (this.#excused.has(replica)) return;
    const { digest, slot } = message.checkpoint;
    this.#compare(this.#digests, { slot, value: digest }, `the digest of ${replica.process.name}`);
  }

  snapshotTaken(replica: ReplicaProcess, { hash, slot }: SnapshotName): void {
    if (this.#excused.has(replica)) return;
    const what = `the snapshot of ${showReplica(replica.id)}`;
    this.#compare(this.#snapshots, { slot, value: hash }, what);
  }

  #compare(
    known: Map<Slot, string>,
    { slot, value }: { readonly slot: Slot; readonly value: string },
    what: string,
  ): void {
    const before = known.get(slot);
    if (before === undefined) known.set(slot, value);
    else if (before !== value) {
      throw new Verdict('digests', `${what} at slot ${slot} is not that of others`);
    }
  }
}
