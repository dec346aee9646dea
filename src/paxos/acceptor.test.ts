import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../base/index.ts';
import { Acceptor } from './acceptor.ts';
import { compareBallots, sameBallot, ZERO_BALLOT } from './ballot.ts';
import type { Ballot, Slot } from './ballot.ts';
import type { Context } from './context.ts';
import { NOOP } from './entry.ts';
import type { Entry } from './entry.ts';
import { Log } from './log.ts';
import type { MessageOf } from './message.ts';
import { aContext, ALICE, BOB, CAROL, entryNamed, sentOf, take, THREE } from './test-kit.ts';

const ballot = (round: number, leader = BOB): Ballot => ({ round, leader });

function accept(round: number, slot: Slot, entry: Entry, leader = BOB): MessageOf<'accept'> {
  return { kind: 'accept', ballot: ballot(round, leader), slot, entry, commit: 0 };
}

function prepare(round: number, from: Slot, leader = BOB): MessageOf<'prepare'> {
  return { kind: 'prepare', ballot: ballot(round, leader), from };
}

interface Subject {
  readonly context: Context;
  readonly log: Log;
  readonly acceptor: Acceptor;
}

function anAcceptor(): Subject {
  const context = aContext(ALICE);
  const log = new Log(0, THREE);
  return { context, log, acceptor: new Acceptor(context, log) };
}

test('a promise is recorded, and sent when the record is durable', () => {
  const { context, acceptor } = anAcceptor();

  acceptor.prepare(BOB, prepare(3, 1));

  const taken = take(context);
  deepEqual(taken.persisted, [{ kind: 'promised', ballot: ballot(3) }]);
  const message = { kind: 'promise', ballot: ballot(3), from: 1, commit: 0, accepted: [] };
  deepEqual(sentOf(taken, 'promise'), [
    { kind: 'send', to: BOB, after: 1, message: { ...message, position: 1 } },
  ]);
});

test('a promise is given again when it is asked for again, without another record', () => {
  const { context, acceptor } = anAcceptor();
  acceptor.prepare(BOB, prepare(3, 1));
  take(context);

  acceptor.prepare(BOB, prepare(3, 1));

  const taken = take(context);
  deepEqual(taken.persisted, []);
  equal(sentOf(taken, 'promise').length, 1);
});

test('below its promise it neither promises nor votes, and says what it has promised', () => {
  const { context, acceptor } = anAcceptor();
  acceptor.prepare(CAROL, prepare(3, 1, CAROL));
  take(context);

  const granted = [acceptor.prepare(BOB, prepare(3, 1)), acceptor.accept(BOB, accept(3, 1, NOOP))];

  acceptor.acknowledge();
  const taken = take(context);
  deepEqual(granted, [false, false]);
  deepEqual(taken.persisted, []);
  deepEqual(
    taken.sent.map(({ message }) => message),
    [1, 2].map(() => ({ kind: 'preempted', ballot: ballot(3, CAROL) })),
  );
});

test('a vote includes the promise not to vote below', () => {
  const { context, acceptor } = anAcceptor();

  acceptor.accept(BOB, accept(3, 1, NOOP));

  deepEqual(acceptor.promised, ballot(3));
  deepEqual(take(context).persisted, [
    { kind: 'accepted', ballot: ballot(3), slot: 1, entry: NOOP },
  ]);
});

test('a vote that was given is acknowledged again, without another record', () => {
  const { context, acceptor } = anAcceptor();
  acceptor.accept(BOB, accept(3, 1, NOOP));
  acceptor.acknowledge();
  take(context);

  acceptor.accept(BOB, accept(3, 1, NOOP));
  acceptor.acknowledge();

  const taken = take(context);
  deepEqual(taken.persisted, []);
  equal(sentOf(taken, 'accepted').length, 1);
});

test('the votes of a step are acknowledged in ranges, once the last of them is durable', () => {
  const { context, acceptor } = anAcceptor();
  for (const slot of [4, 2, 1, 3, 7]) acceptor.accept(BOB, accept(3, slot, NOOP));
  acceptor.accept(CAROL, accept(4, 8, NOOP, CAROL));

  acceptor.acknowledge();

  deepEqual(
    sentOf(take(context), 'accepted').map(({ to, after, message: { first, last } }) => ({
      to,
      after,
      first,
      last,
    })),
    [
      { to: BOB, after: 6, first: 1, last: 4 },
      { to: BOB, after: 6, first: 7, last: 7 },
      { to: CAROL, after: 6, first: 8, last: 8 },
    ],
  );
  acceptor.acknowledge();
  deepEqual(take(context).sent, []);
});

