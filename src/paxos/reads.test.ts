import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { aRead, someReads } from './reads-test-kit.ts';
import { aCall, batchOf, bytes, clientId, effectsOf, sentOf } from './test-kit.ts';
import { SILENT, take } from './test-kit.ts';

test('a read is served when a quorum has answered a heartbeat sent after it (Safety 8)', () => {
  const { leader, reads, alive, settle, served } = someReads();
  settle();
  alive(leader.round);
  reads.add(7, aRead(1));

  reads.advance(leader);
  const { round } = leader;
  alive(round - 1);
  reads.advance(leader);
  deepEqual(served(), []);
  alive(round);
  reads.advance(leader);

  deepEqual(served(), ['read 1']);
});

test('no read is served before an entry of the own ballot is decided', () => {
  const { leader, reads, alive, settle, served } = someReads();
  reads.add(7, aRead(1));
  reads.advance(leader);
  alive(leader.round);
  reads.advance(leader);
  deepEqual(served(), []);

  settle();
  reads.advance(leader);
  alive(leader.round);
  reads.advance(leader);

  deepEqual(served(), ['read 1']);
});

test('a read waits until everything is applied that was decided when it came', () => {
  const { applier, context, leader, log, reads, alive, settle, served } = someReads();
  settle();
  leader.propose(batchOf({ kind: 'open', client: clientId('x') }, aCall(1, 1, 'slow')));
  settle();
  const [work] = effectsOf(take(context).all, 'execute');
  reads.add(7, aRead(1));
  reads.advance(leader);
  alive(leader.round);
  reads.advance(leader);
  deepEqual(served(), []);

  applier.executed(work?.last ?? 0, [bytes('done')], SILENT);
  reads.advance(leader);

  equal(applier.applied, log.commit);
  deepEqual(served(), ['read 1']);
});

test('reads that come while a round is under way share the next one', () => {
  const { context, leader, reads, alive, settle, served } = someReads();
  settle();
  reads.add(7, aRead(1));
  reads.advance(leader);
  take(context);
  reads.add(7, aRead(2));
  reads.add(8, aRead(3));
  reads.advance(leader);
  deepEqual(sentOf(take(context), 'heartbeat'), [], 'one round at a time');

  alive(leader.round);
  reads.advance(leader);
  deepEqual(served(), ['read 1']);
  reads.advance(leader);
  alive(leader.round);
  reads.advance(leader);

  deepEqual(served(), ['read 2', 'read 3']);
});

test('a round that nobody answers is followed by another', () => {
  const { context, leader, reads, settle } = someReads();
  settle();
  reads.add(7, aRead(1));
  reads.advance(leader);
  reads.add(7, aRead(2));
  take(context);

  context.now += 200;
  reads.advance(leader);

  equal(sentOf(take(context), 'heartbeat').length, 2);
});

test('a read waits for the calls of its own session that were made before it', () => {
  const { applier, context, leader, reads, alive, settle, served } = someReads();
  settle();
  leader.propose(batchOf({ kind: 'open', client: clientId('x') }));
  settle();
  reads.add(7, aRead(1, { session: 1, after: 1 }));
  reads.advance(leader);
  alive(leader.round);
  reads.advance(leader);
  deepEqual(served(), []);

  leader.propose(batchOf(aCall(1, 1)));
  settle();
  const [work] = effectsOf(take(context).all, 'execute');
  applier.executed(work?.last ?? 0, [bytes('')], SILENT);
  reads.advance(leader);

  deepEqual(served(), ['read 1']);
});

test('a stale read is served by whoever is asked, as soon as it has applied what was seen', () => {
  const { applier, reads, settle, served } = someReads();
  reads.add(7, aRead(1, { consistency: 'stale' }));
  reads.add(7, aRead(2, { consistency: 'stale', atLeast: 1 }));
  reads.advance(undefined);
  deepEqual(served(), ['read 1']);

  settle();
  reads.advance(undefined);

  equal(applier.applied, 1);
  deepEqual(served(), ['read 2']);
});

test('nothing is read from a state that is not trusted', () => {
  const { applier, reads, served } = someReads();
  applier.halt();

  reads.add(7, aRead(1, { consistency: 'stale' }));
  reads.advance(undefined);

  deepEqual(served(), []);
});

test('who leads no more refuses the reads that wait, and serves the stale ones', () => {
  const { context, leader, reads, settle, served } = someReads();
  settle();
  reads.add(7, aRead(1));
  reads.add(7, aRead(2, { consistency: 'stale', atLeast: 99 }));
  reads.advance(leader);
  take(context);

  reads.refuseAll();
  deepEqual(take(context).responses, [{ kind: 'readRefused', token: 1, reason: 'notLeader' }]);
  reads.advance(undefined);

  deepEqual(served(), []);
});

test('results go to those who asked, with the slot of the state that was read', () => {
  const { context, reads } = someReads();
  reads.add(7, aRead(1, { consistency: 'stale' }));
  reads.add(8, aRead(2, { consistency: 'stale' }));
  reads.advance(undefined);
  const [work] = effectsOf(take(context).all, 'read');

  reads.done(work?.batch ?? 0, [bytes('one'), bytes('two')]);

  deepEqual(
    take(context).all.map((effect) => effect.kind === 'respond' && effect),
    [
      {
        kind: 'respond',
        connection: 7,
        response: { kind: 'readReply', token: 1, slot: 0, result: bytes('one') },
      },
      {
        kind: 'respond',
        connection: 8,
        response: { kind: 'readReply', token: 2, slot: 0, result: bytes('two') },
      },
    ],
  );
});

