import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { aRead, someReads } from './reads-test-kit.ts';
import { aCall, batchOf, BOB, effectsOf, sentOf, SILENT, take, textOf } from './test-kit.ts';

test('a stale read with a bound waits for what the leader says, and for the slot that it names', () => {
  const { context, reads, applier, log, served } = someReads();
  reads.add(7, aRead(1, { consistency: 'stale', maxLagMs: 0 }));
  reads.add(7, aRead(2, { consistency: 'stale' }));
  reads.advance(undefined, BOB);
  const taken = take(context);
  const [question] = sentOf(taken, 'readIndex');
  equal(question?.to, BOB);
  deepEqual(
    effectsOf(taken.all, 'read').flatMap(({ commands }) => commands.map(textOf)),
    ['read 2'],
  );

  const token = question?.message.token ?? -1;
  reads.answered({ kind: 'readIndexReply', token, index: log.commit + 1 });
  reads.advance(undefined, BOB);
  deepEqual(served(), [], 'the slot is not applied here');
  log.append(batchOf(aCall(1, 1)));
  applier.advance(SILENT);
  reads.advance(undefined, BOB);

  deepEqual(served(), ['read 1']);
});

test('a question for an index is answered when a quorum has answered a heartbeat sent after it', () => {
  const { context, leader, log, reads, alive, settle } = someReads();
  settle();
  alive(leader.round);
  take(context);
  reads.asked(BOB, 77);
  reads.advance(leader);
  const { round } = leader;
  alive(round - 1);
  reads.advance(leader);
  deepEqual(sentOf(take(context), 'readIndexReply'), []);
  reads.asked(BOB, 77);
  alive(round);
  reads.advance(leader);

  const answers = sentOf(take(context), 'readIndexReply');
  deepEqual(
    answers.map(({ to, message }) => [to, message.token, message.index]),
    [[BOB, 77, log.commit]],
  );
  reads.advance(leader);
  deepEqual(sentOf(take(context), 'readIndexReply'), []);
});

test('who leads no more forgets what others asked', () => {
  const { context, leader, reads, alive, settle } = someReads();
  settle();
  reads.asked(BOB, 77);
  reads.advance(leader);
  reads.refuseAll();
  alive(leader.round);
  reads.advance(leader);

  deepEqual(sentOf(take(context), 'readIndexReply'), []);
});

test('a replica that came to lead reads with a bound as it reads what must be fresh', () => {
  const { context, leader, reads, alive, settle, served } = someReads();
  settle();
  reads.add(7, aRead(1, { consistency: 'stale', maxLagMs: 1_000_000 }));
  reads.advance(leader);
  deepEqual(served(), []);
  alive(leader.round);
  reads.advance(leader);

  deepEqual(served(), ['read 1']);
  deepEqual(sentOf(take(context), 'readIndex'), []);
});

test('reads with a bound that wait too long are sent elsewhere, and count towards the limits', () => {
  const { context, reads } = someReads();
  const bounded = { consistency: 'stale', maxLagMs: 5 } as const;
  for (let token = 1; token <= limits.CONNECTION_READS; token++)
    reads.add(7, aRead(token, bounded));
  reads.add(7, aRead(9999, bounded));
  deepEqual(take(context).responses, [{ kind: 'readRefused', token: 9999, reason: 'overloaded' }]);

  context.now += 2 * context.timing.electionMax;
  reads.refuseLate(undefined, 'trusted');
  const refused = take(context).responses;
  equal(refused.length, limits.CONNECTION_READS);
  deepEqual(refused[0], { kind: 'readRefused', token: 1, reason: 'late' });

  reads.add(7, aRead(1, bounded));
  reads.disconnected(7);
  context.now += 2 * context.timing.electionMax;
  reads.refuseLate(undefined, 'trusted');
  deepEqual(take(context).responses, []);
});
