import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaId } from './ballot.ts';
import type { Context } from './context.ts';
import { Election } from './election.ts';
import { NOOP } from './entry.ts';
import { DEFAULT_RETENTION, Log } from './log.ts';
import type { MessageOf } from './message.ts';
import { Peers } from './peers.ts';
import { aContext, ALICE, BOB, CAROL, DAVE, sentOf, take, THREE, viewOf } from './test-kit.ts';

interface Subject {
  readonly context: Context;
  readonly election: Election;
  readonly peers: Peers;
  readonly log: Log;
}

function anElection(self: ReplicaId = ALICE, view = THREE): Subject {
  const context = aContext(self);
  const log = new Log(0, view, { ...DEFAULT_RETENTION, tailSlots: 0 });
  const peers = new Peers(context);
  const election = new Election(context, log, peers);
  election.arm();
  return { context, election, peers, log };
}

function granted(round: number, promised = 0): MessageOf<'preVoteReply'> {
  return { kind: 'preVoteReply', round, granted: true, promised, commit: 0 };
}

function preVote(round: number, commit = 0, epoch = 1): MessageOf<'preVote'> {
  return { kind: 'preVote', round, commit, epoch };
}

/** Whether a pre-vote would be granted. */
function answers(
  { context, election }: Subject,
  from: ReplicaId,
  message: MessageOf<'preVote'>,
  promised = 0,
  leads = false,
): boolean | undefined {
  take(context);
  election.answer(from, message, promised, leads);
  return sentOf(take(context), 'preVoteReply')[0]?.message.granted;
}

test('who hears no leader for a time-out asks everybody for a pre-vote', () => {
  const { context, election } = anElection();
  context.now += 999;
  equal(election.tick(0), false);
  deepEqual(take(context).sent, []);

  context.now += 1;
  equal(election.tick(4), false);

  deepEqual(
    sentOf(take(context), 'preVote').map(({ to, message }) => ({ to, round: message.round })),
    [
      { to: BOB, round: 5 },
      { to: CAROL, round: 5 },
    ],
  );
});

test('a quorum of pre-votes of the same round wins, and each counts once', () => {
  const { context, election } = anElection(ALICE, viewOf([ALICE, BOB, CAROL, DAVE]));
  context.now += 1000;
  election.tick(0);

  equal(election.onReply(BOB, granted(1)), false);
  equal(election.onReply(BOB, granted(1)), false);
  equal(election.onReply(CAROL, { ...granted(1), granted: false }), false);
  equal(election.onReply(CAROL, granted(7)), false);
  equal(election.onReply(CAROL, granted(1)), true);
});

test('the round of a campaign is above every round that was seen', () => {
  const { election } = anElection();
  election.sawRound(3);
  equal(election.nextRound(1), 4);

  election.onReply(BOB, granted(1, 8));

  equal(election.nextRound(1), 9);
  equal(election.nextRound(20), 21);
});

test('pre-votes of before a campaign, or of before a leader was heard, count no more', () => {
  const { context, election } = anElection();
  context.now += 1000;
  election.tick(0);
  election.campaigned();
  equal(election.onReply(BOB, granted(1)), false);

  context.now += 1000;
  election.tick(0);
  election.follow(CAROL);
  equal(election.onReply(BOB, granted(1)), false);
});

test('a leader that is heard puts off the time-out', () => {
  const { context, election } = anElection();
  for (let beat = 0; beat < 5; beat++) {
    context.now += 900;
    election.follow(BOB);
    equal(election.tick(0), false);
  }

  deepEqual(take(context).sent, []);
  equal(election.leader, BOB);
});

test('the broken connection of a leader shortens the time-out to a heartbeat', () => {
  const { context, election } = anElection();
  election.follow(BOB);

  election.leaderLost();
  context.now += 100;
  election.tick(0);

  equal(sentOf(take(context), 'preVote').length, 2);
});

test('a sole member waits for nobody', () => {
  const { election } = anElection(ALICE, viewOf([ALICE]));

  equal(election.tick(0), true);
});

test('who is not a member does not campaign', () => {
  const { context, election } = anElection(DAVE);
  context.now += 5000;

  equal(election.tick(0), false);
  deepEqual(take(context).sent, []);
});

test('a pre-vote is granted to a member that knows enough, when no leader serves', () => {
  equal(answers(anElection(), BOB, preVote(1)), true);
});

test('a pre-vote is refused while a leader serves, here or elsewhere', () => {
  const subject = anElection();
  equal(answers(subject, BOB, preVote(1), 0, true), false);

  subject.election.follow(CAROL);
  equal(answers(subject, BOB, preVote(1)), false);
  subject.context.now += 1000;
  equal(answers(subject, BOB, preVote(1)), true);
});

test('a leader whose connection broke serves no more', () => {
  const subject = anElection();
  subject.peers.heard(CAROL);
  subject.election.follow(CAROL);

  subject.peers.lost(CAROL);

  equal(answers(subject, BOB, preVote(1)), true);
});

test('a pre-vote is refused to a stranger, to an old view, and to a round that is promised', () => {
  const subject = anElection();

  equal(answers(subject, DAVE, preVote(1)), false);
  equal(answers(subject, BOB, preVote(1, 0, 0)), false);
  equal(answers(subject, BOB, preVote(3), 3), false);
  equal(answers(subject, BOB, preVote(4), 3), true);
});

test('a pre-vote is refused to a replica that needs a snapshot from here', () => {
  const subject = anElection();
  for (let slot = 1; slot <= 6; slot++) subject.log.append(NOOP);
  subject.log.truncate(6);
  const { first } = subject.log;

  equal(answers(subject, BOB, preVote(1, first - 2)), false);
  equal(answers(subject, BOB, preVote(1, first - 1)), true);
});

test('without a leader there is none to name', () => {
  const { election } = anElection();
  election.follow(BOB);

  election.leaderGone();

  equal(election.leader, undefined);
});

test('a campaign is given twice the time of the one before, until somebody leads', () => {
  const { election } = anElection();
  const patience = (campaign: () => void): number => {
    campaign();
    return election.patience;
  };
  const own = () => election.campaigned();
  const first = () => election.support(BOB, 'first');
  const again = () => election.support(BOB, 'again');

  deepEqual([own, first, again, own, again, first].map(patience), [1, 2, 2, 4, 4, 8]);
  deepEqual([own, own, own, own].map(patience), [16, 32, 32, 32]);
  election.follow(CAROL);
  deepEqual([own, own].map(patience), [1, 2]);
  election.ledAgain();
  deepEqual([first, own].map(patience), [1, 2]);
});

test('who has promised waits as long as the candidate does', () => {
  const { context, election } = anElection();
  const waits = (): number => {
    const from = context.now;
    take(context);
    while (sentOf(take(context), 'preVote').length === 0) {
      context.now += 100;
      election.tick(0);
    }
    return context.now - from;
  };
  election.support(BOB, 'first');
  equal(waits(), 1000);
  election.support(BOB, 'first');
  equal(waits(), 2000);
  election.support(BOB, 'again');
  equal(waits(), 2000);
  equal(waits(), 1000, 'once that is over, it asks as often as ever');
  election.follow(CAROL);
  equal(waits(), 1000, 'a leader in office has no excuse');
});
