import type { GiveUp } from './types.ts';

export const PARTED: GiveUp = { code: 'CLOSED', message: 'the proxy was closed' };
export const BLOCKED: GiveUp = {
  code: 'BLOCKED',
  message: 'another call of this proxy waits, and it makes one call at a time',
};

export function explainRedirect(leader: string | undefined): string {
  return leader === undefined ? 'knows no leader' : `says that ${leader} leads`;
}

export function mismatch(fact: string, pinned: string | undefined): GiveUp {
  return { code: 'INSTANCE_MISMATCH', message: `${fact}, but this proxy belongs to ${pinned}` };
}
