import { WITHDRAWAL_MS } from './calls.ts';
import type { Call } from './calls.ts';
import type { GiveUp } from './types.ts';

export const PARTED: GiveUp = { code: 'CLOSED', message: 'the proxy was closed' };
export const BLOCKED: GiveUp = {
  code: 'BLOCKED',
  message: 'another call of this proxy waits, and it makes one call at a time',
};

/** Of a call that is given up while no majority says what became of it. */
export function unanswered({ code, message }: GiveUp): GiveUp {
  const fact = `no majority has said within ${WITHDRAWAL_MS} ms what became of it`;
  return { code, message: `${message}, and ${fact}` };
}

/** Of a call that has no result when its time is over. `failures` are those of connections. */
export function overdue(call: Call, diskFull: boolean, failures: string | undefined): GiveUp {
  const message = `no result within ${call.deadline - call.madeAt} ms`;
  const facts = diskFull ? 'the disks of the replicas are full' : failures;
  return {
    code: diskFull ? 'DISK_FULL' : 'TIMEOUT',
    message: facts === undefined ? message : `${message} (${facts})`,
  };
}

export function explainRedirect(leader: string | undefined): string {
  return leader === undefined ? 'knows no leader' : `says that ${leader} leads`;
}

export function mismatch(fact: string, pinned: string | undefined): GiveUp {
  return { code: 'INSTANCE_MISMATCH', message: `${fact}, but this proxy belongs to ${pinned}` };
}
