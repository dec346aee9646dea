import { Acceptor } from './acceptor.ts';
import { Applier } from './applier.ts';
import { CatchUp } from './catch-up.ts';
import type { Context } from './context.ts';
import { DEFAULT_RETENTION, Log } from './log.ts';
import type { SnapshotName } from './message.ts';
import { aContext, ALICE, BOB, CAROL, entryNamed, sentOf, take, THREE } from './test-kit.ts';

export interface Subject {
  readonly context: Context;
  readonly log: Log;
  readonly applier: Applier;
  readonly catchUp: CatchUp;
}

/** Alice with so many decided slots, of which the first are cut. */
export function withSlots(count: number, cut = 0): Subject {
  const context = aContext(ALICE);
  const log = new Log(0, THREE, { ...DEFAULT_RETENTION, tailSlots: 0 });
  const applier = new Applier(context, log);
  const acceptor = new Acceptor(context, log);
  const catchUp = new CatchUp(context, log, acceptor, applier);
  catchUp.setOthers([BOB, CAROL]);
  for (let slot = 1; slot <= count; slot++) log.append(entryNamed(`${slot}`));
  if (cut > 0) log.truncate(cut);
  take(context);
  return { context, log, applier, catchUp };
}

export const snapshot = (slot: number, size = 100, hash = 'h'): SnapshotName => ({
  slot,
  bytes: size,
  hash,
});

/** Who was asked for a part since the last look, in order. */
export function askedFor(context: Context): readonly number[] {
  return sentOf(take(context), 'snapshotFetch').map(({ to }) => to);
}
