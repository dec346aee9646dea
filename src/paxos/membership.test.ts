import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import type { ReplicaId } from './ballot.ts';
import { decodeEntry } from './entry.ts';
import { aLeader, promiseOf } from './leader-test-kit.ts';
import type { Office } from './leader-test-kit.ts';
import { Membership } from './membership.ts';
import type { MessageOf } from './message.ts';
import { ALICE, aMember, BOB, CAROL, DAVE, effectsOf, ERIN, sentOf, take } from './test-kit.ts';
import { viewOf } from './test-kit.ts';

interface Subject extends Office {
  readonly membership: Membership;
  /** These are heard now; nobody else is. */
  readonly alive: (...ids: readonly ReplicaId[]) => void;
  /** A learner shows twice in a row that it keeps up. */
  readonly close: (id: ReplicaId) => void;
  /** The members of the view that is proposed at the next tick, if any. */
  readonly proposal: () => readonly ReplicaId[] | undefined;
  /** What is proposed is decided, and Alice leads in the new view. */
  readonly decide: () => void;
}

function someMembers(ids: readonly ReplicaId[] = [ALICE, BOB, CAROL]): Subject {
  const office = aLeader({ view: viewOf(ids) });
  const { ballot, context, leader, log, peers } = office;
  const membership = new Membership(context, log, peers);
  const voters = ids.slice(0, Math.floor(ids.length / 2) + 1);
  if (!leader.leading) for (const id of ids) leader.onPromise(id, promiseOf(ballot));
  for (const id of voters) office.vote(id, 1);
  take(context);
  return {
    ...office,
    membership,
    alive(...heard) {
      context.now += 5000;
      for (const id of heard) peers.heard(id);
    },
    close(id) {
      for (let answer = 0; answer < 2; answer++) membership.onAlive(id, aliveAt(log.commit));
    },
    proposal() {
      membership.tick(leader);
      const [accept] = sentOf(take(context), 'accept');
      const content = accept === undefined ? undefined : decodeEntry(accept.message.entry);
      return content?.kind === 'view' ? content.view.members.map(({ id }) => id) : undefined;
    },
    decide() {
      const before = log.view;
      for (const { id } of before.members) office.vote(id, log.commit + 1);
      const { commit } = log;
      const promise = promiseOf(ballot, { from: commit + 1, commit });
      membership.viewChanged(before, log.view);
      for (const { id } of log.view.members) leader.onPromise(id, promise);
    },
  };
}

function aliveAt(commit: number): MessageOf<'alive'> {
  const ballot = { round: 5, leader: ALICE };
  return { kind: 'alive', ballot, round: 1, commit, applied: commit, checkpoint: undefined };
}

function join(id: ReplicaId, address?: string): MessageOf<'join'> {
  const member = aMember(id, address === undefined ? {} : { address });
  return { kind: 'join', member, commit: 0 };
}

const leave = (id: ReplicaId): MessageOf<'leave'> => ({ kind: 'leave', member: aMember(id) });

test('who asks to join is a learner first, and a member when it has kept up', () => {
  const { alive, close, membership, proposal } = someMembers();
  alive(BOB, CAROL, DAVE);
  equal(membership.onJoin(DAVE, join(DAVE)), true);
  equal(membership.onJoin(DAVE, join(DAVE)), false, 'it is known already');
  deepEqual(membership.learners(), [aMember(DAVE)]);
  equal(proposal(), undefined);

  membership.onAlive(DAVE, aliveAt(1));
  equal(proposal(), undefined, 'once is not enough');
  close(DAVE);

  deepEqual(proposal(), [ALICE, BOB, CAROL, DAVE]);
});