test('a promise reports the votes from the slot that was asked for, in slot order', () => {
  const { context, acceptor } = anAcceptor();
  for (const slot of [5, 3, 4]) acceptor.accept(BOB, accept(3, slot, entryNamed(`v${slot}`)));
  take(context);

  acceptor.prepare(CAROL, prepare(4, 4, CAROL));

  deepEqual(sentOf(take(context), 'promise')[0]?.message.accepted, [
    { slot: 4, ballot: ballot(3), entry: entryNamed('v4') },
    { slot: 5, ballot: ballot(3), entry: entryNamed('v5') },
  ]);
});

test('what it knows to be decided is on record before a promise says so (Safety 5)', () => {
  const { context, acceptor, log } = anAcceptor();
  acceptor.accept(BOB, accept(3, 1, NOOP));
  acceptor.learn(ballot(3), 1);
  take(context);

  acceptor.prepare(CAROL, prepare(4, 1, CAROL));

  const taken = take(context);
  deepEqual(taken.persisted.at(-1), { kind: 'commit', slot: 1 });
  deepEqual(sentOf(taken, 'promise')[0]?.message.commit, log.commit);
  deepEqual(sentOf(taken, 'promise')[0]?.message.accepted, []);
  acceptor.prepare(CAROL, prepare(4, 1, CAROL));
  deepEqual(take(context).persisted, []);
});

test('for a decided slot it votes without a record: nobody can propose anything else', () => {
  const { context, acceptor } = anAcceptor();
  acceptor.accept(BOB, accept(3, 1, NOOP));
  acceptor.learn(ballot(3), 1);
  take(context);

  acceptor.accept(CAROL, accept(4, 1, NOOP, CAROL));
  acceptor.acknowledge();

  const taken = take(context);
  deepEqual(taken.persisted, [{ kind: 'promised', ballot: ballot(4, CAROL) }]);
  deepEqual(sentOf(taken, 'accepted')[0]?.message.first, 1);
});

test('a commit index decides what was accepted in the same ballot, up to a gap (Safety 6)', () => {
  const { acceptor, log } = anAcceptor();
  acceptor.accept(BOB, accept(3, 1, entryNamed('one')));
  acceptor.accept(BOB, accept(3, 2, entryNamed('two')));
  acceptor.accept(BOB, accept(3, 4, entryNamed('four')));

  acceptor.learn(ballot(4), 4);
  equal(log.commit, 0);
  acceptor.learn(ballot(3), 1);
  equal(log.commit, 1);
  acceptor.learn(ballot(3), 4);

  equal(log.commit, 2);
  equal(acceptor.accepted(2), undefined);
  deepEqual(acceptor.accepted(4)?.entry, entryNamed('four'));
});

test('what is decided without its vote is recorded, and its own vote is not recorded again', () => {
  const { context, acceptor } = anAcceptor();
  acceptor.accept(BOB, accept(3, 1, entryNamed('one')));
  take(context);

  acceptor.learn(ballot(3), 1);
  acceptor.decide(entryNamed('two'));

  deepEqual(take(context).persisted, [{ kind: 'decided', slot: 2, entry: entryNamed('two') }]);
});

test('what is too far ahead, in slots or bytes, is left to be sent again', () => {
  const { context, acceptor } = anAcceptor();
  const large = new Uint8Array(limits.MAX_ENTRY_BYTES);
  large[0] = 1;

  equal(acceptor.accept(BOB, accept(3, limits.ACCEPT_AHEAD_SLOTS + 1, NOOP)), true);
  equal(acceptor.accept(BOB, accept(3, limits.ACCEPT_AHEAD_SLOTS, NOOP)), true);
  for (let slot = 1; slot <= 30; slot++) acceptor.accept(BOB, accept(3, slot, large));

  const { persisted } = take(context);
  const stored = persisted.reduce((sum, record) => {
    return record.kind === 'accepted' ? sum + record.entry.length : sum;
  }, 0);
  equal(stored <= limits.ACCEPT_AHEAD_BYTES + limits.MAX_ENTRY_BYTES, true);
  equal(stored > limits.WINDOW_BYTES, true);
  deepEqual(acceptor.accepted(limits.ACCEPT_AHEAD_SLOTS)?.entry, NOOP);
  equal(acceptor.accepted(limits.ACCEPT_AHEAD_SLOTS + 1), undefined);
});

