import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import type { ReplicaId } from './ballot.ts';
import { encodeBegin, NOOP } from './entry.ts';
import type { Entry } from './entry.ts';
import { aLeader, promiseOf } from './leader-test-kit.ts';
import { ALICE, BOB, CAROL, DAVE, effectsOf, entryNamed, ERIN } from './test-kit.ts';
import { sentOf, take, viewEntry, viewOf } from './test-kit.ts';

test('a candidate asks everybody, when its own promise is durable (Safety 2)', () => {
  const { context, leader } = aLeader({ elected: false });

  const prepares = sentOf(take(context), 'prepare');

  deepEqual(
    prepares.map(({ to, after, message }) => ({ to, after, from: message.from })),
    [
      { to: BOB, after: 1, from: 1 },
      { to: CAROL, after: 1, from: 1 },
    ],
  );
  equal(leader.leading, false);
});

test('it takes office with a quorum of promises, and proposes an entry of its own', () => {
  const { context, leader, ballot } = aLeader({ elected: false });
  leader.onPromise(ALICE, promiseOf(ballot));
  equal(leader.leading, false);

  leader.onPromise(BOB, promiseOf(ballot));

  equal(leader.leading, true);
  equal(leader.ownSlot, 1);
  const accepts = sentOf(take(context), 'accept');
  deepEqual(
    accepts.map(({ to, after }) => ({ to, after })),
    [
      { to: BOB, after: 0 },
      { to: CAROL, after: 0 },
    ],
  );
  const entry = encodeBegin(ballot);
  deepEqual(accepts[0]?.message, { kind: 'accept', ballot, slot: 1, entry, commit: 0 });
});

test('under light load a quorum is asked at once, and the others a moment later', () => {
  const { context, leader, vote } = aLeader();
  const propose = (entry: Entry, ...voters: readonly ReplicaId[]): readonly ReplicaId[] => {
    const slot = leader.propose(entry);
    for (const id of voters) vote(id, slot);
    return sentOf(take(context), 'accept').flatMap(({ to, later }) => (later === true ? [to] : []));
  };
  for (const id of [ALICE, CAROL]) vote(id, 1);
  for (let slot = 0; slot < 10; slot++) propose(NOOP, ALICE, CAROL);

  deepEqual(propose(NOOP, BOB, ALICE), [BOB]);
  deepEqual(propose(NOOP, BOB, ALICE), [BOB], 'Bob was quicker, once');
  deepEqual(propose(NOOP, ALICE, BOB), [CAROL]);
  leader.peerLost(BOB);
  deepEqual(propose(NOOP, ALICE, BOB), [], 'the way to Bob is broken');
  deepEqual(propose(NOOP, ALICE, BOB), [CAROL]);
  deepEqual(propose(viewEntry([ALICE, BOB], 2, leader.nextSlot + 1)), [], 'a change of view');
});

test('one promise, given twice, is one promise', () => {
  const { leader, ballot } = aLeader({ elected: false });
  leader.onPromise(BOB, promiseOf(ballot));
  leader.onPromise(BOB, promiseOf(ballot));

  equal(leader.leading, false);
});

test('promises of another ballot, or of an earlier round of promises, count for nothing', () => {
  const { leader, ballot } = aLeader({ elected: false });
  leader.onPromise(ALICE, promiseOf(ballot));

  leader.onPromise(BOB, promiseOf({ ...ballot, round: ballot.round - 1 }));
  leader.onPromise(BOB, { ...promiseOf(ballot), from: 9 });
  leader.onPromise(DAVE, promiseOf(ballot));

  equal(leader.leading, false);
});

test('a prepare is repeated to those who have not promised', () => {
  const { context, leader, ballot } = aLeader({ elected: false });
  leader.onPromise(BOB, promiseOf(ballot));
  take(context);

  context.now += 199;
  leader.tick();
  deepEqual(sentOf(take(context), 'prepare'), []);
  context.now += 1;
  leader.tick();

  deepEqual(
    sentOf(take(context), 'prepare').map(({ to }) => to),
    [CAROL],
  );
});

test('a promise of somebody who lacks a slot before the view is not enough (Safety 5)', () => {
  const view = viewOf([ALICE, BOB, CAROL], 2, 6);
  const { context, leader, ballot } = aLeader({ elected: false, view, commit: 5 });
  leader.onPromise(ALICE, promiseOf(ballot, { from: 6, commit: 5 }));

  leader.onPromise(BOB, promiseOf(ballot, { from: 6, commit: 4 }));
  equal(leader.leading, false);
  take(context);
  context.now += 200;
  leader.tick();
  deepEqual(
    sentOf(take(context), 'prepare').map(({ to }) => to),
    [BOB, CAROL],
    'Bob is asked again: he may have it by now',
  );

  leader.onPromise(BOB, promiseOf(ballot, { from: 6, commit: 5 }));
  equal(leader.leading, true);
});

