import { ByteReader, ByteWriter } from '../base/index.ts';
import type { Item } from './entry.ts';
import { resolvedReply, resultReply } from './reply.ts';
import { Sessions } from './sessions.ts';
import type { Plan } from './plan.ts';
import { bytes, clientId } from './test-kit.ts';

/** Decides items, one slot each, and executes what is to be executed: the result is the command. */
export function decide(sessions: Sessions, items: readonly Item[], from = 1): readonly Plan[] {
  return items.map((item, index) => {
    const plan = sessions.plan(from + index, item);
    settle(sessions, plan, from + index);
    return plan;
  });
}

/** Executes the plan of a slot. */
export function settle(sessions: Sessions, plan: Plan | undefined, slot: number): void {
  if (plan?.kind === 'execute') sessions.settle(plan.cell, resultReply(plan.command));
  if (plan?.kind === 'reply') sessions.settle(plan.cell, plan.reply);
  if (plan?.kind === 'resolved') {
    sessions.settle(plan.cell, resolvedReply(plan.target?.reply ?? bytes('')));
  }
  sessions.slotSettled(slot);
}

export const kinds = (plans: readonly Plan[]): readonly Plan['kind'][] =>
  plans.map(({ kind }) => kind);
export const open = (letter: string): Item => ({ kind: 'open', client: clientId(letter) });

export const cancel = (session: number, sequence: number): Item => ({
  kind: 'cancel',
  session,
  sequence,
  lowWater: 1,
  received: [],
});

export const resolve = (session: number, sequence: number, target: [number, number]): Item => ({
  kind: 'resolve',
  session,
  sequence,
  lowWater: 1,
  received: [],
  target: { session: target[0], sequence: target[1] },
});

export function written(sessions: Sessions): Uint8Array {
  const writer = new ByteWriter();
  sessions.write(writer);
  return writer.copy();
}

export function copyOf(sessions: Sessions): Sessions {
  const copy = new Sessions();
  const reader = new ByteReader(written(sessions));
  copy.read(reader);
  reader.end();
  return copy;
}
