import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Ballot } from './ballot.ts';
import { encodeItem, NOOP } from './entry.ts';
import type { Message } from './message.ts';
import { aLeadingNode, Node } from './replica-test-kit.ts';
import { ALICE, aMember, BOB, bytes, CAROL, clientId, DAVE, entryNamed } from './test-kit.ts';
import { THREE, viewEntry, viewOf } from './test-kit.ts';

const BOBS: Ballot = { round: 9, leader: BOB };

function heartbeat(ballot: Ballot, commit = 0, round = 1): Message {
  return { kind: 'heartbeat', ballot, commit, round, epoch: 1, positions: [] };
}

function accept(ballot: Ballot, slot: number, commit = 0, entry = NOOP): Message {
  return { kind: 'accept', ballot, slot, entry, commit };
}

test('a replica that hears nobody asks for pre-votes, campaigns and leads', () => {
  const node = new Node();
  node.pass(980);
  deepEqual(node.said('preVote'), []);
  node.pass(20);
  deepEqual(node.said('preVote'), [BOB, CAROL]);

  const leading = aLeadingNode();

  equal(leading.replica.status().role, 'leader');
  equal(leading.replica.log.commit, 1);
  equal(leading.replica.applier.applied, 1);
});

test('time does not go back', () => {
  const node = new Node();
  node.pass(100);
  node.now -= 1;

  throws(() => node.step(), /time does not go back/);
});

test('a leader speaks for itself: what others say in its name is ignored', () => {
  const node = new Node();
  node.effects();

  for (const message of [heartbeat(BOBS), accept(BOBS, 1), prepare(BOBS)]) {
    node.hear(CAROL, message);
  }

  deepEqual(node.sent(), []);
  equal(node.replica.election.leader, undefined);
});

function prepare(ballot: Ballot): Message {
  return { kind: 'prepare', ballot, from: 1 };
}

test('a follower learns what is decided from the next accept or heartbeat', () => {
  const node = new Node();
  node.hear(BOB, accept(BOBS, 1, 0, entryNamed('one')));
  node.hear(BOB, accept(BOBS, 2, 1, entryNamed('two')));
  equal(node.replica.log.commit, 1);

  node.hear(BOB, heartbeat(BOBS, 2));

  equal(node.replica.log.commit, 2);
  deepEqual(node.replica.log.at(2), entryNamed('two'));
  equal(node.replica.election.leader, BOB);
});

test('a heartbeat below the promise is answered by what is promised', () => {
  const node = new Node();
  node.hear(CAROL, { kind: 'prepare', ballot: { round: 12, leader: CAROL }, from: 1 });
  node.effects();

  node.hear(BOB, heartbeat(BOBS));

  deepEqual(
    node.sent().map(({ to, message }) => ({ to, message })),
    [{ to: BOB, message: { kind: 'preempted', ballot: { round: 12, leader: CAROL } } }],
  );
});

test('a leader gives way to a higher ballot, whoever tells it', () => {
  for (const message of [heartbeat(BOBS), accept(BOBS, 1), prepare(BOBS)]) {
    const node = aLeadingNode();
    node.hear(BOB, message);
    equal(node.replica.status().role, 'follower', message.kind);
    equal(node.replica.election.leader, BOB, message.kind);
  }

  const told = aLeadingNode();
  told.hear(CAROL, { kind: 'preempted', ballot: BOBS });
  equal(told.replica.status().leader, undefined);
});

test('a campaign after that uses a round above all that were seen (Safety 2)', () => {
  const node = aLeadingNode();
  node.hear(CAROL, { kind: 'preempted', ballot: { round: 40, leader: CAROL } });

  node.pass(1000);
  node.hearBob();

  equal(node.replica.acceptor.promised.round, 41);
});

test('a leader that hears no majority for a time-out gives up', () => {
  const node = aLeadingNode();

  node.pass(1020);

  equal(node.replica.leader, undefined);
  deepEqual(
    node.noticed().flatMap((notice) => (notice.kind === 'quorumLost' ? notice.missing : [])),
    [BOB, CAROL],
  );
});

