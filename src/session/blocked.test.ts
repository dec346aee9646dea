import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { REPLY } from '../paxos/index.ts';
import {
  ABORTED,
  aScript,
  aWaitingCall,
  granted,
  LEASE,
  renewed,
  replied,
  waiting,
  waitingAtCondition,
} from './blocked-test-kit.ts';
import { WITHDRAWAL_MS } from './calls.ts';
import { bytes, Script } from './script-test-kit.ts';
import { UNDO_ROOM, WAKE_ROOM } from './window.ts';

test('a caller that gives up while it waits is told when it is out, and not before', () => {
  const script = aScript();
  const { id } = aWaitingCall(script);

  script.session.giveUp(script.now, id, ABORTED);

  deepEqual(script.turn(), ['send withdraw 1/3 low 2 of 2']);
  deepEqual(replied(script, 2, 'cancelled'), ['#2 ABORTED not-applied']);
  deepEqual(replied(script, 3, 'resolvedNever'), []);
});

test('what was given to a caller that was giving up, and taken from it again, is none of its own', () => {
  const script = aScript();
  const { id } = aWaitingCall(script);
  script.session.giveUp(script.now, id, ABORTED);
  script.turn();

  deepEqual(granted(script, 2), []);
  const reply = Uint8Array.of(REPLY.resolvedReply, REPLY.result, ...bytes('yes'));

  deepEqual(script.answer({ kind: 'reply', session: 1, sequence: 3, slot: 31, reply }), [
    '#2 ABORTED applied',
  ]);
});

test('a call that had done something before it waited is told of as applied when it gives up', () => {
  for (const first of [2, 3]) {
    const script = aScript();
    const { id } = aWaitingCall(script);
    script.session.giveUp(script.now, id, ABORTED);
    script.turn();

    const told = [
      ...replied(script, first, 'forgotten'),
      ...replied(script, 5 - first, 'forgotten'),
    ];

    deepEqual(
      told.filter((line) => line.startsWith('#')),
      ['#2 ABORTED applied'],
    );
  }
});

test('a session that expires while a call is being undone ends that call once', () => {
  const script = aScript();
  const { id } = aWaitingCall(script);
  script.session.giveUp(script.now, id, ABORTED);
  script.turn();

  const told = script.answer({ kind: 'expired', session: 1 });

  deepEqual(
    told.filter((line) => line.startsWith('#')),
    ['#2 SESSION_EXPIRED unknown 1-2-cafe'],
  );
});

test('a call that is being undone while no majority serves fails, also when it has its own reply', () => {
  const script = new Script({ leaseMs: LEASE, quorumTimeoutMs: 500 }).serve();
  const { id } = aWaitingCall(script);
  script.session.giveUp(script.now, id, ABORTED);
  script.turn();
  granted(script, 2);
  script.break();

  const told = script.pass(2000).filter((line) => line.startsWith('#'));

  deepEqual(told, ['#2 NO_QUORUM unknown 1-2-cafe']);
});

test('without a majority, whoever gives up is told after a while, and what comes of it goes back', () => {
  const script = aScript();
  const { id } = aWaitingCall(script);
  script.break();
  script.session.giveUp(script.now, id, ABORTED);
  script.turn();

  const at = script.now;
  const early = script.pass(WITHDRAWAL_MS - 1).filter((line) => line.startsWith('#'));
  const late = script.pass(1000).filter((line) => line.startsWith('#'));

  deepEqual(early, []);
  deepEqual(late, ['#2 ABORTED unknown 1-2-cafe']);
  equal(script.now - at, WITHDRAWAL_MS + 999);
  const asked = [...script.greet(), ...script.answer({ kind: 'attached', session: 1, next: 3 })];
  ok(
    asked.some((line) => line.includes('withdraw 1/3 low 2 of 2')),
    asked.join('; '),
  );
  deepEqual(granted(script, 2), []);
});

test('a grant that comes when nobody waits for it any more goes back', () => {
  const script = aScript();
  script.call('acquire', { deadline: script.now + 50 });
  script.turn();
  script.pass(50);

  deepEqual(granted(script, 2), ['send withdraw 1/3 of 2']);
});

