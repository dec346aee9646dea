import type { ReplicaId, Slot } from './ballot.ts';
import type { ClientRequest, ConnectionId } from './client.ts';
import type { Message, SnapshotName } from './message.ts';
import type { Member, View } from './view.ts';

/** What an operator asks of the leader. `force` accepts a loss of fault tolerance. */
export type Order =
  | { readonly kind: 'remove'; readonly id: ReplicaId; readonly force: boolean }
  | { readonly kind: 'transfer'; readonly to: ReplicaId | undefined }
  /** This replica is asked to stop: hand over leadership, and leave the view when it has no disk. */
  | { readonly kind: 'retire' };

/** Everything that can happen to a replica. Completions of effects come back as events, too. */
export type Event =
  | { readonly kind: 'message'; readonly from: ReplicaId; readonly message: Message }
  /** The connection to a replica broke: a hint, not a proof, that it is down. */
  | { readonly kind: 'peerLost'; readonly id: ReplicaId }
  /** A replica that was let in has connected to here, and names itself. */
  | { readonly kind: 'peerCalled'; readonly member: Member }
  /** That connection is gone, and it has made no newer one. */
  | { readonly kind: 'peerHungUp'; readonly id: ReplicaId }
  /**
   * Another life was met at the address of a member: whoever lived there before is dead. `view` is the one
   * that it knows: a replica that was away while all others were replaced finds them by it.
   */
  | {
      readonly kind: 'peerMet';
      readonly id: ReplicaId;
      readonly address: string;
      readonly view?: View;
    }
  | { readonly kind: 'request'; readonly connection: ConnectionId; readonly request: ClientRequest }
  | { readonly kind: 'disconnected'; readonly connection: ConnectionId }
  | { readonly kind: 'order'; readonly token: number; readonly order: Order }
  /**
   * The executor finished everything up to the slot `last`; one result for each command, in order. What was
   * heavy may be too much for others.
   */
  | {
      readonly kind: 'executed';
      readonly last: Slot;
      readonly results: readonly Uint8Array[];
      readonly heavy?: boolean;
    }
  /** The executor cannot finish this call, and is in the state before it; `results` are those before it. */
  | {
      readonly kind: 'stuck';
      readonly slot: Slot;
      readonly index: number;
      readonly results: readonly Uint8Array[];
    }
  /** Results of a `read` effect, in order. */
  | { readonly kind: 'readDone'; readonly batch: number; readonly results: readonly Uint8Array[] }
  /** A snapshot taken here is complete, and durable when this replica keeps a disk. */
  | { readonly kind: 'snapshotTaken'; readonly snapshot: SnapshotName }
  /** The state could not be captured this time, or was replaced meanwhile. */
  | { readonly kind: 'snapshotFailed' }
  /** What `serveChunk` asked for is not here any more. */
  | { readonly kind: 'chunkMissing'; readonly to: ReplicaId }
  /** A part of a snapshot that this replica receives is stored; `offset` is how far it goes now. */
  | { readonly kind: 'chunkStored'; readonly snapshot: SnapshotName; readonly offset: number }
  /** The received snapshot is verified, durable, and loaded into the executor. */
  | {
      readonly kind: 'snapshotInstalled';
      readonly snapshot: SnapshotName;
      readonly header: Uint8Array;
    }
  /** It was not: wrong hash or malformed; what was received is deleted. */
  | { readonly kind: 'snapshotRejected'; readonly snapshot: SnapshotName }
  /** The disk has no space for more entries, or has space again. Votes still find reserved space. */
  | { readonly kind: 'disk'; readonly state: 'full' | 'free' }
  /** So much waits for the disk that a leader may propose nothing more, or not so much any more. */
  | { readonly kind: 'backlog'; readonly state: 'over' | 'under' };
