import type { Notice, ReplicaId } from '../paxos/index.ts';

/** Notices that the log only tells; `ready` and `departed` are acted upon. */
export type ToldNotice = Exclude<Notice, { readonly kind: 'ready' | 'departed' }>;

export interface LogLine {
  readonly level: 'info' | 'warn';
  readonly text: string;
}

/**
 * A notice in words.
 *
 * @param nameOf Where a replica is, or its id when nobody knows.
 */
export function describeNotice(notice: ToldNotice, nameOf: (id: ReplicaId) => string): LogLine {
  const info = (text: string): LogLine => ({ level: 'info', text });
  const warn = (text: string): LogLine => ({ level: 'warn', text });
  switch (notice.kind) {
    case 'leading':
      return info(`leads, with ballot ${notice.ballot}`);
    case 'following': {
      const { leader, ballot } = notice;
      if (leader === undefined) return info(`leads no more, at ballot ${ballot}`);
      return info(`follows ${nameOf(leader)}, with ballot ${ballot}`);
    }
    case 'campaigning':
      return info(`wants to lead, with ballot ${notice.ballot}`);
    case 'viewChanged': {
      const members = notice.view.members.map((member) => member.address).join(', ');
      return info(`view ${notice.view.epoch}: ${members}`);
    }
    case 'snapshotTaken':
      return info(`took a snapshot at slot ${notice.slot}`);
    case 'snapshotInstalled':
      return info(`loaded the snapshot of another member, of slot ${notice.slot}`);
    case 'fetching': {
      const { offset, snapshot, source } = notice;
      const at = `slot ${snapshot.slot}, ${offset} of ${snapshot.bytes} bytes are here`;
      return info(`fetches a snapshot from ${nameOf(source)} (${at})`);
    }
    case 'quorumLost': {
      const missing = notice.missing.map(nameOf).join(', ');
      return warn(`no majority: not heard are ${missing}; calls wait until one is back`);
    }
    case 'quorumRegained':
      return info('a majority is back: calls go on');
    case 'diverged':
      return warn(
        `computed another state than the majority at slot ${notice.slot}: serves nobody, and rebuilds ` +
          'itself from the others',
      );
    case 'stopped':
      return warn(
        `no majority of members computed the same state at slot ${notice.slot}: serves nobody, and neither ` +
          'does any other; keep all directories, and see "When replicas differ" in docs/operations.md',
      );
    case 'doubted':
      return warn(
        `members computed different states at slot ${notice.slot}, and no majority is there to tell ` +
          'who is right: calls wait until another member is back',
      );
    case 'stuck':
      return warn(
        `cannot finish a call of slot ${notice.slot}: it takes too much time or room here; waits until a ` +
          'majority goes on without it, or another member hands over its state',
      );
    case 'skipped':
      return warn(
        `goes on without a call of slot ${notice.slot}, which a majority could not finish: it fails with ` +
          'BUDGET_EXCEEDED',
      );
    case 'ignored':
      return warn(`ignored '${notice.message}' of ${nameOf(notice.from)}: no view names it`);
  }
}
