import type { Message, ReplicaId, Slot, SnapshotName } from '../paxos/index.ts';
import type { Corrected } from './corrected.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';

/** Replicas that have applied the same slots have the same digest, and take the same snapshots. */
export class DigestJudge implements Observer {
  readonly #digests: Known = new Map();
  readonly #snapshots: Known = new Map();
  readonly #corrected: Corrected;

  constructor(corrected: Corrected) {
    this.#corrected = corrected;
    corrected.tell((replica, from) => {
      for (const known of [this.#digests, this.#snapshots]) withdraw(known, replica, from);
    });
  }

  sent(replica: ReplicaProcess, _to: ReplicaId, message: Message): void {
    if (message.kind !== 'alive' || message.checkpoint === undefined) return;
    const { digest, slot } = message.checkpoint;
    this.#compare(this.#digests, { slot, value: digest, replica }, 'the digest');
  }

  snapshotTaken(replica: ReplicaProcess, { hash, slot }: SnapshotName): void {
    this.#compare(this.#snapshots, { slot, value: hash, replica }, 'the snapshot');
  }

  #compare(
    known: Known,
    { slot, value, replica }: Readonly<Record<'value', string>> & Statement,
    what: string,
  ): void {
    if (this.#corrected.isWrong(replica)) return;
    const before = known.get(slot);
    if (before === undefined) known.set(slot, { value, by: new Set([replica]) });
    else if (before.value === value) before.by.add(replica);
    else {
      const words = `${what} of ${replica.process.name} at slot ${slot} is not that of others`;
      throw new Verdict('digests', words);
    }
  }
}

interface Statement {
  readonly slot: Slot;
  readonly replica: ReplicaProcess;
}

type Known = Map<Slot, { readonly value: string; readonly by: Set<ReplicaProcess> }>;

/** What only those have said who were wrong, nobody has said. */
function withdraw(known: Known, replica: ReplicaProcess, from: Slot): void {
  for (const [slot, { by }] of known) {
    if (slot >= from && by.delete(replica) && by.size === 0) known.delete(slot);
  }
}
