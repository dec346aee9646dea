import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { REPLY } from '../paxos/index.ts';
import { A, bytes, Script } from './script-test-kit.ts';

test('a call that full disks refuse until its deadline says so, and one after them does not', () => {
  const script = new Script().serve();
  script.call('sent', { deadline: script.now + 50 });
  script.turn();
  script.answer({ kind: 'resend', session: 1, from: 2, reason: 'diskFull' });
  equal(script.pass(50).includes('#2 DISK_FULL unknown 1-2-cafe'), true);
  script.answer({ kind: 'resend', session: 1, from: 2, reason: 'overloaded' });
  script.call('later', { deadline: script.now + 50 });
  equal(
    script.pass(50).some((line) => line.startsWith('#3 TIMEOUT')),
    true,
  );
});

test('giving up: a call that was never sent fails as not applied, and is never sent', () => {
  const script = new Script();
  script.call('a', { deadline: script.now + 50 });
  script.turn();

  deepEqual(script.pass(50), ['#1 TIMEOUT not-applied']);
  deepEqual(script.greet(), []);
});

test('giving up: a call that was sent is replaced by a cancel, and its outcome is unknown', () => {
  const script = new Script().serve();
  script.call('a', { deadline: script.now + 50 });
  script.call('b');
  script.turn();

  deepEqual(script.pass(50), ['#2 TIMEOUT unknown 1-2-cafe', 'send cancel 1/2']);
  deepEqual(script.reply(3), ['#3 = ok']);
});

test('giving up: an abort gives up one call; the others go on', () => {
  const script = new Script().serve();
  const a = script.call('a');
  script.call('b');
  script.turn();
  const c = script.call('c');

  script.session.giveUp(script.now, a, { code: 'ABORTED', message: 'by the user' });
  script.session.giveUp(script.now, c, { code: 'ABORTED', message: 'by the user' });

  deepEqual(script.turn(), [
    '#2 ABORTED unknown 1-2-cafe',
    '#4 ABORTED not-applied',
    'send cancel 1/2',
  ]);
  script.session.giveUp(script.now, a, { code: 'ABORTED', message: 'again' });
  deepEqual(script.turn(), []);
});

test('giving up: a cancel acknowledges what its call did, in whose place it may be applied', () => {
  const script = new Script().serve();
  script.call('blocked');
  script.call('b');
  script.turn();
  script.reply(3);
  const c = script.call('c');
  deepEqual(script.turn(), ['send c 1/4 low 2+3']);
  script.session.giveUp(script.now, c, { code: 'ABORTED', message: 'by the user' });

  deepEqual(script.turn(), ['#4 ABORTED unknown 1-4-cafe', 'send cancel 1/4 low 2+3']);
});

test('giving up: during a pause before a repetition, the cancel waits for it', () => {
  const script = new Script().serve();
  script.call('a');
  const b = script.call('b');
  script.turn();
  script.answer({ kind: 'resend', session: 1, from: 3, reason: 'overloaded' });
  script.session.giveUp(script.now, b, { code: 'ABORTED', message: 'by the user' });

  deepEqual(script.turn(), ['#3 ABORTED unknown 1-3-cafe']);
  deepEqual(script.pass(10), ['send cancel 1/3 low 2']);
});

test('giving up: after a new connection the cancel is sent in the place of the call', () => {
  const script = new Script().serve();
  const a = script.call('a');
  script.call('b');
  script.turn();
  script.break();
  script.session.giveUp(script.now, a, { code: 'ABORTED', message: 'by the user' });
  script.greet();

  deepEqual(script.answer({ kind: 'attached', session: 1, next: 2 }), [
    'send cancel 1/2, b 1/3 low 2',
  ]);
});

test('giving up: without anybody who waits no connection is made for a cancel', () => {
  const script = new Script().serve();
  const a = script.call('a');
  script.turn();
  script.session.giveUp(script.now, a, { code: 'ABORTED', message: 'by the user' });
  script.turn();

  deepEqual(script.break(), []);
  equal(script.session.wakeAt, Infinity);
});

test('giving up: a call that finds the queue full is refused at once', () => {
  const script = new Script();
  const command = new Uint8Array(limits.MAX_COMMAND_BYTES);
  for (let count = 0; count < 64; count++) script.call('x', { command });
  script.call('x', { command });

  deepEqual(script.turn(), ['#65 OVERLOADED not-applied', `connect ${A}`]);
  script.session.giveUp(script.now, 1, { code: 'ABORTED', message: 'by the user' });
  script.call('x', { command });
  deepEqual(script.turn(), ['#1 ABORTED not-applied']);
});

test('the outcome of a call of this session is the reply to its cancel, when that comes', () => {
  const script = new Script().serve();
  const a = script.call('a');
  script.turn();
  script.session.giveUp(script.now, a, { code: 'ABORTED', message: 'by the user' });
  script.session.resolve(script.now, { requestId: '1-2-cafe', deadline: Infinity });
  script.turn();

  deepEqual(script.reply(2, 'done'), ['#3 applied done']);
  script.session.resolve(script.now, { requestId: '1-2-cafe', deadline: Infinity });
  deepEqual(script.turn(), ['#4 applied done']);
});

