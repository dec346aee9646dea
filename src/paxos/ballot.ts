/**
 * A replica's identity: random, one per life. A replica that lost its memory (a restart without a disk, a
 * directory wiped) comes back with another id, so it can never contradict a vote that it forgot.
 */
export type ReplicaId = number;

/** A position in the log; the first is 1. */
export type Slot = number;

/**
 * Who may propose: totally ordered, first by round, then by leader. A replica uses a round at most once,
 * because it promises its own ballot durably before any message carries it (docs/protocol.md, Safety 2).
 */
export interface Ballot {
  readonly round: number;
  readonly leader: ReplicaId;
}

/** Lower than every ballot that a leader uses. */
export const ZERO_BALLOT: Ballot = { round: 0, leader: 0 };

/** Negative, zero or positive, as for `Array.prototype.sort`. */
export function compareBallots(a: Ballot, b: Ballot): number {
  return a.round - b.round || a.leader - b.leader;
}

export function sameBallot(a: Ballot, b: Ballot): boolean {
  return a.round === b.round && a.leader === b.leader;
}

export function showBallot(ballot: Ballot): string {
  return `${ballot.round}.${showReplica(ballot.leader)}`;
}

/** Twelve hexadecimal digits. */
export function showReplica(id: ReplicaId): string {
  return id.toString(16).padStart(12, '0');
}
