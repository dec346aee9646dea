import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Ballot } from './ballot.ts';
import { aLeadingNode, Node } from './replica-test-kit.ts';
import { ALICE, aMember, BOB, CAROL, DAVE, THREE, viewEntry, viewOf } from './test-kit.ts';

const BOBS: Ballot = { round: 9, leader: BOB };

/** Bob leads, and Alice knows it. */
function aFollower(durable = true): Node {
  const node = new Node({ self: aMember(ALICE, { durable }) });
  node.hear(BOB, {
    kind: 'heartbeat',
    ballot: BOBS,
    commit: 0,
    round: 1,
    epoch: 1,
    positions: [],
  });
  node.effects();
  return node;
}

/** Alice leads, and Bob is up to date. */
function aLeaderWithBob(): Node {
  const node = aLeadingNode();
  node.pass(100);
  node.hearBob();
  node.effects();
  return node;
}

test('leadership is handed over to who is named, when it knows every decided slot', () => {
  const node = aLeaderWithBob();

  node.order({ kind: 'transfer', to: BOB });

  deepEqual(
    node.sent().map(({ to, message }) => ({ to, message })),
    [{ to: BOB, message: { kind: 'campaign', ballot: { round: 1, leader: ALICE } } }],
  );
  equal(node.replica.orders.handingOver, true);
  node.hear(BOB, { kind: 'prepare', ballot: BOBS, from: 2 });
  deepEqual(node.answered(), [undefined]);
  equal(node.replica.orders.handingOver, false);
});

test('without a name it goes to the member that knows most; Carol has never been heard', () => {
  const node = aLeaderWithBob();

  node.order({ kind: 'transfer', to: undefined });

  deepEqual(node.said('campaign'), [BOB]);
});

test('who is behind is not asked before it has caught up', () => {
  const node = aLeaderWithBob();
  node.order({ kind: 'transfer', to: CAROL });
  deepEqual(node.said('campaign'), []);
  const { leader } = node.replica;
  if (leader === undefined) throw new Error('Alice leads');
  const { ballot, round } = leader;
  node.hear(CAROL, { kind: 'alive', ballot, round, commit: 1, applied: 0, checkpoint: undefined });

  node.pass(20);

  deepEqual(node.said('campaign'), [CAROL]);
});

test('when the other does not take over in time the order is refused, and proposals go on', () => {
  const node = aLeaderWithBob();
  node.order({ kind: 'transfer', to: CAROL });
  for (let round = 0; round < 11; round++) {
    node.pass(100);
    node.hearBob();
  }
  equal(node.replica.orders.handingOver, true);
  for (let round = 0; round < 12; round++) {
    node.pass(100);
    if (round < 11) node.hearBob();
  }

  deepEqual(node.replica.orders.handingOver, false);
});

test('an order that makes no sense is refused with the reason', () => {
  const leader = aLeaderWithBob();
  leader.order({ kind: 'transfer', to: DAVE });
  deepEqual(leader.answered(), ['it is not a member']);
  leader.order({ kind: 'transfer', to: ALICE });
  deepEqual(leader.answered(), [undefined], 'she leads already');
  leader.order({ kind: 'transfer', to: CAROL });
  leader.order({ kind: 'transfer', to: BOB });
  deepEqual(leader.answered(), ['a hand-over is under way']);

  const follower = aFollower();
  follower.order({ kind: 'transfer', to: CAROL });
  follower.order({ kind: 'remove', id: CAROL, force: true });
  deepEqual(follower.answered(), ['this replica does not lead', 'this replica does not lead']);
});

test('who is asked to succeed campaigns at once, if the leader of its ballot asks', () => {
  const node = aFollower();
  node.hear(CAROL, { kind: 'campaign', ballot: BOBS });
  equal(node.replica.leader, undefined, 'Carol does not lead in 9.bob');

  node.hear(BOB, { kind: 'campaign', ballot: BOBS });

  equal(node.replica.acceptor.promised.leader, ALICE);
  deepEqual(node.said('prepare'), [BOB, CAROL]);
});

test('a request of an earlier leader is void', () => {
  const node = aFollower();
  node.hear(CAROL, { kind: 'prepare', ballot: { round: 12, leader: CAROL }, from: 1 });

  node.hear(BOB, { kind: 'campaign', ballot: BOBS });

  equal(node.replica.leader, undefined);
});

test('with a full disk a leader hands over, and with space again it stays', () => {
  const node = aLeaderWithBob();

  node.step({ kind: 'disk', state: 'full' });
  node.pass(20);
  deepEqual(node.said('campaign'), [BOB]);

  const other = aLeaderWithBob();
  other.step({ kind: 'disk', state: 'full' }, { kind: 'disk', state: 'free' });
  other.pass(100);
  deepEqual(other.said('campaign'), []);
});

