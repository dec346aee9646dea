/**
 * What operators' commands ask of a running replica, as JSON in `control` frames. Every answer has `error`
 * (code, message) or the fields below; readers ignore fields that they do not know.
 */
export type ControlRequest =
  | { readonly do: 'status' }
  /** The class that the instance runs, from this byte on; for a replica that joins. */
  | { readonly do: 'code'; readonly offset: number }
  /** Hand leadership to the member at `to`, or to the most advanced one. */
  | { readonly do: 'transfer'; readonly to?: string }
  | { readonly do: 'remove'; readonly address: string; readonly force: boolean };

export interface MemberStatus {
  /** `addr:port`. */
  readonly addr: string;
  readonly id: string;
  readonly role: 'leader' | 'follower' | 'learner';
  /** Applied index, as last heard. */
  readonly applied: number;
  readonly alive: boolean;
  readonly durable: boolean;
}

export interface StatusReport {
  /** Who reports. */
  readonly address: string;
  readonly role: 'leader' | 'follower' | 'learner';
  readonly instance: string;
  readonly generation: number;
  /** `addr:port` of the leader, null when none is known. */
  readonly leader: string | null;
  readonly epoch: number;
  readonly ballot: string;
  readonly object: string;
  readonly codeHash: string;
  /** Commit index and applied index of the reporter. */
  readonly decided: number;
  readonly applied: number;
  readonly sessions: number;
  readonly clients: number;
  /** More members that may fail while calls go on; negative when calls have stopped. */
  readonly tolerates: number;
  /** The reporter differs from the majority, or no majority agrees: it serves nobody. */
  readonly diverged: boolean;
  readonly members: readonly MemberStatus[];
}

export type ControlReply =
  | { readonly status: StatusReport }
  | { readonly done: true }
  /** Base64. `total` is 0 when the class is one of ours. */
  | { readonly code: string; readonly total: number }
  | { readonly error: { readonly code: string; readonly message: string } };
