import type { ErrorCode, Outcome, Random } from '../base/index.ts';
import type { ClientRequest, Grant, SessionNumber, Slot, View } from '../paxos/index.ts';

/** Names one call, resolve or read for its caller; never reused within a `ClientSession`. */
export type CallId = number;

/** Names one connection attempt, so that late events of an older one are recognised; 0 names none. */
export type LinkId = number;

export interface SessionOptions {
  /** Jitter of pauses; nothing else depends on it. */
  readonly random: Random;
  /** A new random id of `CLIENT_ID_BYTES` bytes; asked once for every session that is opened. */
  readonly newClientId: () => Uint8Array;
  /** Where to begin. Opaque: they come back in `connect` effects. At least one. */
  readonly bootstrap: readonly string[];
  /** Pins the instance; without it, the first one that is met. */
  readonly instance?: string;
  /** How long a call waits while no majority serves (ms). */
  readonly quorumTimeoutMs?: number;
  /** Calls that may be under way at once; the next one waits for a result. Without it, all of a window. */
  readonly callsAtOnce?: number | undefined;
  /** How long what the session owns outlasts its last sign of life, ms. */
  readonly leaseMs?: number | undefined;
  /** An idle client acknowledges replies of more bytes than this; by default `ACKNOWLEDGE_BYTES`. */
  readonly acknowledgeBytes?: number;
}

/** What every replica of the instance would say, or what hides a mistake when others are asked instead. */
export const FINAL_REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'INSTANCE_MISMATCH',
  'UNAUTHORIZED',
  'VERSION_MISMATCH',
]);

/** What a replica said when a connection was made. */
export interface Greeting {
  readonly instance: string;
  /** Raised by a recovery, which may have lost the end of the log, and begins the sessions anew. */
  readonly generation: number;
  readonly view: View;
  /** The replica that greets is the leader. */
  readonly leads: boolean;
  /** Where the leader is, when known. */
  readonly leader: string | undefined;
  /** Methods that were proven not to write. */
  readonly reads: ReadonlySet<string>;
}

export type Consistency = 'linearizable' | 'stale';

export interface CallRequest {
  /** As in the greeting's list of reads. */
  readonly method: string;
  /** Method and arguments, encoded. At most `limits.MAX_COMMAND_BYTES`, which the caller has checked. */
  readonly command: Uint8Array;
  /** When the caller stops waiting (ms, on the clock of `now`); Infinity for never. */
  readonly deadline: number;
  /** The same for a call that waits in the object: it is undone then. By default, it may wait for ever. */
  readonly waitDeadline?: number | undefined;
  /** The call is refused when a greater one was seen before. */
  readonly fence?: bigint | undefined;
  /** `stale` concerns reads only. */
  readonly consistency: Consistency;
  /** Bounds the age of a stale read, in whole ms. */
  readonly maxLagMs?: number | undefined;
}

export interface ResolveRequest {
  /** As in `Failure.requestId`. */
  readonly requestId: string;
  readonly deadline: number;
}

/** Why the caller of a call no longer waits for it. */
export interface GiveUp {
  readonly code: ErrorCode;
  readonly message: string;
  /** Replaces that of the catalog. */
  readonly remedy?: string;
}

/** What became of a request that somebody asked about. */
export type Fate =
  /** It was executed; `result` is the executor's. */
  | { readonly kind: 'applied'; readonly result: Uint8Array; readonly grant?: Grant }
  /** It never happens; `why` when it was refused. */
  | { readonly kind: 'never'; readonly why?: GiveUp }
  /** It was executed, and nobody keeps the reply any more; `why` when it never had a result. */
  | { readonly kind: 'forgotten'; readonly why?: GiveUp }
  /** No record of its session is left. */
  | { readonly kind: 'unknown' };

export interface Failure extends GiveUp {
  readonly outcome: Outcome;
  /** For `resolve`, when the outcome is unknown. */
  readonly requestId: string | undefined;
}

/** How a call ended; every call ends exactly once. */
export type Settlement =
  /** `result` is the executor's, decided (or read) at `slot`. */
  | {
      readonly kind: 'result';
      readonly slot: Slot;
      readonly result: Uint8Array;
      /** The session owns something since. */
      readonly owned?: OwnedCall;
    }
  /** Ends a resolve. */
  | { readonly kind: 'fate'; readonly fate: Fate }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** A call by which the session owns something, with what its fence is made of. */
export interface OwnedCall extends Grant {
  readonly session: SessionNumber;
  readonly sequence: number;
  readonly generation: number;
}

/** What the world has to do, in this order. */
export type SessionEffect =
  /** Answered by `connected` once the replica has greeted, or by `disconnected`. */
  | { readonly kind: 'connect'; readonly link: LinkId; readonly address: string }
  /** Send what is queued, then end the connection. Not answered. */
  | { readonly kind: 'disconnect'; readonly link: LinkId }
  /** All requests of a turn, in this order; lost only together with the connection. */
  | { readonly kind: 'send'; readonly link: LinkId; readonly requests: readonly ClientRequest[] }
  /** Ask for a sign of life; report it by `heard`. */
  | { readonly kind: 'ping'; readonly link: LinkId }
  | { readonly kind: 'settled'; readonly id: CallId; readonly settlement: Settlement }
  /** What these calls gave is lost, or has to be taken for lost. */
  | { readonly kind: 'lost'; readonly sequences: readonly number[]; readonly reason: GiveUp }
  /** `close` is complete; nothing follows. */
  | { readonly kind: 'closed' };
