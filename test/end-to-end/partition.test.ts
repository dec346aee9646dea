/** The network splits, a machine stands still: the majority goes on, and nobody is told anything false. */
import { isolateLeader, pauseLeader, withNetwork } from './partition.ts';
import { sideBySide } from './side-by-side.ts';

sideBySide('partitions', {
  'a leader that is cut off decides nothing and says why; the others go on': () =>
    withNetwork(3, (split) => isolateLeader(split, 0)),

  'a leader that stood still for a while does no harm, and no read is stale': () =>
    withNetwork(3, (split) => pauseLeader(split, 2000)),
});
