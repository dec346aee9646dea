import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Applier } from './applier.ts';
import { CHECKPOINT_SLOTS } from './checkpoints.ts';
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

const agreed = { kind: 'agreed', slot: CHECKPOINT_SLOTS };
const doubt = { kind: 'doubt', slot: CHECKPOINT_SLOTS };

test('equal digests of a majority agree', () => {
  const { digests, own } = atFirstCheckpoint();

  deepEqual(digests.report(BOB, at(own), THREE), agreed);
  deepEqual(digests.report(CAROL, at(own), THREE), agreed);
});

test('two that differ are in doubt until a third tells who is right', () => {
  const { digests, own } = atFirstCheckpoint();

  deepEqual(digests.report(BOB, at('other'), THREE), doubt);
  equal(digests.doubted, CHECKPOINT_SLOTS);
  digests.report(BOB, { slot: 2 * CHECKPOINT_SLOTS, digest: 'x' }, THREE);
  equal(digests.doubted, CHECKPOINT_SLOTS, 'nobody has said who is right');
  digests.report(CAROL, at(own), THREE);

  equal(digests.doubted, undefined);
});

test('agreement on what was before the doubt does not end it', () => {
  const { digests, own } = atFirstCheckpoint();
  const [later, other] = [2 * CHECKPOINT_SLOTS, 'x'];
  digests.report(BOB, { slot: later, digest: 'y' }, THREE);
  deepEqual(digests.report(CAROL, { slot: later, digest: other }, THREE), {
    kind: 'doubt',
    slot: later,
  });

  deepEqual(digests.report(BOB, at(own), THREE), agreed);

  equal(digests.doubted, later);
});

test('one that differs from a majority is named, as soon as there is a majority', () => {
  const { digests, own } = atFirstCheckpoint();

  deepEqual(digests.report(BOB, at('other'), THREE), doubt);
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
  deepEqual(digests.report(CAROL, at(own), four), doubt);

  deepEqual(digests.report(DAVE, at('other'), four), { kind: 'split', slot: CHECKPOINT_SLOTS });
});

test('a learner is told that it differs, and makes no majority', () => {
  const { digests, own } = atFirstCheckpoint();

  equal(digests.report(DAVE, at('other'), THREE), undefined);
  deepEqual(digests.report(BOB, at('other'), THREE), doubt);
  const judgement = digests.report(CAROL, at(own), THREE);

  deepEqual(judgement, { kind: 'minority', ids: [DAVE, BOB], checkpoint: at(own) });
});

test('a later report replaces an earlier one, and a new leadership forgets them', () => {
  const { digests, own } = atFirstCheckpoint();
  digests.report(BOB, at('other'), THREE);
  digests.report(BOB, at(own), THREE);

  deepEqual(digests.report(CAROL, at(own), THREE), agreed);

  digests.report(BOB, at('other'), THREE);
  digests.clear();
  deepEqual(digests.report(CAROL, at(own), THREE), agreed);
});

test('only the newest checkpoints are compared', () => {
  const { digests, own } = atFirstCheckpoint();
  digests.report(BOB, at('other'), THREE);
  const judgements: (Judgement | undefined)[] = [];
  for (let later = 2; later < 20; later++) {
    judgements.push(digests.report(BOB, { slot: later * CHECKPOINT_SLOTS, digest: 'x' }, THREE));
  }

  deepEqual(new Set(judgements), new Set([undefined]));
  deepEqual(digests.report(CAROL, at(own), THREE), agreed, 'what Bob said is forgotten');
});
