import { deepEqual } from 'node:assert/strict';
import { Applier } from './applier.ts';
import type { ClientRequest } from './client.ts';
import { Desk } from './desk.ts';
import type { Command } from './effect.ts';
import { decodeEntry, encodeItem } from './entry.ts';
import type { Item } from './entry.ts';
import { aLeader } from './leader-test-kit.ts';
import type { Office } from './leader-test-kit.ts';
import { DEFAULT_RETENTION } from './log.ts';
import { ALICE, BOB, bytes, clientId, effectsOf, take } from './test-kit.ts';

export const OPEN: Item = { kind: 'open', client: clientId('x') };

export interface Subject extends Office {
  readonly applier: Applier;
  readonly desk: Desk;
  /** What connection 7 asks. */
  readonly ask: (...items: readonly Item[]) => void;
  /** What is queued is proposed, decided and executed. Returns the items, by slot. */
  readonly settle: () => readonly (readonly Item[])[];
}

/**
 * @param execute The object: by default each call returns its command.
 * @param replyBytes Of all replies that the table keeps.
 */
export function aDesk(
  execute = (command: Command): Uint8Array => command.bytes,
  replyBytes = DEFAULT_RETENTION.replyBytes,
): Subject {
  const office = aLeader();
  const { context, log, leader, vote } = office;
  const applier = new Applier(context, log, { ...DEFAULT_RETENTION, replyBytes });
  const desk = new Desk(context, log, applier);
  const settle = () => {
    const before = leader.nextSlot;
    desk.pump(leader);
    for (let slot = log.commit + 1; slot < leader.nextSlot; slot++) {
      vote(ALICE, slot);
      vote(BOB, slot);
    }
    applier.advance(desk);
    const kept = context.takeEffects();
    for (const effect of kept) if (effect.kind === 'respond') context.effect(effect);
    for (const { last, commands } of effectsOf(kept, 'execute')) {
      applier.executed(last, commands.map(execute), desk);
    }
    desk.endStep();
    const slots = Array.from({ length: leader.nextSlot - before }, (_, index) => before + index);
    return slots.map((slot) => {
      const content = decodeEntry(log.at(slot) ?? bytes(''));
      return content.kind === 'batch' ? content.items : [];
    });
  };
  const ask = (...items: readonly Item[]) => {
    for (const item of items) desk.request(7, request(item), 'ready');
  };
  settle();
  take(context);
  return { ...office, applier, desk, ask, settle };
}

export function request(item: Item): ClientRequest {
  return { kind: 'item', item, bytes: encodeItem(item) };
}

/** A desk at which connection 7 has session 1. */
export function withSession(subject = aDesk()): Subject {
  subject.ask(OPEN);
  subject.settle();
  deepEqual(take(subject.context).responses, [
    { kind: 'opened', client: clientId('x'), session: 1 },
  ]);
  return subject;
}
