/** What becomes of the verdict that no majority of members has the same state (Safety 9). */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Applier } from './applier.ts';
import { CHECKPOINT_SLOTS } from './checkpoints.ts';
import type { Ballot, ReplicaId } from './ballot.ts';
import { NOOP } from './entry.ts';
import { Log } from './log.ts';
import { allDiffer } from './message.ts';
import type { Checkpoint, Message } from './message.ts';
import { aLeadingNode, Node } from './replica-test-kit.ts';
import { aContext, ALICE, BOB, bytes, CAROL, DAVE, effectsOf, SILENT } from './test-kit.ts';
import { THREE } from './test-kit.ts';

const BOBS: Ballot = { round: 9, leader: BOB };
const VERDICT: Message = { kind: 'diverged', checkpoint: allDiffer(CHECKPOINT_SLOTS) };

function heartbeat(ballot: Ballot = BOBS): Message {
  return { kind: 'heartbeat', ballot, commit: 0, round: 1, epoch: 1, positions: [] };
}

function at(slot: number, digest: string): Checkpoint {
  return { slot, digest };
}

/** `from` answers the leader's heartbeat, and says what its state is. */
function reports(node: Node, from: ReplicaId, checkpoint: Checkpoint): void {
  const ballot = node.replica.acceptor.promised;
  node.hear(from, { kind: 'alive', ballot, round: 1, commit: 0, applied: 0, checkpoint });
}

function aStoppedNode(): Node {
  const node = new Node();
  node.hear(CAROL, VERDICT);
  node.effects();
  return node;
}

/** All verdicts that it has sent, and to whom. */
function verdicts(node: Node): readonly ReplicaId[] {
  return node
    .sent()
    .flatMap(({ to, message }) =>
      message.kind === 'diverged' && message.checkpoint.digest === '' ? [to] : [],
    );
}

test('whoever has stopped repeats to all members why, as long as that stands', () => {
  const node = new Node();
  node.hear(CAROL, VERDICT);
  equal(node.replica.applier.stopped, CHECKPOINT_SLOTS);
  deepEqual(verdicts(node), [BOB, CAROL]);

  node.pass(1000);
  deepEqual(verdicts(node), [BOB, CAROL]);
  node.hear(BOB, VERDICT);
  node.pass(1000);
  deepEqual(verdicts(node), [BOB, CAROL], 'they may have restarted');
});

test('whoever has stopped answers candidates with the verdict, and with no vote', () => {
  const node = aStoppedNode();

  node.hear(BOB, { kind: 'preVote', round: 9, commit: 0, epoch: 1 });
  node.hear(BOB, { kind: 'prepare', ballot: BOBS, from: 1 });

  deepEqual(node.sent(), [
    { kind: 'send', to: BOB, message: VERDICT, after: 0 },
    { kind: 'send', to: BOB, message: VERDICT, after: 0 },
  ]);
});

test('whoever has stopped votes for a leader in office, and tells it the verdict', () => {
  const node = aStoppedNode();

  node.hear(BOB, { kind: 'accept', ballot: BOBS, slot: 1, entry: NOOP, commit: 0 });
  node.hear(BOB, heartbeat());

  const sent = node.sent();
  deepEqual(
    sent.map(({ to, message }) => [to, message.kind]),
    [
      [BOB, 'accepted'],
      [BOB, 'alive'],
    ],
  );
  const [, alive] = sent;
  deepEqual(
    alive?.message.kind === 'alive' && alive.message.checkpoint,
    allDiffer(CHECKPOINT_SLOTS),
  );
});

test('a leader that is told so, in an answer to a heartbeat or in a message, stops as well', () => {
  const leading = aLeadingNode();
  reports(leading, BOB, allDiffer(CHECKPOINT_SLOTS));
  deepEqual(leading.said('diverged'), [BOB, CAROL]);

  const other = aLeadingNode();
  other.hear(BOB, VERDICT);

  for (const { replica } of [leading, other]) {
    equal(replica.applier.stopped, CHECKPOINT_SLOTS);
    equal(replica.status().role, 'follower');
  }
});

