/** Calls that wait go on waiting, whatever becomes of replicas, and are woken once. */
import { sideBySide } from './side-by-side.ts';
import { allDie, leaderDies, oneAfterTheOther, QUEUES, survive } from './waiting-survives.ts';

sideBySide('waiting-survives', {
  'who waits for a lock waits through the death of the leader, and of all replicas': async () => {
    await survive(QUEUES.lock, ['-w'], leaderDies, allDie);
  },

  'so does who waits in a class of a user, also while replicas are restarted in turn': async () => {
    await survive(QUEUES.mailbox, ['-w'], oneAfterTheOther, allDie);
  },
});
