import { showReplica } from '../paxos/index.ts';
import type { Slot } from '../paxos/index.ts';
import type { Directory } from './disk.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';

/**
 * At every moment the newest durable snapshot and the records behind it determine the state: records go only
 * when such a snapshot covers them. It is judged when they go, because the loss shows only when a majority
 * has cut its logs and then fails before its snapshots are durable.
 */
export class LogsJudge implements Observer {
  cut(directory: Directory, highest: Slot): void {
    const covered = directory.snapshot?.name.slot ?? 0;
    if (highest <= covered) return;
    const words = `records up to slot ${highest}, and its snapshot covers ${covered}`;
    throw new Verdict('logs', `${showReplica(directory.id)} deletes ${words}`);
  }
}