test('what a promise calls decided must be learned before it takes office', () => {
  const { acceptor, leader, ballot } = aLeader({ elected: false });
  leader.onPromise(ALICE, promiseOf(ballot));
  leader.onPromise(BOB, promiseOf(ballot, { commit: 2 }));
  equal(leader.leading, false);
  deepEqual(leader.behind, { commit: 2, holder: BOB });

  acceptor.decide(entryNamed('one'));
  leader.tryToLead();
  equal(leader.leading, false);
  acceptor.decide(entryNamed('two'));
  leader.tryToLead();

  equal(leader.leading, true);
  equal(leader.behind, undefined);
  equal(leader.ownSlot, 3);
});

test('when it learns of a later view meanwhile, it begins anew in that view', () => {
  const { acceptor, context, leader, ballot } = aLeader({ elected: false });
  leader.onPromise(ALICE, promiseOf(ballot));
  leader.onPromise(BOB, promiseOf(ballot, { commit: 1 }));
  take(context);

  acceptor.decide(viewEntry([ALICE, DAVE, ERIN], 2, 2));
  leader.tryToLead();

  equal(leader.leading, false);
  deepEqual(
    sentOf(take(context), 'prepare').map(({ to, message }) => ({ to, from: message.from })),
    [
      { to: DAVE, from: 2 },
      { to: ERIN, from: 2 },
    ],
  );
});

test('a slot is decided by a quorum of votes, in slot order', () => {
  const { leader, ballot, log, vote } = aLeader();
  leader.propose(entryNamed('one'));
  leader.propose(entryNamed('two'));

  vote(BOB, 3);
  vote(CAROL, 3);
  equal(log.commit, 0);
  vote(BOB, 1);
  equal(log.commit, 0);
  leader.onAccepted(CAROL, { kind: 'accepted', ballot, first: 1, last: 2, position: 1 });
  equal(log.commit, 1, 'Carol alone has voted for slot 2');
  vote(ALICE, 2);

  equal(log.commit, 3);
  deepEqual(log.at(3), entryNamed('two'));
});

test('votes in another ballot, by outsiders, or twice count for nothing', () => {
  const { leader, ballot, log, vote } = aLeader();
  const other = { ...ballot, round: ballot.round - 1 };

  leader.onAccepted(CAROL, { kind: 'accepted', ballot: other, first: 1, last: 1, position: 1 });
  vote(BOB, 1);
  vote(BOB, 1);
  vote(DAVE, 1);
  vote(ERIN, 1);

  equal(log.commit, 0);
});

test('votes for slots that were never proposed are ignored', () => {
  const { leader, ballot, log, vote } = aLeader();
  vote(BOB, 1);
  vote(CAROL, 1);

  for (const id of [BOB, CAROL]) {
    leader.onAccepted(id, {
      kind: 'accepted',
      ballot,
      first: 1,
      last: Number.MAX_SAFE_INTEGER,
      position: 1,
    });
  }

  equal(log.commit, 1);
});

test('nothing is proposed behind an undecided change of view (Safety 5)', () => {
  const { leader } = aLeader();

  leader.propose(viewEntry([ALICE, BOB], 2, 3));

  equal(leader.hasRoom(1), false);
  equal(leader.stopped, true);
  throws(() => leader.propose(NOOP), /behind an undecided change of view/);
});

test('after a change of view it prepares again, with the same ballot, in the new view', () => {
  const { context, leader, ballot, log, vote } = aLeader();
  leader.propose(viewEntry([ALICE, BOB, CAROL, DAVE], 2, 3));
  take(context);

  for (const id of [BOB, CAROL]) vote(id, 1);
  for (const id of [BOB, CAROL]) vote(id, 2);

  equal(log.view.epoch, 2);
  equal(leader.leading, false);
  throws(() => leader.propose(NOOP), /only a leader in office proposes/);
  const taken = take(context);
  deepEqual(
    sentOf(taken, 'prepare').map(({ to, message }) => ({ to, ballot: message.ballot })),
    [BOB, CAROL, DAVE].map((to) => ({ to, ballot })),
  );
  deepEqual(
    sentOf(taken, 'heartbeat').map(({ to, message }) => [to, message.commit]),
    [BOB, CAROL, DAVE].map((to) => [to, 2]),
    'everybody hears of the new view',
  );

  const promise = promiseOf(ballot, { from: 3, commit: 2 });
  leader.onPromise(ALICE, promise);
  leader.onPromise(BOB, promise);
  equal(leader.leading, false, 'two of four are no quorum');
  leader.onPromise(DAVE, promise);
  equal(leader.leading, true);
  equal(leader.nextSlot, 3);
  equal(effectsOf(take(context).all, 'notice').length, 0, 'it has led before');
});

