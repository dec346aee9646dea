import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaId, Slot } from './ballot.ts';
import type { Message } from './message.ts';
import { Node } from './replica-test-kit.ts';
import { alive, aLeaderWithACall, CALL, CLIENT, report, skips } from './stuck-test-kit.ts';
import { aCall, aMember, batchOf, BOB, CAROL, clientId, DAVE, effectsOf } from './test-kit.ts';

test('a call at which a quorum is stuck is taken out, once', () => {
  const node = aLeaderWithACall('stuck');
  node.pass(100);
  deepEqual(skips(node.effects()), [], 'alone she is no quorum');

  report(node, BOB);
  node.pass(100);
  // In slot 4 is what came before: it may have been heavy.
  deepEqual(skips(node.effects()), [[5, CALL]]);
  report(node, BOB);
  report(node, CAROL);
  node.pass(100);
  deepEqual(skips(node.effects()), [], 'it is open');

  const ballot = node.replica.acceptor.promised;
  node.hear(BOB, { kind: 'accepted', ballot, first: 4, last: 5, position: 1 });
  const [goesOn] = effectsOf(node.effects(), 'execute');
  equal(goesOn?.commands[0]?.skipped, true);
  report(node, BOB);
  report(node, CAROL);
  node.pass(100);
  deepEqual(skips(node.effects()), [], 'it is decided');
});

test('a leader that is not stuck itself takes out nothing: it may have to tell of the call', () => {
  const node = aLeaderWithACall('slow');
  report(node, BOB);
  report(node, CAROL);
  node.pass(100);

  deepEqual(skips(node.effects()), []);
});

test('a leader that has executed a call never takes it out', () => {
  const node = aLeaderWithACall('heavy');

  report(node, BOB);
  report(node, CAROL);
  node.pass(1000);

  deepEqual(skips(node.effects()), []);
  equal(node.replica.applier.applied, CALL.slot);
});

test('reports of another ballot do not count', () => {
  const node = aLeaderWithACall('stuck');

  report(node, BOB, CALL, -1);
  report(node, CAROL, CALL, 1);
  node.pass(100);

  deepEqual(skips(node.effects()), []);
});

test('nor do those of a process whose connection broke, or who has gone on since', () => {
  const node = aLeaderWithACall('stuck');
  report(node, BOB);
  node.step({ kind: 'peerLost', id: BOB });
  report(node, CAROL);
  alive(node, CAROL, CALL.slot, 2);
  node.pass(100);

  deepEqual(skips(node.effects()), []);
});

test('who is not in the view does not count', () => {
  const node = aLeaderWithACall('stuck');
  node.hear(DAVE, { kind: 'join', member: aMember(DAVE), commit: 0 });
  ok(node.replica.membership.names(DAVE), 'she hears him');

  report(node, DAVE);
  node.pass(100);

  deepEqual(skips(node.effects()), []);
});

test('who is stuck further on is asked to lead, and who is stuck in front of the call counts', () => {
  const node = aLeaderWithACall('stuck');
  report(node, BOB, { slot: 4, index: 0 });
  node.pass(100);
  const effects = node.effects();
  deepEqual(skips(effects), [], 'he has executed what she cannot');
  const asked = effectsOf(effects, 'send').filter(({ message }) => message.kind === 'campaign');
  deepEqual(
    asked.map(({ to }) => to),
    [BOB],
  );

  report(node, CAROL, { slot: 2, index: 0 });
  node.pass(100);
  deepEqual(skips(node.effects()), [[5, CALL]]);
});

test('those who are further are asked to lead in turn', () => {
  const node = aLeaderWithACall('stuck');
  const asked: ReplicaId[] = [];
  for (let round = 0; round < 4; round++) {
    alive(node, BOB, CALL.slot);
    alive(node, CAROL, CALL.slot);
    node.pass(1000);
    asked.push(...node.said('campaign'));
  }

  deepEqual(asked.slice(0, 3), [BOB, CAROL, BOB]);
});

test('a read under way when a leader gives way is not answered: it may see what is taken back', () => {
  const node = aLeaderWithACall('slow');
  const read = { kind: 'read', token: 9, session: 1, after: 0, atLeast: 0 } as const;
  const request = { ...read, consistency: 'linearizable', command: new Uint8Array(1) } as const;
  node.step({ kind: 'request', connection: CLIENT, request });
  const rounds = effectsOf(node.effects(), 'send').flatMap(({ message }) =>
    message.kind === 'heartbeat' ? [message.round] : [],
  );
  node.finish('quick');
  alive(node, BOB, CALL.slot, Math.max(...rounds));
  const batch = effectsOf(node.effects(), 'read')[0]?.batch ?? 0;
  ok(batch > 0, 'the read is at the executor');

  node.replica.stepDown();
  node.step({ kind: 'readDone', batch, results: [new Uint8Array(1)] });

  const answers = effectsOf(node.effects(), 'respond').map(({ response }) => response.kind);
  deepEqual(
    answers.filter((kind) => kind.startsWith('read')),
    ['readRefused'],
  );
});

const BOBS = { round: 9, leader: BOB };

function heartbeat(commit: Slot): Message {
  return { kind: 'heartbeat', ballot: BOBS, commit, round: 1, epoch: 1, positions: [] };
}

/** Alice follows Bob, and is stuck at the first call. */
function aFollowerThatIsStuck(): Node {
  const node = new Node();
  node.object = 'stuck';
  node.hear(BOB, heartbeat(0));
  const entries = [batchOf({ kind: 'open', client: clientId('x') }), batchOf(aCall(1, 1))];
  node.hear(BOB, { kind: 'decided', from: 1, entries, commit: 2 });
  deepEqual(node.replica.applier.stuckAt, { slot: 2, index: 0 });
  node.effects();
  return node;
}

test('who is stuck tells the leader', () => {
  const node = aFollowerThatIsStuck();
  node.hear(BOB, heartbeat(2));

  const [said] = node.sent().filter(({ message }) => message.kind === 'stuck');
  deepEqual(said?.message, { kind: 'stuck', ballot: BOBS, round: 1, slot: 2, index: 0 });
});

const SNAPSHOT = { slot: 2, bytes: 100, hash: '1' };

test('who is stuck takes the state of the leader only, and then says no more that it is stuck', () => {
  const node = aFollowerThatIsStuck();
  node.hear(CAROL, { kind: 'snapshotOffer', snapshot: SNAPSHOT });
  deepEqual(node.said('snapshotFetch'), []);

  node.hear(BOB, { kind: 'snapshotOffer', snapshot: SNAPSHOT });
  deepEqual(node.said('snapshotFetch'), [BOB]);
  node.hear(BOB, heartbeat(2));
  deepEqual(node.said('stuck'), []);
});

test('nor does who is stuck take a state of a candidate, who may find the call taken out', () => {
  const node = aFollowerThatIsStuck();
  const ballot = { round: 10, leader: CAROL };
  node.hear(CAROL, { kind: 'prepare', ballot, from: 3 });
  node.pass(300);
  deepEqual(node.said('fetch'), []);
  node.hear(CAROL, { kind: 'snapshotOffer', snapshot: SNAPSHOT });
  deepEqual(node.said('snapshotFetch'), []);

  node.hear(CAROL, { ...heartbeat(2), ballot } as Message);
  node.pass(300);
  deepEqual(node.said('fetch').slice(0, 1), [CAROL]);
});
