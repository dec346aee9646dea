/** The leader dies by SIGKILL, again and again: nothing acknowledged is lost, nothing is done twice. */
import { failOver } from './fail-over.ts';
import { sideBySide } from './side-by-side.ts';

sideBySide('fail-over', {
  'three replicas with disks survive their leader, which comes back and serves': async () => {
    await failOver(3, 300, 'disk');
  },

  'three replicas in memory survive their leader, which joins again': async () => {
    await failOver(3, 300, 'memory');
  },
});