test('while a quorum of those who would be left lacks what is firm, the view stays, by force as well', () => {
  const { alive, close, context, leader, membership } = someMembers();
  alive(BOB, CAROL, DAVE);
  membership.onJoin(DAVE, join(DAVE));
  membership.onLeave(CAROL, leave(CAROL));
  membership.remove(7, { kind: 'remove', id: CAROL, force: true });
  close(DAVE);
  const asked: (readonly ReplicaId[])[] = [];
  membership.tick(leader, {
    open: false,
    keeps(members) {
      asked.push(members.map(({ id }) => id));
      return false;
    },
  });

  deepEqual(asked, [
    [ALICE, BOB, CAROL, DAVE],
    [ALICE, BOB],
    [ALICE, BOB],
  ]);
  deepEqual(effectsOf(take(context).all, 'ordered'), []);
  context.now += 5000;
  alive(BOB, CAROL, DAVE);
  membership.tick(leader, { open: false, keeps: () => false });
  deepEqual(effectsOf(take(context).all, 'ordered'), [
    { kind: 'ordered', token: 7, refusal: 'others have to catch up first' },
  ]);
});

test('as soon as they have it, the view changes', () => {
  const { alive, close, membership, proposal } = someMembers();
  alive(BOB, CAROL, DAVE);
  membership.onJoin(DAVE, join(DAVE));
  membership.remove(7, { kind: 'remove', id: CAROL, force: true });
  close(DAVE);

  deepEqual(proposal(), [ALICE, BOB, CAROL, DAVE]);
});

test('a learner that falls behind has to show again that it keeps up', () => {
  const { alive, context, log, leader, membership, peers, proposal, vote } = someMembers();
  alive(BOB, CAROL, DAVE);
  membership.onJoin(DAVE, join(DAVE));
  membership.tick(leader);
  for (let slot = 2; slot <= 9; slot++) {
    leader.propose(Uint8Array.of(1, 0));
    for (const id of [BOB, CAROL]) vote(id, slot);
  }
  context.now += 1100;
  for (const id of [BOB, CAROL, DAVE]) peers.heard(id);
  membership.tick(leader);
  take(context);

  membership.onAlive(DAVE, aliveAt(9));
  membership.onAlive(DAVE, aliveAt(1));
  membership.onAlive(DAVE, aliveAt(9));
  equal(proposal(), undefined);
  membership.onAlive(DAVE, aliveAt(9));

  equal(log.commit, 9);
  equal(proposal()?.includes(DAVE), true);
});

test('a learner that stops asking is forgotten', () => {
  const { context, membership, proposal } = someMembers();
  membership.onJoin(DAVE, join(DAVE));

  context.now += 10_001;
  proposal();

  deepEqual(membership.learners(), []);
});

test('only for oneself one can ask, and not when one is a member', () => {
  const { membership } = someMembers();

  equal(membership.onJoin(DAVE, join(ERIN)), false);
  equal(membership.onJoin(BOB, join(BOB)), false);
  deepEqual(membership.learners(), []);
});

test('learners are so many at most', () => {
  const { membership } = someMembers();
  for (let id = 10; id < 10 + limits.MAX_MEMBERS; id++) membership.onJoin(id, join(id));

  equal(membership.onJoin(9, join(9)), false);
});

test('nobody joins where it would cost tolerance, and everybody where it would not', () => {
  const three = someMembers();
  three.alive(BOB, CAROL);
  three.membership.onJoin(DAVE, join(DAVE));
  three.close(DAVE);
  equal(three.proposal(), undefined, 'four with Dave dead tolerate none, three alive tolerate one');

  three.alive(BOB, CAROL, DAVE);
  three.membership.onJoin(DAVE, join(DAVE));
  three.close(DAVE);
  deepEqual(three.proposal(), [ALICE, BOB, CAROL, DAVE]);
});

test('at the address of a member its successor takes its place, once it was met there', () => {
  const { alive, close, membership, proposal } = someMembers();
  const address = aMember(CAROL).address;
  alive(BOB, DAVE);
  membership.onJoin(DAVE, join(DAVE, address));
  close(DAVE);
  equal(proposal(), undefined, 'Carol may live there still (Safety 4)');

  membership.met(CAROL, address);
  equal(proposal(), undefined);
  membership.met(DAVE, address);

  deepEqual(proposal(), [ALICE, BOB, DAVE]);
});

