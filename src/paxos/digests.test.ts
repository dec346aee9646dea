import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Applier } from './applier.ts';
import { CHECKPOINT_SLOTS } from './applier.ts';
import { Digests } from './digests.ts';
import type { Judgement } from './digests.ts';
import { NOOP } from './entry.ts';
import { Log } from './log.ts';
import { ALICE, aContext, BOB, CAROL, DAVE, SILENT, THREE, viewOf } from './test-kit.ts';

/** Alice's comparison, when she has executed up to the first checkpoint; and her digest there. */
function atFirstCheckpoint(): { readonly digests: Digests; readonly own: string } {
  const log = new Log(0, THREE);
  const applier = new Applier(aContext(ALICE), log);
  for (let slot = 1; slot <= CHECKPOINT_SLOTS; slot++) log.append(NOOP);
  applier.advance(SILENT);
  return { digests: new Digests(ALICE, applier), own: applier.checkpoint(CHECKPOINT_SLOTS) ?? '' };
}

const at = (digest: string) => ({ slot: CHECKPOINT_SLOTS, digest });

test('equal digests show nothing', () => {
  const { digests, own } = atFirstCheckpoint();

  equal(digests.report(BOB, at(own), THREE), undefined);
  equal(digests.report(CAROL, at(own), THREE), undefined);
});

test('one that differs from a majority is named, as soon as there is a majority', () => {
  const { digests, own } = atFirstCheckpoint();

  equal(digests.report(BOB, at('other'), THREE), undefined);
  const judgement = digests.report(CAROL, at(own), THREE);

  deepEqual(judgement, { kind: 'minority', ids: [BOB], checkpoint: at(own) });
});

test('the one that differs may be the leader who compares', () => {
  const { digests } = atFirstCheckpoint();

  digests.report(BOB, at('other'), THREE);
  const judgement = digests.report(CAROL, at('other'), THREE);

  deepEqual(judgement, { kind: 'minority', ids: [ALICE], checkpoint: at('other') });
});

test('when all differ, nobody can be right', () => {
  const { digests } = atFirstCheckpoint();

  digests.report(BOB, at('one'), THREE);
  const judgement = digests.report(CAROL, at('another'), THREE);

  deepEqual(judgement, { kind: 'split', slot: CHECKPOINT_SLOTS });
});

test('as long as somebody has not reported, there may be a majority yet', () => {
  const { digests, own } = atFirstCheckpoint();
  const four = viewOf([ALICE, BOB, CAROL, DAVE]);

  digests.report(BOB, at('other'), four);
  equal(digests.report(CAROL, at(own), four), undefined);

  deepEqual(digests.report(DAVE, at('other'), four), { kind: 'split', slot: CHECKPOINT_SLOTS });
});

test('a learner is told that it differs, and makes no majority', () => {
  const { digests, own } = atFirstCheckpoint();

  equal(digests.report(DAVE, at('other'), THREE), undefined);
  equal(digests.report(BOB, at('other'), THREE), undefined);
  const judgement = digests.report(CAROL, at(own), THREE);

  deepEqual(judgement, { kind: 'minority', ids: [DAVE, BOB], checkpoint: at(own) });
});

test('a later report replaces an earlier one, and a new leadership forgets them', () => {
  const { digests, own } = atFirstCheckpoint();
  digests.report(BOB, at('other'), THREE);
  digests.report(BOB, at(own), THREE);

  equal(digests.report(CAROL, at(own), THREE), undefined);

  digests.report(BOB, at('other'), THREE);
  digests.clear();
  equal(digests.report(CAROL, at(own), THREE), undefined);
});

test('only the newest checkpoints are compared', () => {
  const { digests, own } = atFirstCheckpoint();
  digests.report(BOB, at('other'), THREE);
  const judgements: (Judgement | undefined)[] = [];
  for (let later = 2; later < 20; later++) {
    judgements.push(digests.report(BOB, { slot: later * CHECKPOINT_SLOTS, digest: 'x' }, THREE));
  }

  deepEqual(new Set(judgements), new Set([undefined]));
  equal(digests.report(CAROL, at(own), THREE), undefined, 'what Bob said is forgotten');
});