test('a candidate promises its own ballot, above every promise, before it asks (Safety 2)', () => {
  const { context, acceptor } = anAcceptor();
  acceptor.prepare(BOB, prepare(3, 1));
  take(context);

  acceptor.promiseOwn({ round: 4, leader: ALICE });

  deepEqual(take(context).persisted, [{ kind: 'promised', ballot: { round: 4, leader: ALICE } }]);
  throws(() => acceptor.promiseOwn({ round: 4, leader: ALICE }), /above every promise/);
});

test('votes up to the commit index are forgotten when a snapshot is installed', () => {
  const { context, acceptor, log } = anAcceptor();
  for (const slot of [1, 2, 3]) acceptor.accept(BOB, accept(3, slot, NOOP));
  log.reset(2, THREE);
  take(context);

  acceptor.skipTo(2);

  deepEqual(
    [1, 2, 3].map((slot) => acceptor.accepted(slot) !== undefined),
    [false, false, true],
  );
  acceptor.prepare(CAROL, prepare(4, 1, CAROL));
  deepEqual(
    take(context).persisted.map(({ kind }) => kind),
    ['promised'],
    'the snapshot is record enough of the commit index',
  );
});

test('the commit index is recorded now and then: few votes look open after a restart', () => {
  const { context, acceptor } = anAcceptor();
  const commits = () =>
    take(context).persisted.flatMap((record) => (record.kind === 'commit' ? [record.slot] : []));
  for (let slot = 1; slot <= limits.WINDOW_SLOTS; slot++) acceptor.decide(NOOP);
  deepEqual(commits(), [limits.WINDOW_SLOTS]);

  acceptor.decide(entryNamed('x'.repeat(limits.RECORD_COMMIT_BYTES)));

  deepEqual(commits(), [limits.WINDOW_SLOTS + 1]);
});

test('the first open slot is voted for, whatever else is open: decisions make room', () => {
  const { context, acceptor } = anAcceptor();
  const large = new Uint8Array(limits.MAX_ENTRY_BYTES);
  large[0] = 1;
  for (let slot = 2; slot <= 30; slot++) acceptor.accept(BOB, accept(3, slot, large));
  take(context);

  acceptor.accept(BOB, accept(3, 1, large));
  acceptor.acknowledge();

  equal(sentOf(take(context), 'accepted').length, 1);
});

type Step =
  | { readonly kind: 'prepare'; readonly ballot: Ballot; readonly from: Slot }
  | { readonly kind: 'accept'; readonly ballot: Ballot; readonly slot: Slot };

const someBallot = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(BOB, CAROL))
  .map(([round, leader]) => ballot(round, leader));

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('prepare' as const),
    ballot: someBallot,
    from: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({
    kind: fc.constant('accept' as const),
    ballot: someBallot,
    slot: fc.integer({ min: 1, max: 6 }),
  }),
);

test('an acceptor does what its definition says, whatever it is asked (Safety 5)', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const { context, acceptor } = anAcceptor();
      let promised = ZERO_BALLOT;
      const votes = new Map<Slot, Ballot>();
      for (const one of steps) {
        const allowed = compareBallots(one.ballot, promised) >= 0;
        if (allowed) promised = one.ballot;
        const { leader, round } = one.ballot;
        if (one.kind === 'prepare') acceptor.prepare(leader, prepare(round, one.from, leader));
        else {
          if (allowed) votes.set(one.slot, one.ballot);
          const entry = entryNamed(`${round}.${leader}.${one.slot}`);
          acceptor.accept(leader, accept(round, one.slot, entry, leader));
        }
        acceptor.acknowledge();

        deepEqual(acceptor.promised, promised);
        const [answer] = take(context).sent;
        equal(answer?.message.kind === 'preempted', !allowed);
        if (answer?.message.kind !== 'promise') continue;
        const { accepted, from } = answer.message;
        deepEqual(
          accepted.map(({ slot, ballot: voted, entry }) => ({ slot, voted, entry })),
          [...votes]
            .filter(([slot]) => slot >= from)
            .map(([slot, voted]) => ({
              slot,
              voted,
              entry: entryNamed(`${voted.round}.${voted.leader}.${slot}`),
            }))
            .sort((a, b) => a.slot - b.slot),
        );
        equal(sameBallot(answer.message.ballot, one.ballot), true);
      }
    }),
  );
});
