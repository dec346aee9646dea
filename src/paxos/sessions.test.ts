import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader, ByteWriter, limits, MalformedBytes } from '../base/index.ts';
import { REPLY } from './client.ts';
import { eraOf } from './entry.ts';
import type { Item } from './entry.ts';
import { cancel, copyOf, decide, kinds, open, resolve, written } from './sessions-test-kit.ts';
import { resultReply } from './reply.ts';
import { hex, Sessions } from './sessions.ts';
import { aCall, bytes, clientId } from './test-kit.ts';

test('a session is created once for an id, however often it is opened', () => {
  const sessions = new Sessions();

  const plans = decide(sessions, [open('x'), open('y'), open('x')]);

  deepEqual(
    plans.map((plan) => plan.kind === 'opened' && plan.session),
    [1, 2, 1],
  );
  equal(sessions.count, 2);
  equal(sessions.find(hex(clientId('y'))), 2);
});

test('the number of a session is never used again', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), { kind: 'close', session: 1 }]);

  const [plan] = decide(copyOf(sessions), [open('x')]);

  deepEqual(plan, { kind: 'opened', client: hex(clientId('x')), session: 2 });
});

test('at the bound new sessions are refused, and old ones never forgotten', () => {
  const sessions = new Sessions();
  for (let count = 0; count < limits.MAX_SESSIONS; count++) {
    const client = new Uint8Array(16);
    new DataView(client.buffer).setUint32(0, count);
    sessions.plan(1, { kind: 'open', client });
  }

  equal(sessions.plan(2, open('x')).kind, 'openRefused');
  equal(sessions.count, limits.MAX_SESSIONS);
  sessions.plan(3, { kind: 'close', session: 17 });
  equal(sessions.plan(4, open('x')).kind, 'opened');
});

test('requests are executed in sequence, each once', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x')]);

  const plans = decide(sessions, [
    aCall(1, 1),
    aCall(1, 1),
    aCall(1, 3),
    aCall(1, 2),
    aCall(1, 3),
    aCall(1, 1),
  ]);

  deepEqual(kinds(plans), ['execute', 'duplicate', 'resend', 'execute', 'execute', 'duplicate']);
  deepEqual(plans[2], { kind: 'resend', session: 1, from: 2, reason: 'gap' });
  equal(sessions.next(1), 4);
});

test('a request of a session that is gone, or never was, is refused', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), { kind: 'expire', sessions: [1, 9] }]);

  deepEqual(kinds(decide(sessions, [aCall(1, 1), aCall(2, 1)])), ['expired', 'expired']);
  equal(sessions.count, 0);
});

test('a reply is kept until the client has it: by low-water mark, or by name', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x')]);
  decide(sessions, [aCall(1, 1, 'one'), aCall(1, 2, 'two'), aCall(1, 3, 'three')], 2);
  deepEqual(sessions.reply({ session: 1, sequence: 2 }), {
    slot: 3,
    reply: resultReply(bytes('two')),
  });

  decide(sessions, [{ ...aCall(1, 4, 'four', 2), received: [3, 4, 99] } as Item], 5);

  const kept = [1, 2, 3, 4].map((sequence) => sessions.reply({ session: 1, sequence }));
  deepEqual(
    kept.map((one) => one !== undefined),
    [false, true, false, true],
  );
  const [again] = decide(sessions, [aCall(1, 1)]);
  deepEqual(again, {
    kind: 'duplicate',
    name: { session: 1, sequence: 1 },
    cell: undefined,
    withdrawn: false,
  });
});

test('acknowledgements that come late take nothing back', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), aCall(1, 1), aCall(1, 2, 'two', 2), aCall(1, 3, 'three', 1)]);

  equal(sessions.reply({ session: 1, sequence: 1 }), undefined);
  equal(sessions.reply({ session: 1, sequence: 2 }) === undefined, false);
});