test('the window has a limit in slots and in bytes', () => {
  const { leader } = aLeader();
  while (leader.hasRoom(1)) leader.propose(NOOP);
  equal(leader.openSlots, limits.WINDOW_SLOTS);

  const { leader: other, vote } = aLeader();
  for (const id of [BOB, CAROL]) vote(id, 1);
  const large = new Uint8Array(limits.MAX_ENTRY_BYTES);
  let bytes = 0;
  while (other.hasRoom(large.length)) {
    other.propose(large);
    bytes += large.length;
  }
  equal(bytes <= limits.WINDOW_BYTES, true);
  equal(other.openSlots < limits.WINDOW_SLOTS, true);
  for (const id of [BOB, CAROL]) vote(id, 2);
  equal(other.hasRoom(large.length), true, 'what is decided makes room');
});

test('an accept is repeated to those who have not voted, a few slots at a time', () => {
  const { context, leader, vote } = aLeader();
  for (let slot = 2; slot <= 40; slot++) leader.propose(NOOP);
  vote(BOB, 1);
  take(context);

  context.now += 200;
  leader.tick();

  const repeated = sentOf(take(context), 'accept').map(
    ({ to, message }) => [to, message.slot] as const,
  );
  deepEqual(repeated.slice(0, 3), [
    [CAROL, 1],
    [BOB, 2],
    [CAROL, 2],
  ]);
  equal(new Set(repeated.map(([, slot]) => slot)).size, 16);
  context.now += 1;
  leader.tick();
  equal(sentOf(take(context), 'accept')[0]?.message.slot, 17, 'the next ones at the next tick');
});

test('learners are sent accepts and heartbeats, members once', () => {
  const { context, leader } = aLeader();
  leader.setLearners([BOB, DAVE]);
  take(context);

  leader.propose(NOOP);
  leader.sendHeartbeat();

  const taken = take(context);
  deepEqual(
    sentOf(taken, 'accept').map(({ to }) => to),
    [BOB, CAROL, DAVE],
  );
  deepEqual(
    sentOf(taken, 'heartbeat').map(({ to }) => to),
    [BOB, CAROL, DAVE],
  );
});

test('a heartbeat is due when its time has come, or when a decision has not been told', () => {
  const { context, leader, vote } = aLeader();
  take(context);
  context.now += 50;
  leader.tick();
  deepEqual(sentOf(take(context), 'heartbeat'), []);

  vote(BOB, 1);
  vote(CAROL, 1);
  leader.tick();
  deepEqual(sentOf(take(context), 'heartbeat'), [], 'the next proposal would say it');
  leader.tick();
  deepEqual(sentOf(take(context), 'heartbeat')[0]?.message.commit, 1);
  leader.tick();
  deepEqual(sentOf(take(context), 'heartbeat'), []);

  context.now += 100;
  leader.tick();
  equal(sentOf(take(context), 'heartbeat').length, 2);
});

test('a round of heartbeats is confirmed by a quorum that answered it or a later one', () => {
  const { leader, ballot } = aLeader();
  const alive = (round: number, of = ballot) =>
    ({ kind: 'alive', ballot: of, round, commit: 0, applied: 0, checkpoint: undefined }) as const;
  const round = leader.sendHeartbeat();
  equal(leader.confirmedRound >= round, false);

  leader.onAlive(BOB, alive(round - 1));
  leader.onAlive(CAROL, alive(round, { ...ballot, round: 1 }));
  leader.onAlive(DAVE, alive(round));
  equal(leader.confirmedRound >= round, false);
  leader.onAlive(BOB, alive(round + 1));
  leader.onAlive(BOB, alive(round - 1));

  equal(leader.confirmedRound >= round, true);
});

test('a candidate that never led sends no heartbeats: others may elect somebody else', () => {
  const { context, leader } = aLeader({ elected: false });
  take(context);

  context.now += 1000;
  leader.tick();

  deepEqual(sentOf(take(context), 'heartbeat'), []);
});

test('a leader uses ballots of its own, which it has promised', () => {
  throws(() => aLeader({ elected: false, ballotOf: BOB }), /ballots of its own/);
});