test('office is not given back to who gave it away: two full disks would play with it', () => {
  const node = aFollower();
  node.hear(BOB, { kind: 'campaign', ballot: BOBS });
  for (let round = 0; round < 6; round++) node.hearBob();
  node.pass(100);
  node.hearBob();
  equal(node.replica.leader?.leading, true);
  node.effects();

  node.order({ kind: 'transfer', to: undefined });

  deepEqual(node.answered(), ['no other member is alive']);
});

test('office that has gone round all full disks stays for a while', () => {
  const node = aLeaderWithBob();
  const receive = (): void => {
    const carols = { round: node.replica.acceptor.promised.round + 1, leader: CAROL };
    node.hear(CAROL, { kind: 'prepare', ballot: carols, from: 2 });
    node.hear(CAROL, { kind: 'campaign', ballot: carols });
    for (let round = 0; round < 6; round++) node.hearBob();
  };
  /** Whether office is given away within so many tenths of a second. */
  const gives = (rounds: number): boolean => {
    for (let round = 0; round < rounds; round++) {
      node.pass(100);
      if (node.replica.orders.handingOver) return true;
      node.hearBob();
    }
    return false;
  };
  node.step({ kind: 'disk', state: 'full' });
  equal(gives(1), true);

  receive();

  equal(gives(20), false);
  equal(node.replica.leader?.leading, true);
  equal(gives(90), true, 'somebody may have space by now');
});

test('a follower with a disk may stop at once, a leader hands over first', () => {
  const follower = aFollower();
  follower.order({ kind: 'retire' });
  deepEqual(follower.answered(), [undefined]);

  const leader = aLeaderWithBob();
  leader.order({ kind: 'retire' });
  deepEqual(leader.said('campaign'), [BOB]);
  leader.hear(BOB, { kind: 'prepare', ballot: BOBS, from: 2 });
  leader.pass(20);
  deepEqual(leader.answered(), [undefined]);
});

test('the last member may stop at once, whatever it is', () => {
  const node = new Node({ genesis: viewOf([ALICE]), self: aMember(ALICE, { durable: false }) });
  node.order({ kind: 'retire' });

  deepEqual(node.answered(), [undefined]);
});

test('who joins an instance of one does not go before it knows that it is a member', () => {
  const founder = viewOf([BOB]);
  const node = new Node({
    self: aMember(ALICE, { durable: false }),
    genesis: founder,
    contacts: founder.members,
  });
  // By Bob's log Alice is a member, of whom a quorum needs both. It has not come here yet.
  const ballot = BOBS;
  node.hear(BOB, { kind: 'heartbeat', ballot, commit: 1, round: 1, epoch: 2, positions: [] });

  node.order({ kind: 'retire' });

  deepEqual(node.answered(), []);
  const entries = [viewEntry([ALICE, BOB], 2, 2)];
  node.hear(BOB, { kind: 'decided', from: 1, entries, commit: 1 });
  node.effects();
  node.pass(40);
  deepEqual(node.said('leave'), [BOB]);
});

test('a follower without a disk asks the leader, again and again, and waits for its word', () => {
  const node = aFollower(false);
  node.order({ kind: 'retire' });
  node.pass(200);
  deepEqual(node.said('leave'), [BOB, BOB]);
  deepEqual(node.answered(), []);

  node.hear(BOB, { kind: 'departed', view: viewOf([BOB, CAROL], 2, 2) });

  deepEqual(node.answered(), [undefined]);
});

test('the word that it may go is said once to people, and only if it fits', () => {
  const node = aFollower(false);
  const noticed = () => node.noticed().filter(({ kind }) => kind === 'departed').length;

  node.hear(BOB, { kind: 'departed', view: THREE });
  equal(noticed(), 0, 'Alice is in that view');
  node.hear(BOB, { kind: 'departed', view: viewOf([BOB, CAROL], 2, 2) });
  node.hear(BOB, { kind: 'departed', view: viewOf([BOB, CAROL], 2, 2) });

  equal(noticed(), 1);
});

test('who learns that it is not a member any more asks the others whether it may go', () => {
  const node = aFollower();
  const entries = [viewEntry([BOB, CAROL], 2, 2)];
  node.hear(BOB, { kind: 'decided', from: 1, entries, commit: 1 });
  node.effects();

  node.pass(400);

  deepEqual(new Set(node.said('leave')), new Set([BOB, CAROL]));
});
