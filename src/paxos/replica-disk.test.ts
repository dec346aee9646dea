import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { encodeItem, NOOP } from './entry.ts';
import { DEFAULT_RETENTION } from './log.ts';
import type { SnapshotName } from './message.ts';
import { aLeadingNode, Node } from './replica-test-kit.ts';
import { ALICE, aMember, BOB, bytes, CAROL, clientId, effectsOf, entryNamed } from './test-kit.ts';

/** A snapshot is due at every second slot, and nothing is kept behind it. */
const SHORT = { ...DEFAULT_RETENTION, snapshotEverySlots: 2, tailSlots: 0 };

const BOBS = { round: 9, leader: BOB };

function snapshotAt(slot: number, hash = 'h'): SnapshotName {
  return { slot, bytes: 10, hash };
}

/** Somebody hands over so many decided slots. */
function learn(node: Node, slots: number): void {
  const from = node.replica.log.commit + 1;
  const entries = Array.from({ length: slots }, () => NOOP);
  node.hear(CAROL, { kind: 'decided', from, entries, commit: from + slots - 1 });
}

/** The header of a snapshot at the slot. */
function headerAt(slot: number): Uint8Array {
  const node = new Node();
  learn(node, slot);
  node.effects();
  node.replica.applier.takeSnapshot();
  node.step();
  return effectsOf(node.effects(), 'takeSnapshot')[0]?.header ?? bytes('');
}

/** Alice is handed a snapshot at the slot, up to where it is being loaded. */
function beginInstalling(node: Node, slot: number): void {
  node.hear(BOB, { kind: 'snapshotOffer', snapshot: snapshotAt(slot) });
  node.step({ kind: 'chunkStored', snapshot: snapshotAt(slot), offset: 10 });
}

test('a restarted replica has its promise, its votes, and what it knows to be decided', () => {
  const vote = { slot: 3, ballot: { round: 4, leader: CAROL }, entry: entryNamed('three') };
  const node = new Node({
    recovered: {
      position: 17,
      promised: BOBS,
      snapshot: undefined,
      decided: [NOOP, entryNamed('two')],
      accepted: [vote],
      commit: 2,
    },
  });
  node.effects();

  node.hear(BOB, { kind: 'prepare', ballot: BOBS, from: 1 });
  node.hear(CAROL, { kind: 'prepare', ballot: { round: 8, leader: CAROL }, from: 1 });

  deepEqual(
    node.sent().map(({ message }) => message),
    [
      { kind: 'promise', ballot: BOBS, from: 1, commit: 2, accepted: [vote], position: 17 },
      { kind: 'preempted', ballot: BOBS },
    ],
  );
  equal(node.replica.applier.applied, 2);
});

test('a replica that restarts from a snapshot goes on behind it, and can hand it over', () => {
  const node = new Node({
    recovered: {
      position: 17,
      promised: BOBS,
      snapshot: { name: snapshotAt(4), header: headerAt(4) },
      decided: [NOOP],
      accepted: [],
      commit: 5,
    },
  });

  const { applier, catchUp, log } = node.replica;
  deepEqual([log.first, log.commit, applier.applied], [5, 5, 5]);
  deepEqual(catchUp.held, snapshotAt(4));
});

test('the log is cut when the snapshot is durable, in memory and on disk (Safety 10)', () => {
  const node = new Node({ retention: SHORT });
  learn(node, 3);
  const due = node.effects();
  equal(effectsOf(due, 'takeSnapshot').length, 1);
  deepEqual(effectsOf(due, 'truncate'), []);
  equal(node.replica.log.first, 1);

  node.step({ kind: 'snapshotTaken', snapshot: snapshotAt(2) });

  deepEqual(effectsOf(node.effects(), 'truncate'), [{ kind: 'truncate', through: 2 }]);
  equal(node.replica.log.first, 3);
  deepEqual(node.replica.catchUp.held, snapshotAt(2));
});

test('an older snapshot that is stored late does not take the place of a newer one', () => {
  const node = new Node({ retention: SHORT });
  learn(node, 2);
  beginInstalling(node, 6);
  node.step({ kind: 'snapshotInstalled', snapshot: snapshotAt(6), header: headerAt(6) });

  node.step({ kind: 'snapshotTaken', snapshot: snapshotAt(2) });

  deepEqual(node.replica.catchUp.held, snapshotAt(6));
});

test('what was captured before a replica was found to differ is held by nobody (Safety 9)', () => {
  const node = new Node({ retention: SHORT });
  learn(node, 2);

  node.replica.halt(2);
  node.step({ kind: 'snapshotTaken', snapshot: snapshotAt(2) });

  equal(node.replica.catchUp.held, undefined);
  deepEqual(effectsOf(node.effects(), 'truncate'), []);
});

test('a leader whose state is replaced leads no more (Safety 6)', () => {
  const node = new Node();
  beginInstalling(node, 4);
  node.pass(1000);
  for (let round = 0; round < 3; round++) node.hearBob();
  equal(node.replica.leader?.leading, true);

  node.step({ kind: 'snapshotInstalled', snapshot: snapshotAt(4), header: headerAt(4) });

  equal(node.replica.leader, undefined);
  equal(node.replica.log.commit, 4);
});

test('who takes office gives up a snapshot that it was fetching', () => {
  const node = new Node();
  node.hear(BOB, { kind: 'snapshotOffer', snapshot: snapshotAt(4) });
  equal(node.replica.catchUp.transferring, true);

  node.pass(1000);
  for (let round = 0; round < 3; round++) node.hearBob();

  equal(node.replica.leader?.leading, true);
  equal(node.replica.catchUp.transferring, false);
});

test('a snapshot that is bad is forgotten, and execution goes on', () => {
  const node = new Node();
  beginInstalling(node, 4);
  learn(node, 1);
  equal(node.replica.applier.applied, 0);

  node.step({ kind: 'snapshotRejected', snapshot: snapshotAt(4) });

  equal(node.replica.applier.applied, 1);
});

test('what positions others have acknowledged is learned from the leader (Safety 3)', () => {
  const node = new Node();

  node.hear(BOB, {
    kind: 'heartbeat',
    ballot: BOBS,
    commit: 0,
    round: 1,
    epoch: 1,
    positions: [[CAROL, 31]],
  });

  equal(node.replica.peers.position(CAROL), 31);
});

test('nothing is proposed while leadership is being handed over', () => {
  const node = aLeadingNode();
  node.order({ kind: 'transfer', to: CAROL });
  const item = { kind: 'open', client: clientId('x') } as const;

  node.step({
    kind: 'request',
    connection: 5,
    request: { kind: 'item', item, bytes: encodeItem(item) },
  });

  deepEqual(node.said('accept'), []);
  equal(node.replica.status().queued, 1);
});

test('a status says what a replica is, and what it has heard of the others', () => {
  const node = aLeadingNode();
  node.pass(100);
  node.hearBob();

  const { role, leader, commit, applied, firstKept, alive, progress, halted } =
    node.replica.status();

  deepEqual(
    { role, leader, commit, applied, firstKept, alive, halted },
    {
      role: 'leader',
      leader: ALICE,
      commit: 1,
      applied: 1,
      firstKept: 1,
      alive: [ALICE, BOB],
      halted: false,
    },
  );
  deepEqual(
    [...progress],
    [
      [ALICE, 1],
      [BOB, 1],
      [CAROL, 0],
    ],
  );
  equal(new Node({ self: aMember(9) }).replica.status().role, 'learner');
});