test('the outcome of a cancelled call is that it never happens', () => {
  const script = new Script().serve();
  const a = script.call('a');
  script.turn();
  script.session.giveUp(script.now, a, { code: 'ABORTED', message: 'by the user' });
  script.turn();
  const reply = Uint8Array.of(REPLY.cancelled);
  script.answer({ kind: 'reply', session: 1, sequence: 2, slot: 8, reply });
  script.session.resolve(script.now, { requestId: '1-2-cafe', deadline: Infinity });

  deepEqual(script.turn(), ['#3 never']);
});

test('the outcome of a request of another session is asked in the log', () => {
  const script = new Script().serve();
  for (let count = 0; count < 4; count++) {
    script.session.resolve(script.now, { requestId: `77-${count + 5}-cafe`, deadline: Infinity });
  }

  deepEqual(script.turn(), [
    'send resolve 1/2 of 77/5, resolve 1/3 low 2 of 77/6, ' +
      'resolve 1/4 low 2 of 77/7, resolve 1/5 low 2 of 77/8',
  ]);
  const answers = [
    Uint8Array.of(REPLY.resolvedReply, REPLY.result, ...bytes('yes')),
    Uint8Array.of(REPLY.resolvedNever),
    Uint8Array.of(REPLY.forgotten),
    Uint8Array.of(REPLY.resolvedUnknown),
  ];
  const shown = answers.flatMap((reply, at) =>
    script.answer({ kind: 'reply', session: 1, sequence: 2 + at, slot: 50, reply }),
  );
  deepEqual(shown, ['#2 applied yes', '#3 never', '#4 forgotten', '#5 unknown']);
});

test('the outcome that is not known in time can be asked again', () => {
  const script = new Script().serve();
  script.session.resolve(script.now, { requestId: '77-5-cafe', deadline: script.now + 100 });
  script.turn();

  deepEqual(script.pass(100), ['#2 TIMEOUT unknown 77-5-cafe']);
});

test('the outcome of a request of another instance is refused', () => {
  const script = new Script();
  script.session.resolve(script.now, { requestId: '7-5-beef', deadline: Infinity });
  script.turn();

  deepEqual(script.greet(), ['#1 INSTANCE_MISMATCH unknown 7-5-beef']);
  script.session.resolve(script.now, { requestId: '7-5-beef', deadline: Infinity });
  deepEqual(script.turn(), ['#2 INSTANCE_MISMATCH unknown 7-5-beef']);
});

test('the outcome of something that is no request id is an error at once', () => {
  const script = new Script();
  for (const requestId of [
    '',
    '1-2',
    '0-1-cafe',
    '1-0-cafe',
    'x-1-cafe',
    '1-99999999999999999-c',
  ]) {
    throws(() => script.session.resolve(0, { requestId, deadline: 1 }), {
      code: 'INVALID_ARGUMENT',
    });
  }
});

test('the outcome when the session expires meanwhile is unknown', () => {
  const script = new Script().serve();
  const a = script.call('a');
  script.turn();
  script.session.giveUp(script.now, a, { code: 'ABORTED', message: 'by the user' });
  script.session.resolve(script.now, { requestId: '1-2-cafe', deadline: Infinity });
  script.turn();

  deepEqual(script.answer({ kind: 'expired', session: 1 }), ['#3 unknown']);
});

const reason = { code: 'CLOSED', message: 'closed' } as const;

test('close of a session that never connected is done at once', () => {
  const script = new Script();
  script.session.close(script.now, 5000, reason);

  deepEqual(script.turn(), ['closed']);
  script.call('a');
  deepEqual(script.turn(), ['#1 CLOSED not-applied']);
  equal(script.session.wakeAt, Infinity);
});

test('close waits for what is under way, ends the session, and then the connection', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  script.session.close(script.now, 5000, reason);
  script.call('b');

  deepEqual(script.turn(), ['#3 CLOSED not-applied']);
  deepEqual(script.reply(2), ['#2 = ok', 'send close 1']);
  deepEqual(script.answer({ kind: 'expired', session: 1 }), ['disconnect', 'closed']);
});

test('close does not wait for ever for either', () => {
  const script = new Script().serve();
  script.call('blocked');
  script.turn();
  script.session.close(script.now, 500, reason);
  script.turn();

  deepEqual(script.pass(499), []);
  deepEqual(script.pass(1), ['#2 CLOSED unknown 1-2-cafe', 'send cancel 1/2, close 1']);
  deepEqual(script.pass(500), ['disconnect', 'closed']);
});

test('close with no time gives everything up', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  script.session.close(script.now, 0, { code: 'ABORTED', message: 'by the user' });

  deepEqual(script.turn(), ['#2 ABORTED unknown 1-2-cafe', 'send cancel 1/2, close 1']);
  deepEqual(script.break(), ['closed']);
});

test('close without a connection is done when the calls are', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  script.break();
  script.session.close(script.now, 100, reason);

  deepEqual(script.pass(100), ['#2 CLOSED unknown 1-2-cafe', 'disconnect', 'closed']);
});
