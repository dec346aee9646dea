import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ZERO_BALLOT } from './ballot.ts';
import { NOOP } from './entry.ts';
import type { Message } from './message.ts';
import { aLeadingNode, Node } from './replica-test-kit.ts';
import { ALICE, aMember, BOB, CAROL, DAVE, ERIN, viewOf } from './test-kit.ts';

const FAR = 2 ** 52;
const ballot = { round: FAR, leader: DAVE };
const view = viewOf([DAVE], FAR, FAR);
const checkpoint = { slot: FAR, digest: 'ff' };
const snapshot = { slot: FAR, bytes: 1, hash: '' };

/** What would end, replace or mislead a replica that believes it. */
const CLAIMS: readonly Message[] = [
  { kind: 'prepare', ballot, from: 1 },
  { kind: 'accept', ballot, slot: 1, entry: NOOP, commit: FAR },
  { kind: 'heartbeat', ballot, commit: FAR, round: 1, epoch: FAR, positions: [[BOB, FAR]] },
  { kind: 'promise', ballot, from: 1, commit: FAR, accepted: [], position: FAR },
  { kind: 'accepted', ballot, first: 1, last: FAR, position: FAR },
  { kind: 'preempted', ballot },
  { kind: 'alive', ballot, round: 1, commit: FAR, applied: FAR, checkpoint },
  { kind: 'preVote', round: FAR, commit: FAR, epoch: FAR },
  { kind: 'preVoteReply', round: FAR, granted: true, promised: FAR, commit: FAR },
  { kind: 'decided', from: 1, entries: [NOOP], commit: FAR },
  { kind: 'snapshotOffer', snapshot },
  { kind: 'snapshotChunk', snapshot, offset: 0, chunk: new Uint8Array(1) },
  { kind: 'departed', view },
  { kind: 'campaign', ballot },
  { kind: 'follow', leader: aMember(DAVE), view },
  { kind: 'diverged', checkpoint },
];

test('a leader believes nothing of a replica that nothing names (Safety 4)', () => {
  for (const message of CLAIMS) {
    const node = aLeadingNode();
    const before = node.replica.status();
    node.hear(DAVE, message);

    deepEqual(node.replica.status(), before, message.kind);
    const [notice, ...more] = node.noticed();
    deepEqual(notice, { kind: 'ignored', from: DAVE, message: message.kind });
    deepEqual(more, []);
  }
});

test('to call is not to be named', () => {
  for (const message of CLAIMS) {
    const node = aLeadingNode();
    node.step({ kind: 'peerCalled', member: aMember(DAVE) });
    node.effects();
    const before = node.replica.status();

    node.hear(DAVE, message);

    deepEqual(node.replica.status(), before, message.kind);
    deepEqual(node.noticed(), [{ kind: 'ignored', from: DAVE, message: message.kind }]);
  }
});

test('people are told of strangers once a second, not once a message', () => {
  const node = aLeadingNode();
  for (let i = 0; i < 100; i++) node.hear(DAVE, { kind: 'preempted', ballot });
  equal(node.noticed().length, 1);
  node.now += 1000;
  node.hear(DAVE, { kind: 'preempted', ballot });
  equal(node.noticed().filter(({ kind }) => kind === 'ignored').length, 1);
});

test('a replica that nothing names may ask to join, and for what was decided', () => {
  const node = aLeadingNode();
  node.hear(DAVE, { kind: 'fetch', from: 1 });
  deepEqual(node.said('decided'), [DAVE]);
  node.hear(DAVE, { kind: 'join', member: aMember(DAVE), commit: 0 });
  deepEqual(
    node.connected().map((peers) => peers.map(({ id }) => id)),
    [[BOB, CAROL, DAVE]],
  );
});

test('a follower that hears its leader listens to no other that nothing names', () => {
  const node = new Node();
  const bobs = { round: 3, leader: BOB };
  const beat = { kind: 'heartbeat', commit: 0, round: 1, epoch: 1, positions: [] } as const;
  node.hear(BOB, { ...beat, ballot: bobs });

  node.hear(DAVE, { kind: 'prepare', ballot: { round: 9, leader: DAVE }, from: 1 });
  deepEqual(node.replica.acceptor.promised, ZERO_BALLOT);

  node.now += 1000;
  node.hear(DAVE, { kind: 'prepare', ballot: { round: 9, leader: DAVE }, from: 1 });
  deepEqual(node.replica.acceptor.promised, { round: 9, leader: DAVE }, 'Bob is silent');
});

test('a member of a view that is long gone follows a leader that it has never heard of', () => {
  const node = new Node();
  node.hear(ERIN, {
    kind: 'heartbeat',
    ballot: { round: 7, leader: ERIN },
    commit: 40,
    round: 1,
    epoch: 9,
    positions: [],
  });
  equal(node.replica.election.leader, ERIN);
  node.pass(200);
  node.hear(ERIN, { kind: 'decided', from: 1, entries: [NOOP], commit: 40 });
  equal(node.replica.log.commit, 1, 'whom it follows, it learns from');
  equal(node.id, ALICE);
});
