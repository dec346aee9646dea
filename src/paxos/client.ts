import type { ReplicaId, Slot } from './ballot.ts';
import type { Item, SessionNumber } from './entry.ts';
import type { View } from './view.ts';

/** Names a client's connection within one replica's life; a later one has a greater number. */
export type ConnectionId = number;

/** What a client asks of a replica (docs/protocol.md, Clients). */
export type ClientRequest =
  /** What a client may put into the log, with the bytes in which it will enter. */
  | { readonly kind: 'item'; readonly item: Item; readonly bytes: Uint8Array }
  /** The session continues on this connection: replies go here, and the answer says where to go on. */
  | { readonly kind: 'attach'; readonly session: SessionNumber }
  /**
   * A sign of life of a session that waits for something or owns something. It is answered by a leader that a
   * quorum has confirmed since; the lease counts from when this was sent.
   */
  | { readonly kind: 'renew'; readonly token: number; readonly session: SessionNumber }
  /** A call that changes nothing. Served after the session's own request `after` has been applied. */
  | {
      readonly kind: 'read';
      /** Chosen by the client, echoed in the answer. */
      readonly token: number;
      readonly session: SessionNumber;
      readonly after: number;
      /** `stale`: served by whichever replica is asked, as soon as it has applied `atLeast`. */
      readonly consistency: 'linearizable' | 'stale';
      /** A slot that the client has seen the effect of; 0 when none. */
      readonly atLeast: Slot;
      /**
       * Of a stale read: it sees whatever was acknowledged longer than this before it was asked, in whole ms.
       * Without it, a stale read may be as old as the replica.
       */
      readonly maxLagMs?: number;
      readonly command: Uint8Array;
    };

export type RequestOf<K extends ClientRequest['kind']> = Extract<ClientRequest, { kind: K }>;

/** What became of a numbered request; stored with the session until the client acknowledges it. */
export const REPLY = {
  /** Executed; what follows is the executor's result. */
  result: 0,
  /** Given up by its caller before it was applied: it never happens. */
  cancelled: 1,
  /** To a `resolve`: the call was applied; what follows is its reply. */
  resolvedReply: 2,
  /** To a `resolve`: the call never happens. */
  resolvedNever: 3,
  /**
   * The call was applied, and its result is not kept any more: its client had it, or all results together
   * were too large. To a `resolve`, or to the request itself when it comes again.
   */
  forgotten: 4,
  /** To a `resolve`: no record of that session is left. */
  resolvedUnknown: 5,
  /** Executed, and the caller owns something since; what follows is a `Grant`, and the executor's result. */
  granted: 6,
  /**
   * The call waited when the lease of its session was over: it had no effect. If a byte follows, what it had
   * done before it waited stands.
   */
  lapsed: 7,
  /** The call carried a fence that is older than one that was seen: it had no effect. */
  stale: 8,
} as const;

export type ItemRequest = Extract<ClientRequest, { kind: 'item' }>;

/** What a replica answers. */
export type ClientResponse =
  | { readonly kind: 'opened'; readonly client: Uint8Array; readonly session: SessionNumber }
  /** The next sequence number that this leader expects of the session: send everything from there on. */
  | { readonly kind: 'attached'; readonly session: SessionNumber; readonly next: number }
  /** `reply` begins with a byte of `REPLY`; `slot` is where it was decided. */
  | {
      readonly kind: 'reply';
      readonly session: SessionNumber;
      readonly sequence: number;
      readonly slot: Slot;
      readonly reply: Uint8Array;
    }
  /** The call was executed, and its caller waits in the object: the reply comes when somebody wakes it. */
  | { readonly kind: 'waiting'; readonly session: SessionNumber; readonly sequence: number }
  /**
   * Answers `renew`, or comes unasked (`token` 0) when the session has lost something. `owned` are the calls
   * that own something, `resting` those that may own it again when a call that waits now has ended; `losses`
   * counts how often the session lost what it had, or where it waited, against its will.
   */
  | {
      readonly kind: 'renewed';
      readonly session: SessionNumber;
      readonly token: number;
      readonly losses: number;
      readonly owned: readonly number[];
      readonly resting: readonly number[];
    }
  /** `result` is the executor's, of the state after `slot`. */
  | {
      readonly kind: 'readReply';
      readonly token: number;
      readonly slot: Slot;
      readonly result: Uint8Array;
    }
  /**
   * The read was not served; nothing happened: ask again, after `redirect` or a pause. `late`: it waited here
   * for what another replica may have, so ask another.
   */
  | {
      readonly kind: 'readRefused';
      readonly token: number;
      readonly reason: 'notLeader' | 'overloaded' | 'late';
    }
  /** Not taken: send everything of the session from sequence number `from` on again, after a pause. */
  | {
      readonly kind: 'resend';
      readonly session: SessionNumber;
      readonly from: number;
      readonly reason: 'gap' | 'overloaded' | 'diskFull';
    }
  /** An `open` was not taken, because a bound was reached: repeat it after a pause. */
  | {
      readonly kind: 'openRefused';
      readonly client: Uint8Array;
      readonly reason: 'sessions' | 'overloaded';
    }
  /** The session's record is gone (closed, or unused for the lifetime of request records). */
  | { readonly kind: 'expired'; readonly session: SessionNumber }
  /**
   * This replica leads and has a majority, and takes up what was asked as soon as its object has caught up:
   * nobody else would be quicker.
   */
  | { readonly kind: 'later' }
  /** This replica does not lead. `leader` is where to go, when known. */
  | { readonly kind: 'redirect'; readonly leader: string | undefined; readonly view: View }
  /** The view has changed: where members are, for when this replica is gone. Comes unasked. */
  | { readonly kind: 'view'; readonly view: View }
  /** This replica leads, but has no majority to decide anything; `missing` are those it cannot reach. */
  | { readonly kind: 'noQuorum'; readonly missing: readonly ReplicaId[] };
