import { setTimeout as pause } from 'node:timers/promises';
import type { Token } from '../auth/index.ts';
import { ConCoordError } from '../base/index.ts';
import type { StatusReport } from '../platform/index.ts';
import { parseAddress } from './address.ts';
import { EXIT, print } from './output.ts';
import { statusOf } from './status-command.ts';

/** Supervisors give a probe a few seconds; whoever is behind at the end of them is not ready. */
const LEVEL_PATIENCE_MS = 3000;
const POLL_MS = 100;

/**
 * For the probes of supervisors: about one replica, and not about its instance.
 *
 * @param options `live`: whether it answers at all. That needs no majority: one that others have left alone
 *   is not helped by a restart. Without it: whether it votes, knows a leader who serves, and has applied all
 *   that was decided when the question was put, so that the next member may be stopped.
 */
export async function health(
  text: string,
  { live }: { readonly live?: boolean },
  token: Token | undefined,
): Promise<number> {
  const report = await statusOf(parseAddress(text), token);
  if (live !== true) await beReady(report, token);
  print(`${report.address} is ${live === true ? 'alive' : 'ready'}: ${report.role}`);
  return EXIT.done;
}

async function beReady(own: StatusReport, token: Token | undefined): Promise<void> {
  const { address, leader, role } = own;
  if (own.diverged) {
    throw new ConCoordError('DIVERGED', `${address} differs from other replicas, or all differ`);
  }
  if (role === 'learner') {
    throw new ConCoordError(
      'NOT_A_MEMBER',
      `${address} is being caught up, and does not vote yet`,
      {
        remedy: 'Wait until it does.',
      },
    );
  }
  if (leader === null) throw new ConCoordError('NO_QUORUM', `${address} knows no leader`);
  const led = leader === address ? own : await statusOf(parseAddress(leader), token);
  if (led.role !== 'leader' || led.tolerates < 0) {
    throw new ConCoordError('NO_QUORUM', `${leader}, whom ${address} follows, has no majority`);
  }
  await beLevel(own, led.decided, token);
}

async function beLevel(own: StatusReport, slots: number, token: Token | undefined): Promise<void> {
  const deadline = performance.now() + LEVEL_PATIENCE_MS;
  for (let { applied } = own; applied < slots;) {
    if (performance.now() > deadline) {
      throw new ConCoordError(
        'TIMEOUT',
        `${own.address} has applied ${applied} of ${slots} slots`,
        {
          remedy: 'Wait until it has caught up.',
        },
      );
    }
    await pause(POLL_MS);
    ({ applied } = await statusOf(parseAddress(own.address), token));
  }
}
