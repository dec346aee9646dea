import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { REPLY } from '../paxos/index.ts';
import { ACKNOWLEDGE_BYTES, IDLE_MS } from './index.ts';
import { B, Script } from './script-test-kit.ts';

const LARGE = 'x'.repeat(ACKNOWLEDGE_BYTES);

/** A session with nothing outstanding, for which the replicas keep a large reply. */
function withLargeReply(): Script {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  script.reply(2, LARGE);
  return script;
}

test('an idle client says once which replies it has', () => {
  const script = withLargeReply();

  deepEqual(script.pass(IDLE_MS - 1), []);
  deepEqual(script.pass(1), ['send acknowledge 1 below 3']);

  deepEqual(script.pass(100_000), []);
  equal(script.session.wakeAt, Infinity);
  script.call('b');
  deepEqual(script.turn(), ['send b 1/3']);
});

test('an idle client with small replies says nothing, and does not wake up', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  script.reply(2, 'x'.repeat(ACKNOWLEDGE_BYTES - 10));

  equal(script.session.wakeAt, Infinity);
});

test('replies add up while no request acknowledges them', () => {
  const script = new Script().serve();
  script.call('a');
  script.call('b');
  script.turn();
  script.reply(3, LARGE.slice(9000));
  deepEqual(script.pass(IDLE_MS), ['send attach 1'], 'the first is outstanding');
  script.reply(2, LARGE.slice(9000));
  script.call('c');
  deepEqual(script.turn(), ['send c 1/4']);
  script.reply(4);

  equal(script.session.wakeAt, Infinity, 'the last request acknowledged them');
});

test('a client that reads all the time acknowledges as well', () => {
  const script = withLargeReply();
  script.pass(IDLE_MS - 1);
  script.call('get');
  deepEqual(script.turn(), ['send read 1 get after 2']);

  deepEqual(script.pass(1), ['send acknowledge 1 below 3']);
});

test('a client that makes calls has no need to', () => {
  const script = withLargeReply();
  script.pass(IDLE_MS - 1);
  script.call('b');
  script.turn();

  deepEqual(script.pass(900), []);
});

test('without a leader an idle client says nothing, and asks for no connection', () => {
  const script = withLargeReply();
  script.break();

  deepEqual(script.pass(100_000), []);
  equal(script.session.wakeAt, Infinity);
  script.call('get');
  deepEqual(script.turn(), [`connect ${B}`]);
  deepEqual(script.greet(), ['send read 1 get after 2, acknowledge 1 below 3']);
});

test('an idle client whose session is gone opens another one with its next call', () => {
  const script = withLargeReply();
  script.pass(IDLE_MS);

  deepEqual(script.answer({ kind: 'expired', session: 1 }), []);
  script.call('b');
  deepEqual(script.turn(), ['send open 2']);
});

test('a call whose result is gone fails as applied, also when its caller has given up', () => {
  const script = new Script().serve();
  script.call('a');
  const b = script.call('b');
  script.turn();
  script.session.giveUp(script.now, b, { code: 'ABORTED', message: 'by the user' });
  script.turn();
  const reply = Uint8Array.of(REPLY.forgotten);
  const gone = (sequence: number) =>
    script.answer({ kind: 'reply', session: 1, sequence, slot: 8, reply });

  // It might have given something: a leader is asked.
  deepEqual(gone(2), ['#2 RESULT_GONE applied', 'send renew 1 1']);
  deepEqual(gone(3), []);
  script.session.resolve(script.now, { requestId: '1-3-cafe', deadline: Infinity });
  deepEqual(script.turn(), ['#4 forgotten']);
});
