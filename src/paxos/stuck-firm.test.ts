import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { present } from '../base/index.ts';
import type { ReplicaId } from './ballot.ts';
import { encodeFirm } from './entry.ts';
import { Node } from './replica-test-kit.ts';
import { alive, aLeaderWithACall, CALL, decide, firms } from './stuck-test-kit.ts';
import { replies, report, skips } from './stuck-test-kit.ts';
import {
  aCall,
  ALICE,
  aMember,
  batchOf,
  BOB,
  CAROL,
  clientId,
  DAVE,
  effectsOf,
} from './test-kit.ts';

test('what was heavy is told when a quorum has executed it, and the log says that it stands', () => {
  const node = aLeaderWithACall('heavy');
  alive(node, CAROL, CALL.slot - 1);
  deepEqual(firms(node.effects()), []);

  alive(node, BOB, CALL.slot);
  alive(node, CAROL, CALL.slot);
  const effects = decide(node);
  deepEqual(firms(effects), [CALL.slot]);
  equal(replies(effects), 0);
  equal(replies(node.effects()), 1);
});

test('a call of which the log says that it stands is not taken out, whoever is stuck at it', () => {
  const ballot = { round: 1, leader: CAROL };
  const entries = [batchOf({ kind: 'open', client: clientId('x') }), batchOf(aCall(1, 1))];
  const place = { slot: 2, index: 0 };
  const accepted = [...entries, encodeFirm(place.slot)].map((entry, at) => {
    return { slot: at + 1, ballot, entry };
  });
  const recovered = { position: 1, promised: ballot, snapshot: undefined, decided: [], accepted };
  const node = new Node({ recovered: { ...recovered, commit: 0 } });
  node.object = 'stuck';
  node.pass(1000);
  for (let round = 0; round < 6; round++) node.hearBob();
  deepEqual(node.replica.applier.stuckAt, place);
  equal(node.replica.applier.skips.firm, place.slot);

  report(node, BOB, place);
  report(node, CAROL, place);
  node.pass(1000);

  deepEqual(skips(node.effects()), []);
});

test('what a halted replica has executed does not count, nor what was said before it halted', () => {
  const node = aLeaderWithACall('heavy');
  alive(node, BOB, CALL.slot, 2);
  deepEqual(firms(decide(node)), [CALL.slot]);
  const { stuck } = node.replica;
  const leader = present(node.replica.leader, 'a leader');
  const both = [aMember(ALICE), aMember(BOB)];
  ok(stuck.fates(leader).keeps(both));

  alive(node, BOB, CALL.slot - 1, 1);
  ok(stuck.fates(leader).keeps(both), 'a late answer');
  alive(node, BOB, CALL.slot - 1, 3);
  ok(!stuck.fates(leader).keeps(both));

  equal(stuck.standing, CALL.slot + 1);
  node.replica.applier.halt();
  equal(stuck.standing, 0);
});

test('no state is handed over before the own leadership has begun, or while a call may be taken out', () => {
  const node = new Node();
  equal(node.replica.stuck.isPremature, false);
  node.pass(1000);
  for (let round = 0; round < 6 && node.replica.leader === undefined; round++) node.hearBob();
  ok(node.replica.stuck.isPremature);
  for (let round = 0; round < 6; round++) node.hearBob();
  ok(!node.replica.stuck.isPremature);

  const stuck = aLeaderWithACall('stuck');
  report(stuck, BOB);
  stuck.pass(100);
  ok(stuck.replica.stuck.disputes);
});

test('a change of view needs a quorum that has executed what is firm', () => {
  const node = aLeaderWithACall('heavy');
  const { stuck } = node.replica;
  const keeps = (...ids: readonly ReplicaId[]): boolean =>
    stuck.fates(present(node.replica.leader, 'a leader')).keeps(ids.map((id) => aMember(id)));
  ok(keeps(CAROL, DAVE), 'nothing is firm');

  alive(node, BOB, CALL.slot);
  ok(!keeps(BOB, CAROL), 'that it shall be firm counts');
  decide(node);

  ok(keeps(ALICE, BOB, DAVE));
  ok(keeps(ALICE, BOB));
  ok(!keeps(BOB, CAROL));
  ok(!keeps(CAROL, ALICE, DAVE));
  node.hear(DAVE, { kind: 'join', member: aMember(DAVE), commit: 0 });
  alive(node, DAVE, CALL.slot);
  ok(keeps(CAROL, ALICE, DAVE), 'also one that is not a member yet');
});

test('no second call is taken out that somebody may have executed, while the others have stopped', () => {
  const node = aLeaderWithACall('stuck', 2);
  const second = { slot: CALL.slot + 1, index: 0 };
  report(node, BOB);
  node.pass(100);
  decide(node);
  deepEqual(node.replica.applier.stuckAt, second, 'the first is taken out');

  // Bob had executed the first after all, and Carol the second.
  alive(node, BOB, CALL.slot - 1, 2);
  node.hear(BOB, { kind: 'stuck', ballot: node.replica.acceptor.promised, round: 2, ...CALL });
  alive(node, CAROL, second.slot);
  node.pass(100);
  const effects = node.effects();
  deepEqual(skips(effects), []);
  const asked = effectsOf(effects, 'send').filter(({ message }) => message.kind === 'campaign');
  deepEqual(
    asked.map(({ to }) => to),
    [CAROL],
  );

  node.step({ kind: 'peerLost', id: CAROL });
  node.pass(100);
  deepEqual(
    skips(node.effects()).map(([, place]) => place),
    [second],
  );
});