test('a session that acknowledges nothing is held up at its window', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x')]);
  for (let n = 1; n <= limits.SESSION_WINDOW; n++) decide(sessions, [aCall(1, n)]);

  const [full] = decide(sessions, [aCall(1, limits.SESSION_WINDOW + 1)]);
  deepEqual(full, {
    kind: 'resend',
    session: 1,
    from: limits.SESSION_WINDOW + 1,
    reason: 'overloaded',
  });

  const [room] = decide(sessions, [aCall(1, limits.SESSION_WINDOW + 1, 'do', 2)]);
  equal(room?.kind, 'execute');
});

test('a recovery ends all sessions, and never gives their numbers again', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), open('y'), aCall(1, 1)]);

  const [era] = decide(sessions, [{ kind: 'era', above: eraOf(2) }], 4);
  const [opened] = decide(copyOf(sessions), [open('x')], 5);

  deepEqual(era, { kind: 'expire', sessions: [1, 2] });
  equal(sessions.count, 0);
  equal(opened?.kind === 'opened' && opened.session, eraOf(2) + 1);
});

test('a cancel takes the number of the call; one that was executed stays so', () => {
  const sessions = new Sessions();

  const plans = decide(sessions, [open('x'), cancel(1, 1), aCall(1, 1), aCall(1, 2), cancel(1, 2)]);

  deepEqual(kinds(plans), ['opened', 'reply', 'duplicate', 'execute', 'duplicate']);
  deepEqual(sessions.reply({ session: 1, sequence: 1 })?.reply, Uint8Array.of(REPLY.cancelled));
});

test('a resolve tells the reply of what was executed', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), open('y'), aCall(1, 1, 'one'), cancel(1, 2)]);

  decide(sessions, [resolve(2, 1, [1, 1]), resolve(2, 2, [1, 2]), resolve(2, 3, [7, 1])], 5);

  const reply = (sequence: number) => sessions.reply({ session: 2, sequence })?.reply;
  deepEqual(reply(1), Uint8Array.of(REPLY.resolvedReply, REPLY.result, ...bytes('one')));
  deepEqual(reply(2), Uint8Array.of(REPLY.resolvedNever));
  deepEqual(reply(3), Uint8Array.of(REPLY.resolvedUnknown));
});

test('what a resolve found not applied never is, also after a snapshot', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), open('y'), resolve(2, 1, [1, 2])]);
  const restored = copyOf(sessions);

  const plans = decide(restored, [aCall(1, 1), aCall(1, 2), aCall(1, 3)], 4);

  deepEqual(kinds(plans), ['execute', 'reply', 'execute']);
  deepEqual(restored.reply({ session: 1, sequence: 2 })?.reply, Uint8Array.of(REPLY.cancelled));
});

test('a resolve of what was acknowledged says that it is forgotten, also of itself', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), aCall(1, 1), aCall(1, 2, 'two', 2)]);

  decide(sessions, [resolve(1, 3, [1, 1]), resolve(1, 4, [1, 4])], 4);

  for (const sequence of [3, 4]) {
    deepEqual(sessions.reply({ session: 1, sequence })?.reply, Uint8Array.of(REPLY.forgotten));
  }
});

test('that a call was cancelled is known when its record is gone, also after a snapshot', () => {
  const sessions = new Sessions();
  const acknowledging: Item = { ...aCall(1, 3, 'three', 3) };
  decide(sessions, [open('x'), open('y'), aCall(1, 1), cancel(1, 2), acknowledging]);
  equal(sessions.reply({ session: 1, sequence: 2 }), undefined);
  const restored = copyOf(sessions);

  decide(restored, [resolve(2, 1, [1, 1]), resolve(2, 2, [1, 2])], 6);

  const reply = (sequence: number) => restored.reply({ session: 2, sequence })?.reply;
  deepEqual(reply(1), Uint8Array.of(REPLY.forgotten));
  deepEqual(reply(2), Uint8Array.of(REPLY.resolvedNever));
});