test('one change at a time, and none before an entry of the own ballot is decided', () => {
  const { alive, close, decide, membership, proposal } = someMembers();
  alive(BOB, CAROL, DAVE, ERIN);
  for (const id of [DAVE, ERIN]) {
    membership.onJoin(id, join(id));
    close(id);
  }
  deepEqual(proposal(), [ALICE, BOB, CAROL, DAVE]);
  equal(proposal(), undefined, 'the first is not decided');

  decide();
  deepEqual(proposal(), [ALICE, BOB, CAROL, DAVE, ERIN]);

  const fresh = aLeader();
  const other = new Membership(fresh.context, fresh.log, fresh.peers);
  other.remove(1, { kind: 'remove', id: CAROL, force: true });
  fresh.peers.heard(BOB);
  other.tick(fresh.leader);
  deepEqual(sentOf(take(fresh.context), 'accept'), []);
});

/** What Alice answers to an order, after a tick. */
function answers({ context, leader, membership }: Subject): readonly (string | undefined)[] {
  membership.tick(leader);
  return effectsOf(take(context).all, 'ordered').map(({ refusal }) => refusal);
}

test('a removal that costs tolerance is refused, and done by force', () => {
  const five = someMembers([ALICE, BOB, CAROL, DAVE, ERIN]);
  five.alive(BOB, CAROL, DAVE);

  five.membership.remove(7, { kind: 'remove', id: BOB, force: false });
  deepEqual(answers(five), ['fewer failures would be tolerated than now']);
  five.membership.remove(8, { kind: 'remove', id: BOB, force: true });

  deepEqual(five.proposal(), [ALICE, CAROL, DAVE, ERIN]);
});

test('not even force makes a view that could not serve', () => {
  const subject = someMembers();
  subject.alive(BOB);
  subject.membership.remove(8, { kind: 'remove', id: BOB, force: true });

  equal(answers(subject).length, 1);
});

test('a dead member is removed at once, and the order answered when that is decided', () => {
  const subject = someMembers([ALICE, BOB, CAROL, DAVE]);
  subject.alive(BOB, CAROL);
  subject.membership.remove(7, { kind: 'remove', id: DAVE, force: false });
  deepEqual(subject.proposal(), [ALICE, BOB, CAROL]);

  subject.decide();

  deepEqual(subject.membership.departing(), [aMember(DAVE)]);
  deepEqual(answers(subject), [undefined]);
});

test('an order that makes no sense is refused at once', () => {
  const three = someMembers();
  three.membership.remove(7, { kind: 'remove', id: DAVE, force: true });
  deepEqual(answers(three), ['it is not a member']);

  const one = someMembers([ALICE]);
  one.membership.remove(7, { kind: 'remove', id: ALICE, force: true });
  deepEqual(answers(one), ['it is the last member']);
});

test('a member that wants to go is let go, as long as the rest can serve', () => {
  const subject = someMembers();
  subject.alive(BOB);
  subject.membership.onLeave(BOB, leave(BOB));
  equal(subject.proposal(), undefined);

  subject.alive(BOB, CAROL);
  deepEqual(subject.proposal(), [ALICE, CAROL]);
});

test('who is not in the view any more is told so until it is silent (Safety 5)', () => {
  const { alive, context, leader, log, membership } = someMembers();
  membership.onLeave(DAVE, leave(DAVE));
  const told = () => {
    membership.tick(leader);
    return sentOf(take(context), 'departed').map(({ to, message }) => [to, message.view.epoch]);
  };
  alive(BOB, CAROL, DAVE);

  deepEqual(told(), [[DAVE, log.view.epoch]]);
  deepEqual(told(), []);
  context.now += 200;
  deepEqual(told(), [[DAVE, log.view.epoch]]);
  context.now += 2001;
  told();

  deepEqual(membership.departing(), []);
});

