import type { Random } from '../base/index.ts';
import type { Ballot, Slot } from './ballot.ts';
import type { Timing } from './context.ts';
import type { Retention } from './log.ts';
import type { PValue, SnapshotName } from './message.ts';
import type { Member, View } from './view.ts';

export interface ReplicaOptions {
  readonly self: Member;
  readonly timing: Timing;
  readonly random: Random;
  /** The view that governs slot 1 of this generation of the instance. */
  readonly genesis: View;
  /** Members known from a bootstrap contact, for a replica that joins. */
  readonly contacts: readonly Member[];
  /** The same on every replica of an instance; by default what limits.ts says. */
  readonly retention?: Retention;
  /** What is left of an earlier run of this replica, in its directory. */
  readonly recovered?: Recovered;
}

/** What a replica's disk says after a restart; see host/recovery.ts. */
export interface Recovered {
  readonly position: number;
  readonly promised: Ballot;
  /** The newest snapshot; its object is in the executor already. */
  readonly snapshot: { readonly name: SnapshotName; readonly header: Uint8Array } | undefined;
  /** Entries known to be decided, consecutive, from the slot after the snapshot. */
  readonly decided: readonly Uint8Array[];
  /** Votes for slots after those. */
  readonly accepted: readonly PValue[];
  /** The commit index on record. */
  readonly commit: Slot;
}