test('a leader that has seen a majority agree since overrules the verdict', () => {
  const node = aLeadingNode();
  const majority = at(2 * CHECKPOINT_SLOTS, 'x');
  reports(node, BOB, majority);
  reports(node, CAROL, majority);
  node.effects();

  reports(node, CAROL, allDiffer(CHECKPOINT_SLOTS));

  deepEqual(node.sent(), [
    { kind: 'send', to: CAROL, message: { kind: 'diverged', checkpoint: majority }, after: 0 },
  ]);
  equal(node.replica.status().role, 'leader');
  reports(node, CAROL, allDiffer(3 * CHECKPOINT_SLOTS));
  equal(node.replica.applier.stopped, 3 * CHECKPOINT_SLOTS, 'that they agreed before says nothing');
});

test('what was seen in an earlier leadership overrules nothing', () => {
  const node = aLeadingNode();
  reports(node, BOB, at(CHECKPOINT_SLOTS, 'x'));
  reports(node, CAROL, at(CHECKPOINT_SLOTS, 'x'));
  node.replica.stepDown();

  node.hear(BOB, VERDICT);

  equal(node.replica.applier.stopped, CHECKPOINT_SLOTS);
});

test('the verdict of somebody who is no member is not heard', () => {
  const node = new Node({ contacts: [{ id: DAVE, address: 'host-4:14000', durable: true }] });

  node.hear(DAVE, VERDICT);

  equal(node.replica.applier.stopped, undefined);
});

test("whoever has stopped takes nobody's state", () => {
  const node = new Node();
  const snapshot = { slot: 50, bytes: 10, hash: 'f' };
  node.hear(BOB, heartbeat());
  node.hear(BOB, { kind: 'snapshotOffer', snapshot });
  deepEqual(node.said('snapshotFetch'), [CAROL], 'who offers it is spared');

  node.hear(CAROL, VERDICT);
  node.effects();
  node.hear(BOB, { kind: 'snapshotChunk', snapshot, offset: 0, chunk: bytes('0123456789') });
  node.hear(BOB, { kind: 'snapshotOffer', snapshot });
  node.hear(BOB, heartbeat());
  node.pass(3000);

  const asked = node.effects().flatMap((effect) => {
    if (effect.kind === 'storeChunk') return [effect.kind];
    return effect.kind === 'send' ? [effect.message.kind] : [];
  });
  deepEqual([...new Set(asked)].toSorted(), ['alive', 'diverged']);
});

test('whoever has stopped asks for the state of a majority when there is one again', () => {
  const node = aStoppedNode();
  node.hear(BOB, heartbeat());
  node.hear(BOB, { kind: 'diverged', checkpoint: at(CHECKPOINT_SLOTS - 1, 'x') });
  equal(node.replica.applier.stopped, CHECKPOINT_SLOTS, 'a majority that was before the verdict');

  node.hear(BOB, { kind: 'diverged', checkpoint: at(CHECKPOINT_SLOTS, 'x') });
  equal(node.replica.applier.stopped, undefined);
  equal(node.replica.applier.halted, true);
  node.pass(200);

  deepEqual(
    node
      .sent()
      .flatMap(({ to, message }) => (message.kind === 'fetch' ? [[to, message.from]] : [])),
    [[BOB, 0]],
  );
});

test('a snapshot that was being loaded when the verdict came does not end it', () => {
  const log = new Log(0, THREE);
  const context = aContext(ALICE);
  const applier = new Applier(context, log);
  log.append(NOOP);
  applier.advance(SILENT);
  applier.takeSnapshot();
  const [taken] = effectsOf(context.takeEffects(), 'takeSnapshot');
  applier.installing('begins');
  applier.stop(CHECKPOINT_SLOTS);

  applier.install(taken?.header ?? bytes(''), 1);

  deepEqual([applier.halted, applier.runs], [true, false]);
  applier.halt();
  deepEqual([applier.halted, applier.stopped], [true, undefined]);
});
