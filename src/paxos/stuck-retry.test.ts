import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { present } from '../base/index.ts';
import { encodeBegin, encodeSkip, NOOP } from './entry.ts';
import type { Entry } from './entry.ts';
import type { Message } from './message.ts';
import { Node } from './replica-test-kit.ts';
import { alive, aLeaderWithACall, CALL, skips } from './stuck-test-kit.ts';
import { aCall, batchOf, BOB, CAROL, clientId, effectsOf } from './test-kit.ts';

test('who is stuck tries again, ever more rarely', () => {
  const node = aLeaderWithACall('stuck');
  const executed = (): number => effectsOf(node.effects(), 'execute').length;
  const waits: number[] = [];
  for (let waited = 0; waits.length < 6; waited += 1000) {
    node.pass(1000);
    if (executed() === 0) continue;
    waits.push(waited / 1000 + 1);
    waited = -1000;
  }
  deepEqual(waits, [30, 60, 120, 240, 300, 300]);

  node.object = 'quick';
  node.pass(300_000);
  equal(node.replica.applier.stuckAt, undefined);
  equal(node.replica.applier.applied, CALL.slot);
});

test('a leader does not try a call again while its own skip of it is under way', () => {
  const node = aLeaderWithACall('stuck');
  const begun = node.now;
  while (node.now - begun < 29_900) {
    for (const id of [BOB, CAROL]) alive(node, id, CALL.slot - 1, node.replica.leader?.round);
    node.pass(20);
  }
  node.effects();
  const leader = present(node.replica.leader, 'a leader');
  const { ballot, round } = leader;
  alive(node, CAROL, CALL.slot - 1, round);
  node.hear(CAROL, { kind: 'stuck', ballot, round, ...CALL });
  node.pass(20);
  equal(skips(node.effects()).length, 1);
  node.object = 'quick';

  node.pass(500);

  deepEqual(effectsOf(node.effects(), 'execute'), []);
  const last = leader.nextSlot - 1;
  node.hear(BOB, { kind: 'accepted', ballot, first: CALL.slot + 1, last, position: 1 });
  equal(node.replica.applier.halted, false);
  equal(node.replica.applier.stuckAt, undefined);
});

const BOBS = { round: 50, leader: BOB };
const OPEN = batchOf({ kind: 'open', client: clientId('x') });

test('a leader has a higher round than every leadership of which the log says that it has begun', () => {
  const node = new Node();
  const entries = [encodeBegin(BOBS), OPEN];
  node.hear(CAROL, { kind: 'decided', from: 1, entries, commit: 2 });

  node.pass(1000);
  for (let round = 0; round < 6; round++) node.hearBob();

  const { leader } = node.replica;
  ok(leader?.settled);
  ok(leader.ballot.round > BOBS.round);
});

const EVERY_40 = { snapshotEverySlots: 40, tailBytes: 0, tailSlots: 0 };
const RETENTION = { ...EVERY_40, snapshotEveryBytes: 1 << 20, replyBytes: 1 << 20 };

function heartbeat(commit: number, round: number): Message {
  return { kind: 'heartbeat', ballot: BOBS, commit, round, epoch: 1, positions: [] };
}

test('a state that lies in front of where the own log was cut meanwhile is not installed', () => {
  const node = new Node({ retention: RETENTION });
  const entries: Entry[] = [encodeBegin(BOBS), OPEN, batchOf(aCall(1, 1))];
  while (entries.length < 100) entries.push(NOOP);
  node.object = 'stuck';
  node.hear(BOB, heartbeat(0, 1));
  node.hear(BOB, { kind: 'decided', from: 1, entries, commit: 100 });
  for (let round = 2; node.now < 29_000; round++) {
    node.pass(500);
    node.hear(BOB, heartbeat(100, round));
  }
  equal(node.replica.applier.stuckAt?.slot, 3);
  const snapshot = { slot: 20, bytes: 100_000, hash: 'h' };
  const send = (offset: number): void => {
    const chunk = new Uint8Array(50_000);
    node.hear(BOB, { kind: 'snapshotChunk', snapshot, offset, chunk });
    node.step({ kind: 'chunkStored', snapshot, offset: offset + 50_000 });
  };
  node.hear(BOB, { kind: 'snapshotOffer', snapshot });
  send(0);
  node.object = 'quick';
  node.pass(2000);
  for (const { slot } of effectsOf(node.effects(), 'takeSnapshot')) {
    node.step({ kind: 'snapshotTaken', snapshot: { slot, bytes: 10, hash: 'own' } });
  }
  ok(node.replica.log.first > 21, 'it has gone on, and cut its log');

  // Now it hears that the call was taken out.
  const skip = encodeSkip(BOBS, { slot: 3, index: 0 });
  node.hear(BOB, { kind: 'decided', from: 101, entries: [skip], commit: 101 });
  ok(node.replica.applier.halted);
  send(50_000);

  deepEqual(effectsOf(node.effects(), 'installSnapshot'), []);
});