test('a grant whose reply is gone is found by asking, and goes back', () => {
  const script = aScript();
  script.call('acquire');
  script.turn();

  deepEqual(replied(script, 2, 'forgotten'), ['#2 RESULT_GONE applied', 'send renew 1 1']);
  deepEqual(renewed(script, 1, [2]), ['send withdraw 1/3 of 2']);
  deepEqual(replied(script, 3, 'resolvedNever'), []);
  equal(script.session.wakeAt, script.now + LEASE / 4);
  deepEqual(renewed(script, 2, []), []);
});

test('what a call may have given whose reply is gone goes back before its client calls again', () => {
  const script = aScript();
  script.call('acquire');
  script.turn();
  replied(script, 2, 'forgotten');

  script.call('acquire');
  deepEqual(script.turn(), []);
  deepEqual(script.break(), ['connect b:1']);
  deepEqual(script.greet(), ['send attach 1']);
  deepEqual(script.answer({ kind: 'attached', session: 1, next: 3 }), ['send renew 1 2']);
  deepEqual(renewed(script, 2, [2]), ['send withdraw 1/3 of 2, acquire 1/4 low 3']);
});

test('what is owned is taken for lost when no leader has answered for 85 % of the lease', () => {
  const script = aScript();
  script.call('acquire');
  script.turn();
  deepEqual(granted(script, 2), ['#2 = yes', 'send renew 1 1']);
  script.pass(100);
  deepEqual(renewed(script, 1, [2]), []);

  script.break();
  const told = script.pass(0.85 * LEASE - 101);
  deepEqual(
    told.filter((line) => line.startsWith('lost')),
    [],
  );
  const lost = script.pass(1).filter((line) => line.startsWith('lost'));
  equal(lost.length, 1, 'it counts from when the sign was sent');
});

test('a grant that comes when its lease is over is lost in the turn in which it comes', () => {
  const script = aScript();
  script.call('acquire');
  script.turn();
  script.pass(0.85 * LEASE);

  const [told, lost] = granted(script, 2);

  equal(told, '#2 = yes');
  equal(lost?.startsWith('lost 2: '), true);
});

test('what was taken for lost and is owned after all goes back, whenever a leader says so', () => {
  const script = aScript();
  script.call('acquire');
  script.turn();
  script.pass(LEASE);
  granted(script, 2);
  script.call('other');
  script.turn();
  waiting(script, 3);

  deepEqual(renewed(script, 1, [2]), ['send withdraw 1/4 low 3 of 2']);
  deepEqual(renewed(script, 1, [2]), [], 'that is on its way already');
});

test('who waits at a condition owns its lock again when the call returns, and can lose it', () => {
  const script = waitingAtCondition();
  deepEqual(
    renewed(script, 1, [], { resting: [2] }),
    [],
    'given up for the time being, and not lost',
  );

  deepEqual(script.reply(3, 'true'), ['#3 = true', 'send renew 1 2']);
  script.break();
  const lost = script.pass(LEASE).filter((line) => line.startsWith('lost'));
  deepEqual(lost.length, 1);
  equal(lost[0]?.startsWith('lost 2: '), true);
});

test('who acquires and gives back in quick succession asks for no more signs of life than others', () => {
  const script = aScript();
  let renewals = 0;
  let answered = 0;
  const note = (shown: readonly string[]): void => {
    renewals += shown.filter((line) => line.startsWith('send renew')).length;
  };
  const call = (method: string): number => {
    const sequence = script.call(method);
    note(script.turn());
    // What was acquired before has been given back, and this call is under way.
    while (answered < renewals) note(renewed(script, ++answered, []));
    return sequence;
  };
  for (let pair = 0; pair < 400; pair++) {
    note(granted(script, call('acquire')));
    note(script.reply(call('release'), 'undefined'));
    note(script.pass(10));
  }

  equal(renewals <= (4 * 400 * 10) / LEASE + 2, true, `${renewals} signs of life in four seconds`);
});