test('who learns late that it was a member is let go, and not taken in again', () => {
  const { alive, close, context, membership, leader, proposal } = someMembers();
  alive(BOB, CAROL, DAVE);
  membership.onJoin(DAVE, join(DAVE));
  close(DAVE);
  close(DAVE);
  membership.onLeave(DAVE, leave(DAVE));

  equal(proposal(), undefined);
  equal(membership.onJoin(DAVE, join(DAVE)), false);
  context.now += 200;
  take(context);
  membership.tick(leader);
  deepEqual(
    sentOf(take(context), 'departed').map(({ to }) => to),
    [DAVE],
  );
});

test('nobody is released while the leader prepares for the new view (Safety 5)', () => {
  const { alive, context, leader, log, membership, vote } = someMembers();
  alive(BOB, CAROL);
  membership.onLeave(CAROL, leave(CAROL));
  membership.tick(leader);
  const before = log.view;
  for (const id of [ALICE, BOB]) vote(id, 2);
  membership.viewChanged(before, log.view);
  take(context);

  equal(leader.leading, false);
  membership.tick(leader);

  deepEqual(sentOf(take(context), 'departed'), []);
  deepEqual(membership.departing(), [aMember(CAROL)]);
});

test('with the leadership the learners are forgotten, and an open order is answered', () => {
  const subject = someMembers();
  subject.membership.onJoin(DAVE, join(DAVE));
  subject.membership.remove(7, { kind: 'remove', id: CAROL, force: false });

  subject.membership.reset();

  deepEqual(subject.membership.learners(), []);
  deepEqual(
    effectsOf(take(subject.context).all, 'ordered').map(({ refusal }) => refusal),
    ['leadership was lost; ask the new leader'],
  );
});

test('a member that is started again as another kind is made that, and nobody else is touched', () => {
  const { alive, decide, leader, log, membership, context } = someMembers();
  alive(BOB, CAROL);
  const proposed = (): unknown => {
    membership.tick(leader);
    const [accept] = sentOf(take(context), 'accept');
    const content = accept === undefined ? undefined : decodeEntry(accept.message.entry);
    return content?.kind === 'view' ? content.view.members : undefined;
  };
  const asName = aMember(BOB, { nameServer: true });

  equal(membership.onJoin(BOB, { kind: 'join', member: asName, commit: 0 }), false);
  deepEqual(proposed(), [aMember(ALICE), asName, aMember(CAROL)]);
  decide();
  deepEqual(log.view.members, [aMember(ALICE), asName, aMember(CAROL)]);
  membership.onJoin(BOB, { kind: 'join', member: asName, commit: 0 });
  equal(proposed(), undefined, 'it is that already');
  membership.onJoin(BOB, { kind: 'join', member: aMember(BOB), commit: 0 });
  deepEqual(proposed(), [aMember(ALICE), aMember(BOB), aMember(CAROL)]);
});

test('who asks in the name of another changes nobody', () => {
  const { alive, membership, proposal } = someMembers();
  alive(BOB, CAROL);

  membership.onJoin(CAROL, {
    kind: 'join',
    member: aMember(BOB, { nameServer: true }),
    commit: 0,
  });

  equal(proposal(), undefined);
});

test('a new life at an address is the kind that it says, not the kind of the lost one', () => {
  const { alive, close, log, decide, membership, leader, context } = someMembers();
  const address = aMember(CAROL).address;
  const wiped = aMember(DAVE, { address, nameServer: true });
  alive(BOB, DAVE);
  membership.met(DAVE, address);
  membership.onJoin(DAVE, { kind: 'join', member: aMember(DAVE, { address }), commit: 0 });
  // Killed before it was a member, and started again with -n.
  membership.onJoin(DAVE, { kind: 'join', member: wiped, commit: 0 });
  close(DAVE);
  membership.tick(leader);
  take(context);
  decide();

  deepEqual(log.view.members, [aMember(ALICE), aMember(BOB), wiped]);
});