test('a candidate that gets no quorum of promises gives up, and tries again', () => {
  const node = new Node();
  node.pass(1000);
  node.hearBob();
  equal(node.replica.leader?.leading, false);
  for (let round = 0; round < 12; round++) {
    node.pass(200);
    node.hear(BOB, heartbeat({ round: 0, leader: BOB }));
    node.hear(CAROL, { kind: 'fetch', from: 99 });
  }

  equal(node.replica.leader, undefined);
});

test('campaigns after which nobody led make a replica wait longer for the next candidate', () => {
  const waits = (...before: readonly Message[]): number => {
    const node = new Node();
    for (const message of before) node.hear(BOB, message);
    node.effects();
    const from = node.now;
    while (node.said('preVote').length === 0) node.pass(20);
    return node.now - from;
  };
  const later = prepare({ round: 10, leader: BOB });

  equal(waits(prepare(BOBS)), 1000);
  equal(waits(prepare(BOBS), prepare(BOBS)), 1000, 'the same campaign');
  equal(waits(prepare(BOBS), later), 2000);
  equal(waits(prepare(BOBS), heartbeat(BOBS), later), 1000, 'somebody led');
});

test('a second campaign lasts twice as long', () => {
  const node = new Node();
  const lasts = (): number => {
    while (node.replica.leader === undefined) {
      node.pass(20);
      const { acceptor, election } = node.replica;
      const round = election.nextRound(acceptor.promised.round);
      node.hear(BOB, { kind: 'preVoteReply', round, granted: true, promised: 0, commit: 0 });
    }
    const from = node.now;
    while (node.replica.leader !== undefined) node.pass(20);
    return node.now - from;
  };

  deepEqual([lasts(), lasts(), lasts()], [1020, 2020, 4020]);
});

test('who learns of its own removal while it campaigns does not lead (Safety 5)', () => {
  const node = new Node();
  node.pass(1000);
  node.hearBob();
  const entries = [viewEntry([BOB, CAROL], 2, 2)];

  node.hear(BOB, { kind: 'decided', from: 1, entries, commit: 1 });

  equal(node.replica.leader, undefined);
});

test('a leader in office learns nothing from others, and a candidate does (Safety 6)', () => {
  const decided: Message = { kind: 'decided', from: 2, entries: [NOOP, NOOP], commit: 3 };
  const leading = aLeadingNode();
  leading.hear(BOB, decided);
  equal(leading.replica.log.commit, 1);

  const candidate = new Node();
  candidate.pass(1000);
  candidate.hearBob();
  candidate.hear(BOB, { ...decided, from: 1 });
  equal(candidate.replica.log.commit, 2);
});

test('a view is told to people once, however it was learned', () => {
  const node = new Node();
  const four = viewOf([ALICE, BOB, CAROL, DAVE], 2, 2);
  node.hear(BOB, {
    kind: 'decided',
    from: 1,
    entries: [viewEntry([ALICE, BOB, CAROL, DAVE], 2, 2)],
    commit: 1,
  });
  node.step();

  deepEqual(
    node.noticed().flatMap((notice) => (notice.kind === 'viewChanged' ? [notice.view] : [])),
    [four],
  );
});

test('connections are kept to everybody in the view, and changed with it', () => {
  const node = new Node();
  deepEqual(node.connected(), [[aMember(BOB), aMember(CAROL)]]);
  node.pass(500);
  deepEqual(node.connected(), []);

  node.hear(BOB, {
    kind: 'decided',
    from: 1,
    entries: [viewEntry([ALICE, BOB, DAVE], 2, 2)],
    commit: 1,
  });

  deepEqual(node.connected(), [[aMember(BOB), aMember(DAVE)]]);
});

test('whoever calls is called back, as long as it is connected', () => {
  const node = new Node();
  node.effects();

  node.step({ kind: 'peerCalled', member: aMember(DAVE) });
  deepEqual(node.connected(), [[aMember(BOB), aMember(CAROL), aMember(DAVE)]]);
  node.step({ kind: 'peerHungUp', id: DAVE });
  deepEqual(node.connected(), [[aMember(BOB), aMember(CAROL)]]);
});

