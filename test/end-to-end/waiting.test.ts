/** Programs that wait for one another, while leaders die: nobody is stranded, nobody goes on too early. */
import { sideBySide } from './side-by-side.ts';
import { barrierRounds, conditionRounds, gateRounds, mailboxRounds } from './waiting-rounds.ts';

sideBySide('waiting', {
  'six at a lock, one after the other as they come, through the death of the leader': async () => {
    await gateRounds({ rounds: 10, kills: 1 });
  },

  'producers and consumers at a condition, through the death of the leader': async () => {
    await conditionRounds({ rounds: 10, kills: 1, disk: false });
  },

  'ten at a barrier, through the death of the leader': async () => {
    await barrierRounds(10, { rounds: 10, kills: 1, disk: false });
  },

  'a class that keeps commands itself, through the death of the leader': async () => {
    await mailboxRounds({ rounds: 10, kills: 1 });
  },
});
