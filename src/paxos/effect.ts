import type { ReplicaId, Slot } from './ballot.ts';
import type { ClientResponse, ConnectionId } from './client.ts';
import type { SessionNumber } from './entry.ts';
import type { Message, SnapshotName } from './message.ts';
import type { LogRecord } from './record.ts';
import type { Member, View } from './view.ts';

/** What the object is told of its callers beside their calls (docs/protocol.md, Safety 12). */
export type CallEvent =
  /** These sessions wait nowhere and own nothing any more. */
  | { readonly kind: 'ended'; readonly sessions: readonly SessionNumber[] }
  /** The time of the waiting call is over that the command names. */
  | { readonly kind: 'timedOut' }
  /** Its caller gave up; `undo`: what it was given goes back as well. */
  | { readonly kind: 'withdrawn'; readonly undo: boolean };

/** One call for the executor, with everything it may depend on. */
export interface Command {
  readonly slot: Slot;
  /** Position within the slot. */
  readonly index: number;
  /** ms since 1970, agreed in the log. */
  readonly time: number;
  readonly seed: number;
  readonly session: SessionNumber;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** It is no call but an event, of the call that `session` and `sequence` name. `bytes` are empty. */
  readonly event?: CallEvent;
  /** The log says that this call is not executed (docs/protocol.md, Safety 9). */
  readonly skipped?: true;
}

/**
 * Everything the protocol asks of the world, performed in order. The order rule is in the data: a `send`
 * with `after: p` leaves only when all records up to position p are durable (docs/protocol.md, Safety 1).
 * A message to oneself comes back as an event.
 */
export type Effect =
  /** Appends to the log; the n-th record of this replica's life has position n. */
  | { readonly kind: 'persist'; readonly record: LogRecord; readonly position: number }
  /** `after: 0` leaves at once, or `later` with what else there is for that replica. */
  | {
      readonly kind: 'send';
      readonly to: ReplicaId;
      readonly message: Message;
      readonly after: number;
      readonly later?: true;
    }
  | {
      readonly kind: 'respond';
      readonly connection: ConnectionId;
      readonly response: ClientResponse;
    }
  /** Answered by `executed`, or by `stuck`. At most one is under way. */
  | { readonly kind: 'execute'; readonly last: Slot; readonly commands: readonly Command[] }
  /** Runs on the state after everything executed so far; answered by `readDone`. */
  | { readonly kind: 'read'; readonly batch: number; readonly commands: readonly Uint8Array[] }
  /**
   * Capture the object as it is now, and keep it behind `header`; answered by `snapshotTaken` or
   * `snapshotFailed`.
   */
  | { readonly kind: 'takeSnapshot'; readonly slot: Slot; readonly header: Uint8Array }
  /** Records for slots up to `through` are not needed any more: a durable snapshot covers them. */
  | { readonly kind: 'truncate'; readonly through: Slot }
  /** Read this part of a snapshot and send it as `snapshotChunk`; when it is gone, `chunkMissing`. */
  | {
      readonly kind: 'serveChunk';
      readonly to: ReplicaId;
      readonly snapshot: SnapshotName;
      readonly offset: number;
    }
  /** Keep a part of a snapshot that is being received; answered by `chunkStored`. */
  | {
      readonly kind: 'storeChunk';
      readonly snapshot: SnapshotName;
      readonly offset: number;
      readonly chunk: Uint8Array;
    }
  /** All parts are there: verify, make durable, load. Answered by `snapshotInstalled` or `…Rejected`. */
  | { readonly kind: 'installSnapshot'; readonly snapshot: SnapshotName }
  /** Members (and learners while they join) to keep connections to; sorted by id. */
  | { readonly kind: 'connect'; readonly peers: readonly Member[] }
  /** Answers an `order`: undefined when done, else the reason of the refusal. */
  | { readonly kind: 'ordered'; readonly token: number; readonly refusal: string | undefined }
  /** Something that people and logs should know. */
  | { readonly kind: 'notice'; readonly notice: Notice };

export type Notice =
  | { readonly kind: 'leading'; readonly ballot: string }
  | { readonly kind: 'following'; readonly leader: ReplicaId | undefined; readonly ballot: string }
  | { readonly kind: 'campaigning'; readonly ballot: string }
  | { readonly kind: 'viewChanged'; readonly view: View }
  | { readonly kind: 'snapshotTaken'; readonly slot: Slot }
  | { readonly kind: 'snapshotInstalled'; readonly slot: Slot }
  /** Asks `source` for a snapshot of which it has the bytes up to `offset`. */
  | {
      readonly kind: 'fetching';
      readonly source: ReplicaId;
      readonly snapshot: SnapshotName;
      readonly offset: number;
    }
  /** Can serve: its vote is in the applied view, it is caught up, and a leader is known. */
  | { readonly kind: 'ready'; readonly view: View; readonly tolerated: number }
  /** Is not a member any more, and may go. */
  | { readonly kind: 'departed'; readonly view: View }
  /** A leader cannot reach a majority, or reaches it again. */
  | { readonly kind: 'quorumLost'; readonly missing: readonly ReplicaId[] }
  | { readonly kind: 'quorumRegained' }
  /** A majority has another state at this slot: this replica rebuilds itself. */
  | { readonly kind: 'diverged'; readonly slot: Slot }
  /** No majority has the same state at this slot: every member stops. */
  | { readonly kind: 'stopped'; readonly slot: Slot }
  /** Members computed different states at this slot; calls wait until a majority tells who is right. */
  | { readonly kind: 'doubted'; readonly slot: Slot }
  /** A watchdog bit while this call was executed here, or the log says that everybody goes on without it. */
  | { readonly kind: 'stuck' | 'skipped'; readonly slot: Slot; readonly index: number }
  /** A message of a replica that nothing names; only now and then one of them is told of. */
  | { readonly kind: 'ignored'; readonly from: ReplicaId; readonly message: Message['kind'] };