test('calls that end while others wait at a condition ask for nothing', () => {
  const script = waitingAtCondition();
  renewed(script, 1, [], { resting: [2] });
  script.call('getvalue');
  script.turn();

  deepEqual(script.reply(4, '1'), ['#4 = 1']);
});

test('who loses its place at a condition hears that what it had acquired is lost', () => {
  const script = waitingAtCondition();
  renewed(script, 1, [], { resting: [2] });

  deepEqual(replied(script, 3, 'lapsed')[0], '#3 LEASE_EXPIRED not-applied');
  const told = renewed(script, 0, [], { losses: 1 });

  equal(told[0]?.startsWith('lost 2: '), true);
});

test('what it had done before it waited may stand: it gave up the lock, or has broken a barrier', () => {
  const script = waitingAtCondition();
  renewed(script, 1, [], { resting: [2] });

  deepEqual(replied(script, 3, 'lapsed', 1)[0], '#3 LEASE_EXPIRED applied');
  const told = renewed(script, 0, [], { losses: 1 });

  equal(told[0]?.startsWith('lost 2: '), true);
});

test('who gave up such a call hears of it by the reply to what should have undone it', () => {
  const script = waitingAtCondition();
  script.session.giveUp(script.now, 3, ABORTED);
  deepEqual(script.turn(), ['send withdraw 1/4 low 3 of 3']);

  replied(script, 3, 'lapsed', 1);

  deepEqual(replied(script, 4, 'forgotten')[0], '#3 ABORTED applied');
});

test('whoever closes has lost what it owns before others can have it', () => {
  const script = aScript();
  script.call('acquire');
  script.turn();
  granted(script, 2);

  script.session.close(script.now, 0, { code: 'CLOSED', message: 'closed' });

  deepEqual(script.turn(), ['lost 2: the proxy was closed', 'send close 1']);
});

test('a proxy that is closed does not wait for calls that wait: they are undone, and it is over', () => {
  const script = aScript();
  aWaitingCall(script);

  script.session.close(script.now, 5000, { code: 'CLOSED', message: 'closed' });
  deepEqual(script.turn(), ['send withdraw 1/3 low 2 of 2']);
  const told = replied(script, 3, 'resolvedNever');

  deepEqual(told[0], '#2 CLOSED not-applied');
  ok(told.includes('send close 1'), told.join());
});

test('however many calls wait, each of them can be given up', () => {
  const script = aScript();
  const room = UNDO_ROOM + WAKE_ROOM;
  const most = limits.SESSION_WINDOW - room;
  for (let count = 0; count < most; count++) script.call('acquire', { deadline: Infinity });
  script.turn();
  const calls = Array.from({ length: most }, (_, at) => at + 2);
  for (const sequence of calls) waiting(script, sequence);

  for (const id of calls) script.session.giveUp(script.now, id, ABORTED);
  const [sent] = script.turn();
  equal(sent?.split(', ').length, room);
  for (const sequence of calls.slice(0, room)) {
    replied(script, sequence, 'cancelled');
    replied(script, most + sequence, 'resolvedNever');
  }

  deepEqual(replied(script, room + 2, 'cancelled')[0], `#${room + 2} ABORTED not-applied`);
});

test('what wakes a call that waits is never held up by others that would wait as well', () => {
  const script = aScript();
  const most = limits.SESSION_WINDOW - UNDO_ROOM - WAKE_ROOM;
  script.call('acquire', { deadline: Infinity });
  script.turn();
  granted(script, 2);
  for (let count = 0; count < 2 * most; count++) script.call('acquire', { deadline: Infinity });
  const release = script.call('release', { deadline: Infinity });
  script.turn();

  const shown = Array.from({ length: most }, (_, at) => waiting(script, at + 3)).flat();

  const refused = shown.filter((line) => line.includes(' OVERLOADED not-applied'));
  equal(refused.length, most);
  ok(
    shown.some((line) => line.startsWith('send release ')),
    shown.at(-1),
  );
  equal(script.session.outstanding, most + 1);
  ok(release > 0);
});
