import type { MemberStatus } from '../platform/index.ts';

/** Members that are not heard; what a leader says counts, since nobody else hears everybody. */
function down(members: readonly MemberStatus[]): string {
  return members
    .filter(({ alive }) => !alive)
    .map(({ addr }) => addr)
    .join(', ');
}

/** For the line that says that a replica can serve. `members` are those of a leader, else empty. */
export function readyText(
  tolerated: number,
  size: number,
  members: readonly MemberStatus[],
): string {
  const group = size === 1 ? '1 member' : `${size} members`;
  if (tolerated > 0) {
    return `tolerates ${tolerated} ${tolerated === 1 ? 'failure' : 'failures'} (${group})`;
  }
  const missing = down(members);
  // One more member does not help where others are missed: it only makes the majority larger.
  return `tolerates no failure (${group}): ${missing === '' ? 'add one' : `bring back ${missing}`}`;
}

/** What the operator's commands say: `tolerates …`. */
export function toleranceText(report: {
  readonly tolerates: number;
  readonly members: readonly MemberStatus[];
}): string {
  const { tolerates, members } = report;
  if (tolerates < 0) return 'nothing: no majority is reachable, calls have stopped';
  if (tolerates === 1) return '1 further failure';
  if (tolerates > 0) return `${tolerates} further failures`;
  const missing = down(members);
  return `no further failure: ${missing === '' ? 'add a member' : `bring back ${missing}`}`;
}