test('what the view says of a caller is believed before what it says itself', () => {
  const node = new Node();
  node.effects();

  node.step({ kind: 'peerCalled', member: aMember(BOB, { address: 'elsewhere:1' }) });
  // At the own address: to dial it would be to meet oneself.
  node.step({ kind: 'peerCalled', member: aMember(DAVE, { address: aMember(ALICE).address }) });

  deepEqual(node.connected(), []);
});

test('who asks to join somebody who does not lead is told whom to ask', () => {
  const node = new Node();
  node.hear(BOB, heartbeat(BOBS));
  node.effects();

  node.hear(DAVE, { kind: 'join', member: aMember(DAVE), commit: 0 });

  deepEqual(
    node.sent().map(({ to, message }) => ({ to, message })),
    [{ to: DAVE, message: { kind: 'follow', leader: aMember(BOB), view: THREE } }],
  );
});

test('a leader sends a learner what it sends members', () => {
  const node = aLeadingNode();
  node.hear(DAVE, { kind: 'join', member: aMember(DAVE), commit: 0 });
  deepEqual(node.connected(), [[aMember(BOB), aMember(CAROL), aMember(DAVE)]]);

  node.pass(100);

  deepEqual(node.said('heartbeat'), [BOB, CAROL, DAVE]);
});

test('a client that is not at the leader is told where to go, and a read is refused', () => {
  const node = new Node();
  node.hear(BOB, heartbeat(BOBS));
  node.effects();
  const item = { kind: 'open', client: clientId('x') } as const;
  node.step(
    { kind: 'request', connection: 5, request: { kind: 'item', item, bytes: encodeItem(item) } },
    {
      kind: 'request',
      connection: 6,
      request: {
        kind: 'read',
        token: 1,
        session: 0,
        after: 0,
        consistency: 'linearizable',
        atLeast: 0,
        command: bytes('get'),
      },
    },
  );

  const responses = node
    .effects()
    .flatMap((effect) => (effect.kind === 'respond' ? [effect.response] : []));
  deepEqual(
    responses.map((response) => [response.kind, 'leader' in response ? response.leader : '']),
    [
      ['redirect', 'host-2:14000'],
      ['readRefused', ''],
      ['redirect', 'host-2:14000'],
    ],
  );
});

test('a leader whose disk is far behind proposes nothing until that has caught up', () => {
  const node = aLeadingNode();
  const item = { kind: 'open', client: clientId('x') } as const;
  node.step({ kind: 'backlog', state: 'over' });
  node.step({
    kind: 'request',
    connection: 5,
    request: { kind: 'item', item, bytes: encodeItem(item) },
  });
  deepEqual(node.said('accept'), []);

  node.step({ kind: 'backlog', state: 'under' });
  deepEqual(node.said('accept'), [BOB, CAROL]);
});

test('who is found to differ leads no more and answers heartbeats without a checkpoint', () => {
  const node = aLeadingNode();
  node.replica.halt(32);
  equal(node.replica.status().role, 'follower');
  equal(node.replica.status().halted, true);
  node.effects();

  node.hear(BOB, heartbeat(BOBS, 1));
  node.pass(3000);

  const alive = node.effects().find((effect) => {
    return effect.kind === 'send' && effect.message.kind === 'alive';
  });
  equal(
    alive?.kind === 'send' && alive.message.kind === 'alive' && alive.message.checkpoint,
    undefined,
  );
  equal(node.replica.leader, undefined, 'it does not campaign');
});

test('a member of an old view is told to go by the leader, or when anything was decided', () => {
  const view = viewOf([ALICE, BOB, CAROL], 2, 2);
  const asks: Message = { kind: 'preVote', round: 9, commit: 0, epoch: 1 };
  const leading = aLeadingNode({ genesis: { ...view, start: 1 } });
  leading.hear(DAVE, asks);
  deepEqual(leading.said('departed'), [DAVE]);

  const follower = new Node({ genesis: { ...view, start: 1 } });
  follower.effects();
  follower.hear(DAVE, asks);
  deepEqual(follower.said('departed'), []);
  follower.hear(BOB, { kind: 'decided', from: 1, entries: [NOOP], commit: 1 });
  follower.hear(DAVE, asks);
  deepEqual(follower.said('departed'), [DAVE]);
});