test('a client that is gone is not read for', () => {
  const { leader, reads, alive, settle, served } = someReads();
  settle();
  reads.add(7, aRead(1));
  reads.add(8, aRead(2));
  reads.add(7, aRead(3, { consistency: 'stale', atLeast: 1 }));

  reads.disconnected(7);
  reads.advance(leader);
  alive(leader.round);
  reads.advance(leader);

  deepEqual(served(), ['read 2']);
});

test('at the limit of a connection its reads are refused, and those of others are not', () => {
  const { context, reads } = someReads();
  for (let token = 1; token <= limits.CONNECTION_READS; token++) reads.add(7, aRead(token));
  equal(take(context).responses.length, 0);

  reads.add(7, aRead(0));
  reads.add(8, aRead(0));

  deepEqual(take(context).responses, [{ kind: 'readRefused', token: 0, reason: 'overloaded' }]);
});

test('a read whose session has not even been opened here waits for that', () => {
  const { leader, reads, settle, served } = someReads();
  reads.add(7, aRead(1, { consistency: 'stale', session: 1 }));
  reads.advance(undefined);
  deepEqual(served(), []);

  leader.propose(batchOf({ kind: 'open', client: clientId('x') }));
  settle();
  reads.advance(undefined);

  deepEqual(served(), ['read 1']);
});

test('a read that waits for more than a session can have made is refused', () => {
  const { context, leader, reads, settle } = someReads();
  leader.propose(batchOf({ kind: 'open', client: clientId('x') }));
  settle();
  take(context);

  reads.add(7, aRead(1, { session: 1, after: limits.SESSION_WINDOW + 1 }));

  deepEqual(take(context).responses, [{ kind: 'readRefused', token: 1, reason: 'overloaded' }]);
});

test('results of a state that was found to differ meanwhile are not handed out', () => {
  const { applier, context, leader, reads, settle } = someReads();
  leader.propose(batchOf({ kind: 'open', client: clientId('x') }));
  settle();
  reads.add(7, aRead(1, { consistency: 'stale' }));
  reads.advance(undefined);
  const [work] = effectsOf(take(context).all, 'read');

  applier.halt();
  reads.done(work?.batch ?? 0, [bytes('wrong')]);

  deepEqual(take(context).responses, [{ kind: 'readRefused', token: 1, reason: 'notLeader' }]);
});

/** How long reads wait for what another replica may have. */
const LATE = 2000;

test('a stale read that waits too long for a slot is told to go elsewhere', () => {
  const { context, reads } = someReads();
  reads.add(7, aRead(1, { consistency: 'stale', atLeast: 99 }));
  context.now += LATE - 1;
  reads.add(8, aRead(2, { consistency: 'stale', atLeast: 99 }));
  reads.refuseLate(undefined, 'trusted');
  deepEqual(take(context).responses, []);

  context.now += 1;
  reads.refuseLate(undefined, 'trusted');

  const [effect, ...more] = take(context).all;
  const response = { kind: 'readRefused', token: 1, reason: 'late' };
  deepEqual([effect, more], [{ kind: 'respond', connection: 7, response }, []]);
});

test('whoever is halted sends stale reads away at once', () => {
  const { applier, context, reads } = someReads();
  reads.add(7, aRead(1, { consistency: 'stale' }));
  applier.halt();
  take(context);

  reads.refuseLate(undefined, 'trusted');

  deepEqual(take(context).responses, [{ kind: 'readRefused', token: 1, reason: 'late' }]);
});

test('stale reads wait at a leader for what it has yet to execute: nobody else has it', () => {
  const { context, leader, reads } = someReads();
  reads.add(7, aRead(1, { consistency: 'stale', atLeast: 1 }));
  context.now += LATE;
  take(context);

  reads.refuseLate(leader, 'trusted');
  deepEqual(take(context).responses, []);
  reads.refuseLate(leader, 'doubted');

  deepEqual(take(context).responses, [{ kind: 'readRefused', token: 1, reason: 'late' }]);
});

test('a read that no majority confirms in time is told to go elsewhere', () => {
  const { context, leader, reads, settle } = someReads();
  settle();
  reads.add(7, aRead(1));
  reads.advance(leader);
  take(context);

  context.now += LATE;
  reads.advance(leader);
  reads.refuseLate(leader, 'trusted');

  deepEqual(take(context).responses, [{ kind: 'readRefused', token: 1, reason: 'late' }]);
});

test('a read that is confirmed waits for the object, and in doubt only so long', () => {
  const { context, leader, reads, alive, settle } = someReads();
  settle();
  leader.propose(batchOf({ kind: 'open', client: clientId('x') }, aCall(1, 1, 'slow')));
  settle();
  reads.add(7, aRead(1));
  reads.advance(leader);
  alive(leader.round);
  context.now += LATE;
  take(context);

  reads.refuseLate(leader, 'trusted');
  deepEqual(take(context).responses, []);
  reads.refuseLate(leader, 'doubted');

  deepEqual(take(context).responses, [{ kind: 'readRefused', token: 1, reason: 'late' }]);
});

test('of the signs of life of a session the last counts, on the connection that it has', () => {
  const { alive, leader, reads, settle } = someReads();
  settle();
  const answered = (round: number): readonly (readonly [number, number])[] => {
    alive(round);
    reads.advance(leader);
    return reads.takeRenewed(leader).map(({ connection, token }) => [connection, token] as const);
  };

  reads.renew(8, 1, 2);
  reads.renew(7, 1, 1);
  reads.disconnected(7);
  reads.advance(leader);
  deepEqual(answered(leader.round), [[8, 2]], 'what came late on an older one does not');

  reads.renew(8, 1, 3);
  reads.advance(leader);
  const asked = leader.round;
  reads.renew(8, 1, 3);
  deepEqual(answered(asked), [[8, 3]], 'asked once more, it is not begun anew');
});