test('of so many cancelled calls the oldest are unknown, and never said to be applied', () => {
  const sessions = new Sessions();
  const many = limits.SESSION_CANCELLED + 1;
  const cancels = Array.from({ length: many }, (_, index) => {
    return { ...cancel(1, index + 1), lowWater: index + 1 } as Item;
  });
  decide(sessions, [open('x'), open('y'), ...cancels, aCall(1, many + 1, 'last', many + 1)]);

  const targets = [1, 2, many] as const;
  decide(
    sessions,
    targets.map((target, index) => resolve(2, index + 1, [1, target])),
    many + 4,
  );

  const replies = targets.map((_, index) => {
    return sessions.reply({ session: 2, sequence: index + 1 })?.reply[0];
  });
  deepEqual(replies, [REPLY.resolvedUnknown, REPLY.resolvedNever, REPLY.resolvedNever]);
});

test('a resolve in the same batch waits for the call before it', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), open('y')]);

  const call = sessions.plan(3, aCall(1, 1, 'one'));
  const asked = sessions.plan(3, resolve(2, 1, [1, 1]));

  equal(asked.kind === 'resolved' && call.kind === 'execute' && asked.target === call.cell, true);
});

test('a table is restored as it was, byte for byte', () => {
  const sessions = new Sessions();
  decide(sessions, [
    open('x'),
    open('y'),
    aCall(1, 1, 'one'),
    aCall(1, 2, 'two'),
    { ...aCall(1, 3, 'three'), received: [1] } as Item,
    resolve(2, 1, [1, 9]),
    cancel(2, 2),
  ]);

  const copy = copyOf(sessions);

  deepEqual(written(copy), written(sessions));
  equal(copy.next(1), 4);
  equal(copy.find(hex(clientId('y'))), 2);
  deepEqual(copy.reply({ session: 1, sequence: 2 }), sessions.reply({ session: 1, sequence: 2 }));
});

test('a client that asks for nothing acknowledges as well, also late and repeatedly', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), aCall(1, 1, 'one'), aCall(1, 2, 'two')]);
  const acknowledge = (lowWater: number): Item => ({ kind: 'acknowledge', session: 1, lowWater });

  const plans = decide(sessions, [acknowledge(2), acknowledge(1), acknowledge(2)], 4);
  deepEqual(kinds(plans), ['acknowledged', 'acknowledged', 'acknowledged']);
  deepEqual(
    [1, 2].map((sequence) => sessions.reply({ session: 1, sequence }) !== undefined),
    [false, true],
  );

  decide(sessions, [acknowledge(99), aCall(1, 3, 'three')], 7);
  equal(sessions.reply({ session: 1, sequence: 2 }), undefined);
  equal(sessions.reply({ session: 1, sequence: 3 }) === undefined, false, 'it was made later');
  deepEqual(kinds(decide(sessions, [{ kind: 'acknowledge', session: 7, lowWater: 1 }])), [
    'expired',
  ]);
});

test('the answer to a question about a question is the answer', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), aCall(1, 1, 'one'), resolve(1, 2, [1, 1]), resolve(1, 3, [1, 2])]);

  const reply = (sequence: number) => sessions.reply({ session: 1, sequence })?.reply;
  deepEqual(reply(3), reply(2));
});

test('what is planned and not executed cannot be in a snapshot', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x')]);
  sessions.plan(2, aCall(1, 1));

  throws(() => written(sessions), /an applied request has a reply/);
});

test('a request has one reply', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x')]);
  const plan = sessions.plan(2, aCall(1, 1));
  if (plan.kind !== 'execute') throw new Error('it is executed');
  sessions.settle(plan.cell, bytes('one'));

  throws(() => sessions.settle(plan.cell, bytes('two')), /a request has one reply/);
});

test('a table that claims more than there is, or impossible ids, is malformed', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x')]);
  const whole = written(sessions);

  for (let length = 0; length < whole.length; length++) {
    const cut = new ByteReader(whole.slice(0, length));
    throws(() => new Sessions().read(cut), MalformedBytes);
  }
  const odd = new ByteWriter()
    .varint(1)
    .text('0')
    .varint(1)
    .varint(1)
    .text('ab')
    .raw(new Uint8Array(9));
  throws(() => new Sessions().read(new ByteReader(odd.copy())), /impossible client id/);
  decide(sessions, [aCall(1, 1, 'more than nine')], 2);
  const reader = new ByteReader(written(sessions));
  throws(() => new Sessions(9).read(reader), /more replies than all sessions may keep/);
});
