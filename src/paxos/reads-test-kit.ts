import { Applier } from './applier.ts';
import type { ClientRequest } from './client.ts';
import { aLeader } from './leader-test-kit.ts';
import type { Office } from './leader-test-kit.ts';
import { Reads } from './reads.ts';
import { ALICE, BOB, bytes, effectsOf, SILENT, take, textOf } from './test-kit.ts';

type Read = Extract<ClientRequest, { kind: 'read' }>;

export function aRead(token: number, details: Partial<Read> = {}): Read {
  return {
    kind: 'read',
    token,
    session: 0,
    after: 0,
    consistency: 'linearizable',
    atLeast: 0,
    command: bytes(`read ${token}`),
    ...details,
  };
}

export interface Subject extends Office {
  readonly applier: Applier;
  readonly reads: Reads;
  /** Bob's answer to a heartbeat. */
  readonly alive: (round: number) => void;
  /** Everything that is open is decided and applied. */
  readonly settle: () => void;
  /** The commands that were handed to the executor since the last time. */
  readonly served: () => readonly string[];
}

export function someReads(): Subject {
  const office = aLeader();
  const { context, log, leader, ballot, vote } = office;
  const applier = new Applier(context, log);
  const reads = new Reads(context, log, applier);
  return {
    ...office,
    applier,
    reads,
    alive(round) {
      leader.onAlive(BOB, {
        kind: 'alive',
        ballot,
        round,
        commit: 0,
        applied: 0,
        checkpoint: undefined,
      });
    },
    settle() {
      for (let slot = log.commit + 1; slot < leader.nextSlot; slot++) {
        vote(ALICE, slot);
        vote(BOB, slot);
      }
      applier.advance(SILENT);
    },
    served() {
      const work = effectsOf(take(context).all, 'read');
      return work.flatMap(({ commands }) => commands.map(textOf));
    },
  };
}
