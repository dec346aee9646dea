/** The network splits, a machine stands still: the majority goes on, and nobody is told anything false. */
import { test } from 'node:test';
import { isolateLeader, pauseLeader, withNetwork } from './partition.ts';

test('a leader that is cut off decides nothing and says why; the others go on', () =>
  withNetwork(3, (split) => isolateLeader(split, 0)));

test('a leader that stood still for a while does no harm, and no read is stale', () =>
  withNetwork(3, (split) => pauseLeader(split, 2000)));
